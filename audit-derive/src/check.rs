//! The rules, one function each. No rule stops another.

mod entity;
mod field;
mod list;

pub use self::entity::relations;
use crate::{allowlist::Allowlist, diagnostics::Diagnostics, model::Entity};

pub fn check(entity: &Entity, diagnostics: &mut Diagnostics) {
    entity::entity_type(entity, diagnostics);
    entity::former_entity_types(entity, diagnostics);
    entity::marked_key(entity, diagnostics);
    entity::relations(entity, diagnostics);
    entity::ignored_fields(entity, diagnostics);
    entity::one_label(entity, diagnostics);
    entity::json_object(entity, diagnostics);
    entity::graph_is_there(entity, diagnostics);
    entity::classified(entity, diagnostics);
    for field in entity.columns() {
        field::one_policy(field, diagnostics);
        field::touch_is_alone(field, diagnostics);
        field::key_is_untouched(field, diagnostics);
        field::key_is_kept(field, diagnostics);
        field::key_stays(field, diagnostics);
        field::change_is_kept(field, diagnostics);
        field::label_is_kept(entity, field, diagnostics);
        field::erasable_is_recorded(entity, field, diagnostics);
        field::secret_is_considered(field, diagnostics);
        field::names_once(field, diagnostics);
        field::former_names(entity, field, diagnostics);
        field::parent_is_kept(entity, field, diagnostics);
        field::json_key(field, diagnostics);
    }
    for list in entity.allowlists() {
        allowlist(entity, &list, diagnostics);
    }
}

pub fn allowlist(entity: &Entity, allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
    list::allowlist_name(allowlist, diagnostics);
    list::allowlist_collision(entity, allowlist, diagnostics);
    list::setter_collision(allowlist, diagnostics);
}

//! The rules on an entity as a whole.

use syn::LitStr;

use crate::{
    diagnostics::{self, Diagnostics},
    model::{Entity, Field, Role},
    secrets::looks_secret,
};

/// The entity type is not empty and fits its column.
pub(super) fn entity_type(entity: &Entity, diagnostics: &mut Diagnostics) {
    let Some(entity_type) = &entity.attributes.entity_type else {
        return;
    };
    let value = entity_type.value();
    if value.trim().is_empty() {
        diagnostics.push(diagnostics::empty_entity_type(entity_type));
    } else if value.chars().count() > 64 {
        diagnostics.push(diagnostics::long_entity_type(entity_type));
    }
}

/// A former entity type is not empty, fits its column and differs from the current one.
pub(super) fn former_entity_types(entity: &Entity, diagnostics: &mut Diagnostics) {
    let names = entity.attributes.was.as_deref().unwrap_or_default();
    for (index, name) in names.iter().enumerate() {
        let value = name.value();
        let is_name = |other: &LitStr| other.value() == value;
        if value.trim().is_empty() {
            diagnostics.push(diagnostics::empty_former_entity_type(name));
        } else if value.chars().count() > 64 {
            diagnostics.push(diagnostics::long_entity_type(name));
        } else if entity.attributes.entity_type.as_ref().is_some_and(is_name) {
            diagnostics.push(diagnostics::former_entity_type_in_use(name));
        } else if names[..index].iter().any(is_name) {
            diagnostics.push(diagnostics::former_name_twice(name));
        }
    }
}

/// The entity has a key. Only an expanded entity can lack the mark; in other forms SeaORM reports it.
pub(super) fn marked_key(entity: &Entity, diagnostics: &mut Diagnostics) {
    if entity.fields.iter().all(|field| field.role != Role::Key) {
        diagnostics.push(diagnostics::no_marked_key(&entity.ident));
    }
}

/// A relation is not a column. Only `ModelEx` still has it; `Model` has lost it.
pub fn relations(entity: &Entity, diagnostics: &mut Diagnostics) {
    for field in entity
        .fields
        .iter()
        .filter(|field| field.role == Role::Relation)
    {
        if let Some(attribute) = &field.attributes.written {
            diagnostics.push(diagnostics::relation(field, attribute));
        }
    }
}

/// An ignored field is not a column.
pub(super) fn ignored_fields(entity: &Entity, diagnostics: &mut Diagnostics) {
    for field in entity
        .fields
        .iter()
        .filter(|field| field.role == Role::Ignored)
    {
        if let Some(attribute) = &field.attributes.written {
            diagnostics.push(diagnostics::ignored(field, attribute));
        }
    }
}

/// At most one field is the label.
pub(super) fn one_label(entity: &Entity, diagnostics: &mut Diagnostics) {
    let mut labels = entity
        .columns()
        .filter(|field| field.attributes.label.is_some());
    let Some(first) = labels.next() else { return };
    for second in labels {
        diagnostics.extend(
            second
                .attributes
                .label
                .map(|span| diagnostics::two_labels(first, span)),
        );
    }
}

/// Every column except the key needs a policy. A field whose name looks secret is reported separately.
pub(super) fn classified(entity: &Entity, diagnostics: &mut Diagnostics) {
    let unclassified: Vec<_> = entity
        .columns()
        .filter(|field| field.role != Role::Key)
        .filter(|field| entity.policy(field).is_none() && !looks_secret(&field.name))
        .collect();
    diagnostics.extend(diagnostics::unclassified(&unclassified));
}

/// The model's own JSON is an object with one key per field, as patches and drafts are.
pub(super) fn json_object(entity: &Entity, diagnostics: &mut Diagnostics) {
    let mut granted = entity.columns().flat_map(Field::grants);
    if let (Some((span, name)), Some(_)) = (entity.serde.other_form, granted.next()) {
        diagnostics.push(diagnostics::other_json(name, span));
    }
}

/// Only an entity with `#[sea_orm::model]` has an `ActiveModelEx`.
pub(super) fn graph_is_there(entity: &Entity, diagnostics: &mut Diagnostics) {
    if let (Some(span), false) = (entity.attributes.graph, entity.has_graph) {
        diagnostics.push(diagnostics::no_graph(span));
    }
}

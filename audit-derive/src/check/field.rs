//! The rules on one field.

use syn::{Ident, LitStr};

use crate::{
    attr::Policy,
    diagnostics::{self, Diagnostics},
    model::{Entity, Field, Role},
    secrets::looks_secret,
};

/// A field has at most one policy.
pub(super) fn one_policy(field: &Field, diagnostics: &mut Diagnostics) {
    for (_, span) in field.attributes.policies.iter().skip(1) {
        diagnostics.push(diagnostics::two_policies(field, *span));
    }
}

/// A touched field has no policy of its own, and is in no allowlist.
pub(super) fn touch_is_alone(field: &Field, diagnostics: &mut Diagnostics) {
    if field.attributes.touch.is_none() {
        return;
    }
    for (policy, span) in &field.attributes.policies {
        diagnostics.push(diagnostics::touched_and(field, policy.name(), *span));
    }
    for (kind, grant) in field.grants() {
        diagnostics.push(diagnostics::touched_and(field, kind.key(), grant.span));
    }
}

/// The key cannot be touched, because it identifies the entries of a row.
pub(super) fn key_is_untouched(field: &Field, diagnostics: &mut Diagnostics) {
    if let (Role::Key, Some(touch)) = (field.role, field.attributes.touch) {
        diagnostics.push(diagnostics::touched_key(field, touch.span));
    }
}

/// The key cannot be hidden, because it is the entry's entity id.
pub(super) fn key_is_kept(field: &Field, diagnostics: &mut Diagnostics) {
    for (policy, span) in &field.attributes.policies {
        if field.role == Role::Key && *policy != Policy::Record {
            diagnostics.push(diagnostics::hidden_key(field, *span));
        }
    }
}

/// The key cannot be updated, because it identifies the entries of a row.
pub(super) fn key_stays(field: &Field, diagnostics: &mut Diagnostics) {
    if let (Role::Key, Some(update)) = (field.role, &field.attributes.update) {
        diagnostics.push(diagnostics::updated_key(field, update.span));
    }
}

/// A field that can be changed must be recorded.
pub(super) fn change_is_kept(field: &Field, diagnostics: &mut Diagnostics) {
    if field.attributes.touch.is_some() {
        return;
    }
    let skip = field
        .attributes
        .policies
        .iter()
        .find(|(policy, _)| *policy == Policy::Skip);
    if let (Some((_, span)), Some((kind, _))) = (skip, field.grants().next()) {
        diagnostics.push(diagnostics::unrecorded_change(field, kind, *span));
    }
}

/// An erasable field must be recorded, but not as the entry's entity id.
pub(super) fn erasable_is_recorded(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
    let Some(span) = field.attributes.erasable else {
        return;
    };
    if field.role == Role::Key {
        diagnostics.push(diagnostics::erasable_key(field, span));
    } else if field.attributes.touch.is_some() {
        diagnostics.push(diagnostics::nothing_to_erase(field, "touch", span));
    } else if let Some(policy @ (Policy::Redact | Policy::Skip)) = entity.policy(field) {
        diagnostics.push(diagnostics::nothing_to_erase(field, policy.name(), span));
    }
}

/// The label is stored in plain text, so it cannot be redacted or skipped.
pub(super) fn label_is_kept(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
    let policy = entity.policy(field);
    if let (Some(span), Some(Policy::Redact | Policy::Skip)) = (field.attributes.label, policy) {
        diagnostics.push(diagnostics::hidden_label(field, span));
    }
}

/// A field whose name looks secret needs an explicit policy.
pub(super) fn secret_is_considered(field: &Field, diagnostics: &mut Diagnostics) {
    let is_considered = field.explicit_policy().is_some() || field.attributes.touch.is_some();
    if !is_considered && looks_secret(&field.name) {
        diagnostics.push(diagnostics::secret(field));
    }
}

/// A field names each allowlist only once.
pub(super) fn names_once(field: &Field, diagnostics: &mut Diagnostics) {
    for (_, grant) in field.grants() {
        for (index, name) in grant.names.iter().enumerate() {
            if grant.names[..index].contains(name) {
                diagnostics.push(diagnostics::duplicate_name(name));
            }
        }
    }
}

/// A former name belongs to one field, and differs from its current name. Another field may have it now.
pub(super) fn former_names(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
    let Some(names) = &field.attributes.was else {
        return;
    };
    if let (Some(first), Some(kept)) = (names.first(), nothing_of_names(entity, field)) {
        diagnostics.push(diagnostics::former_name_of_nothing(field, kept, first));
        return;
    }
    for (index, name) in names.iter().enumerate() {
        let value = name.value();
        let is_name = |other: &LitStr| other.value() == value;
        let mut others = entity
            .columns()
            .take_while(|other| other.name != field.name)
            .filter_map(|other| other.attributes.was.as_ref());
        if syn::parse_str::<Ident>(&value).is_err() {
            diagnostics.push(diagnostics::not_a_field_name(name));
        } else if field.name == value {
            diagnostics.push(diagnostics::former_name_in_use(name));
        } else if names[..index].iter().any(is_name)
            || others.any(|names| names.iter().any(is_name))
        {
            diagnostics.push(diagnostics::former_name_twice(name));
        }
    }
}

/// The reason why the log contains no field of this name.
fn nothing_of_names(entity: &Entity, field: &Field) -> Option<&'static str> {
    match (field.role, entity.policy(field)) {
        (Role::Key, _) => Some("the primary key"),
        (_, Some(Policy::Skip)) => Some("skipped"),
        _ => None,
    }
}

/// Deleted children are found by the logged values of this field.
pub(super) fn parent_is_kept(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
    let policy = entity.policy(field);
    if let (Some((span, _)), Some(Policy::Redact | Policy::Skip)) =
        (&field.attributes.parent, policy)
    {
        diagnostics.push(diagnostics::hidden_parent(field, *span));
    }
}

/// A field that can be set has its own JSON key.
pub(super) fn json_key(field: &Field, diagnostics: &mut Diagnostics) {
    if let (Some(span), Some((kind, _))) = (field.serde.flatten, field.grants().next()) {
        diagnostics.push(diagnostics::flattened(field, kind, span));
    }
}

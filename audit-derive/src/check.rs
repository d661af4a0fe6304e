//! What is refused. One function a rule; none of them stops the others.

mod secrets;

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Ident, LitStr, Type, ext::IdentExt};

use self::secrets::looks_secret;
use crate::{
    allowlist::Allowlist,
    attr::Policy,
    diagnostics::{self, Diagnostics},
    model::{Entity, Field, Role},
};

pub fn check(entity: &Entity, diagnostics: &mut Diagnostics) {
    entity_type(entity, diagnostics);
    former_entity_types(entity, diagnostics);
    marked_key(entity, diagnostics);
    relations(entity, diagnostics);
    ignored_fields(entity, diagnostics);
    one_label(entity, diagnostics);
    one_parent(entity, diagnostics);
    json_object(entity, diagnostics);
    classified(entity, diagnostics);
    for field in entity.columns() {
        one_policy(field, diagnostics);
        key_is_kept(field, diagnostics);
        key_stays(field, diagnostics);
        change_is_kept(field, diagnostics);
        label_is_kept(entity, field, diagnostics);
        secret_is_considered(field, diagnostics);
        names_once(field, diagnostics);
        former_names(entity, field, diagnostics);
        parent_is_kept(entity, field, diagnostics);
        json_key(field, diagnostics);
    }
    for list in entity.allowlists() {
        allowlist(entity, &list, diagnostics);
    }
}

pub fn allowlist(entity: &Entity, allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
    allowlist_name(allowlist, diagnostics);
    allowlist_collision(entity, allowlist, diagnostics);
    setter_collision(allowlist, diagnostics);
}

/// The entity type fits its column, and says something.
fn entity_type(entity: &Entity, diagnostics: &mut Diagnostics) {
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

/// A former entity type fits its column, says something, and is not the one of today.
fn former_entity_types(entity: &Entity, diagnostics: &mut Diagnostics) {
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

/// The key is known. Only an expanded entity can lack the mark: SeaORM asks for it elsewhere.
fn marked_key(entity: &Entity, diagnostics: &mut Diagnostics) {
    if entity.fields.iter().all(|field| field.role != Role::Key) {
        diagnostics.push(diagnostics::no_marked_key(&entity.ident));
    }
}

/// A relation is no column. Seen on `ModelEx` alone: `Model` has lost them.
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

/// An ignored field is no column.
fn ignored_fields(entity: &Entity, diagnostics: &mut Diagnostics) {
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

/// One field names the row.
fn one_label(entity: &Entity, diagnostics: &mut Diagnostics) {
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

/// A row belongs to one row at most.
fn one_parent(entity: &Entity, diagnostics: &mut Diagnostics) {
    let mut parents = entity
        .columns()
        .filter_map(|field| Some((field, field.attributes.parent.as_ref()?)));
    let Some((first, _)) = parents.next() else {
        return;
    };
    for (_, (span, _)) in parents {
        diagnostics.push(diagnostics::two_parents(first, *span));
    }
}

/// Every column but the key is a decision. A secret is asked for on its own.
fn classified(entity: &Entity, diagnostics: &mut Diagnostics) {
    let unclassified: Vec<_> = entity
        .columns()
        .filter(|field| field.role != Role::Key)
        .filter(|field| entity.policy(field).is_none() && !looks_secret(&field.name))
        .collect();
    diagnostics.extend(diagnostics::unclassified(&unclassified));
}

/// One field, one policy.
fn one_policy(field: &Field, diagnostics: &mut Diagnostics) {
    for (_, span) in field.attributes.policies.iter().skip(1) {
        diagnostics.push(diagnostics::two_policies(field, *span));
    }
}

/// The key is the entry's entity id: it cannot be hidden.
fn key_is_kept(field: &Field, diagnostics: &mut Diagnostics) {
    for (policy, span) in &field.attributes.policies {
        if field.role == Role::Key && *policy != Policy::Record {
            diagnostics.push(diagnostics::hidden_key(field, *span));
        }
    }
}

/// The key is what the entries of a row have in common: it cannot change.
fn key_stays(field: &Field, diagnostics: &mut Diagnostics) {
    if let (Role::Key, Some(update)) = (field.role, &field.attributes.update) {
        diagnostics.push(diagnostics::updated_key(field, update.span));
    }
}

/// A field that can be changed but would not be recorded is refused.
fn change_is_kept(field: &Field, diagnostics: &mut Diagnostics) {
    let skip = field
        .attributes
        .policies
        .iter()
        .find(|(policy, _)| *policy == Policy::Skip);
    if let (Some((_, span)), Some((kind, _))) = (skip, field.grants().next()) {
        diagnostics.push(diagnostics::unrecorded_change(field, kind, *span));
    }
}

/// The label is stored in plain text.
fn label_is_kept(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
    let policy = entity.policy(field);
    if let (Some(span), Some(Policy::Redact | Policy::Skip)) = (field.attributes.label, policy) {
        diagnostics.push(diagnostics::hidden_label(field, span));
    }
}

/// What may be a secret is never recorded by default.
fn secret_is_considered(field: &Field, diagnostics: &mut Diagnostics) {
    if field.explicit_policy().is_none() && looks_secret(&field.name) {
        diagnostics.push(diagnostics::secret(field));
    }
}

/// A field is in an allowlist once.
fn names_once(field: &Field, diagnostics: &mut Diagnostics) {
    for (_, grant) in field.grants() {
        for (index, name) in grant.names.iter().enumerate() {
            if grant.names[..index].contains(name) {
                diagnostics.push(diagnostics::duplicate_name(name));
            }
        }
    }
}

/// A former name is that of one field, and not the one it has. Another field may have it now: a name passes on.
fn former_names(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
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

/// Why nothing in the log goes by the field's name.
fn nothing_of_names(entity: &Entity, field: &Field) -> Option<&'static str> {
    match (field.role, entity.policy(field)) {
        (Role::Key, _) => Some("the primary key"),
        (_, Some(Policy::Skip)) => Some("skipped"),
        _ => None,
    }
}

/// The children that are gone are found by what the log has of this field.
fn parent_is_kept(entity: &Entity, field: &Field, diagnostics: &mut Diagnostics) {
    let policy = entity.policy(field);
    if let (Some((span, _)), Some(Policy::Redact | Policy::Skip)) =
        (&field.attributes.parent, policy)
    {
        diagnostics.push(diagnostics::hidden_parent(field, *span));
    }
}

/// A patch or draft is an object with a key a field, and so must be the model's own JSON.
fn json_object(entity: &Entity, diagnostics: &mut Diagnostics) {
    let mut granted = entity.columns().flat_map(Field::grants);
    if let (Some((span, name)), Some(_)) = (entity.serde.other_form, granted.next()) {
        diagnostics.push(diagnostics::other_json(name, span));
    }
}

/// A field that can be set has a key of its own.
fn json_key(field: &Field, diagnostics: &mut Diagnostics) {
    if let (Some(span), Some((kind, _))) = (field.serde.flatten, field.grants().next()) {
        diagnostics.push(diagnostics::flattened(field, kind, span));
    }
}

/// An allowlist's name begins a type's name.
fn allowlist_name(allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
    let Some(name) = &allowlist.name else { return };
    let text = name.unraw().to_string();
    if !text.starts_with(char::is_uppercase) || text.contains('_') || text == "Self" {
        diagnostics.push(diagnostics::not_camel_case(allowlist, name));
    } else if text.len() > allowlist.kind.suffix().len() && text.ends_with(allowlist.kind.suffix())
    {
        diagnostics.push(diagnostics::suffixed_name(allowlist, name));
    }
}

/// A generated struct hides no type that the model is, or is made of.
fn allowlist_collision(entity: &Entity, allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
    let taken = entity.ident == allowlist.ident
        || entity
            .fields
            .iter()
            .any(|field| mentions(&field.ty, &allowlist.ident));
    if taken {
        diagnostics.push(diagnostics::taken_name(allowlist));
    }
}

/// A setter is not called like the functions beside it.
fn setter_collision(allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
    for field in &allowlist.fields {
        if allowlist.kind.reserved().contains(&field.name.as_str()) {
            diagnostics.push(diagnostics::taken_setter(allowlist, field));
        }
    }
}

fn mentions(ty: &Type, ident: &Ident) -> bool {
    let mut tokens = ty.to_token_stream().into_iter();
    tokens.any(|token| matches!(token, TokenTree::Ident(found) if found == *ident))
}

//! Messages for input that breaks a rule.

use heck::ToUpperCamelCase;
use proc_macro2::Span;
use syn::{Attribute, Error, Ident, LitStr};

use super::text::{compact, quoted};
use crate::{allowlist::Allowlist, kind::Kind, model::Field};

// Structs

pub fn empty_entity_type(entity_type: &LitStr) -> Error {
    let message = "an empty entity type: write `entity_type = \"User\"`, or leave it out to take the table's name";
    Error::new(entity_type.span(), message)
}

pub fn long_entity_type(entity_type: &LitStr) -> Error {
    let length = entity_type.value().chars().count();
    let message = format!("an entity type has at most 64 characters, this one has {length}");
    Error::new(entity_type.span(), message)
}

pub fn no_graph(span: Span) -> Error {
    let message = "`graph` needs the `ActiveModelEx` that `#[sea_orm::model]` generates: put it on the struct, or remove `graph`";
    Error::new(span, message)
}

// Fields

pub fn relation(field: &Field, attribute: &Attribute) -> Error {
    let message = format!(
        "`{}` is a relation, not a column: its entity has an audit trail of its own; remove this attribute",
        field.name
    );
    Error::new_spanned(attribute, message)
}

pub fn ignored(field: &Field, attribute: &Attribute) -> Error {
    let message = format!(
        "`{}` is not stored (`#[sea_orm(ignore)]`), so there is nothing to audit; remove this attribute",
        field.name
    );
    Error::new_spanned(attribute, message)
}

pub fn two_policies(field: &Field, span: Span) -> Error {
    let message = format!(
        "`{}` has two policies: keep one of `record`, `redact`, `skip`",
        field.name
    );
    Error::new(span, message)
}

pub fn two_labels(first: &Field, span: Span) -> Error {
    let message = format!(
        "only one field can have `label`, and `{}` has it: remove one",
        first.name
    );
    Error::new(span, message)
}

pub fn hidden_label(field: &Field, span: Span) -> Error {
    let message = format!(
        "the label is written into every entry, so `{}` cannot be redacted or skipped: label a recorded field",
        field.name
    );
    Error::new(span, message)
}

pub fn erasable_key(field: &Field, span: Span) -> Error {
    let message = format!(
        "`{}` is the primary key, by which entries are found: it cannot be erased, so use a key that does not identify a person, and remove `erasable`",
        field.name
    );
    Error::new(span, message)
}

/// `kept` is the reason why the log has no value of the field.
pub fn nothing_to_erase(field: &Field, kept: &str, span: Span) -> Error {
    let message = format!(
        "`{}` has `{kept}`, so the log has no value to erase: remove `erasable`",
        field.name
    );
    Error::new(span, message)
}

pub fn hidden_key(field: &Field, span: Span) -> Error {
    let message = format!(
        "`{}` is the primary key, by which entries are found: it cannot be hidden, and needs no policy",
        field.name
    );
    Error::new(span, message)
}

pub fn updated_key(field: &Field, span: Span) -> Error {
    let message = format!(
        "`{}` is the primary key, which never changes: remove `update` (a new row may set it: `create`)",
        field.name
    );
    Error::new(span, message)
}

pub fn hidden_parent(field: &Field, span: Span) -> Error {
    let message = format!(
        "deleted children are found by the logged values of `{}`, so it cannot be redacted or skipped: use `record`, or remove `parent`",
        field.name
    );
    Error::new(span, message)
}

pub fn not_a_field_name(name: &LitStr) -> Error {
    let message =
        "this is not the name of a field: write the one in the log, as in `was = \"old_name\"`";
    Error::new(name.span(), message)
}

pub fn former_name_in_use(name: &LitStr) -> Error {
    let message = format!(
        "`{}` is the current name of the field: `was` takes former names",
        name.value()
    );
    Error::new(name.span(), message)
}

pub fn empty_former_entity_type(name: &LitStr) -> Error {
    let message =
        "an empty entity type: write the former name of the entity, as in `was = \"people\"`";
    Error::new(name.span(), message)
}

pub fn former_entity_type_in_use(name: &LitStr) -> Error {
    let message = format!(
        "`{}` is the current entity type: `was` takes former ones",
        name.value()
    );
    Error::new(name.span(), message)
}

pub fn former_name_twice(name: &LitStr) -> Error {
    let message = format!("`{}` is a former name twice: remove one", name.value());
    Error::new(name.span(), message)
}

pub fn former_name_of_nothing(field: &Field, kept: &str, name: &LitStr) -> Error {
    let message = format!(
        "`{}` is {kept}, so the log has nothing under its names: remove `was`",
        field.name
    );
    Error::new(name.span(), message)
}

pub fn unrecorded_change(field: &Field, kind: Kind, span: Span) -> Error {
    let key = kind.key();
    let message = format!(
        "`{}` could be set by `{key}` but would not be recorded: use `redact` to keep its values out of the log, or remove `{key}`",
        field.name
    );
    Error::new(span, message)
}

pub fn secret(field: &Field) -> Error {
    let message = format!(
        "`{}` looks like a secret: choose what the log keeps of it\n\n    #[audited(redact)]  that it changed, not the values\n    #[audited(skip)]    nothing\n    #[audited(record)]  the values, in plain text",
        field.name
    );
    Error::new(field.ident.span(), message)
}

/// One error for all unclassified fields. Its text can be pasted over them.
pub fn unclassified(fields: &[&Field]) -> Option<Error> {
    let (first, names) = (
        fields.first()?,
        fields.iter().map(|field| field.name.as_str()),
    );
    let mut message = format!(
        "choose what the log keeps of {}: `record`, `redact` or `skip`\n",
        quoted(&names.collect::<Vec<_>>())
    );
    for Field { ident, vis, ty, .. } in fields {
        let (vis, ty) = (compact(vis), compact(ty));
        let space = if vis.is_empty() { "" } else { " " };
        message += &format!("\n    #[audited(record)]\n    {vis}{space}{ident}: {ty},");
    }
    message += "\n\nor choose for all other fields, on the struct: `#[audited(others = record)]`";
    Some(Error::new(first.ident.span(), message))
}

// JSON

pub fn other_json(name: &str, span: Span) -> Error {
    let message = format!(
        "with `{name}` the model's JSON is not an object with one key per field, as patches and drafts are: derive `Deserialize` without it, on a type of its own if need be"
    );
    Error::new(span, message)
}

pub fn flattened(field: &Field, kind: Kind, span: Span) -> Error {
    let (name, key) = (&field.name, kind.key());
    let message = format!(
        "`{name}` has no key of its own in JSON, by which `{key}` could allow it: remove `flatten`, or remove `{key}`"
    );
    Error::new(span, message)
}

// Allowlists

pub fn not_camel_case(allowlist: &Allowlist, name: &Ident) -> Error {
    let (key, camel) = (allowlist.kind.key(), name.to_string().to_upper_camel_case());
    let message =
        format!("the name of an allowlist is the beginning of a type's name: `{key}({camel})`");
    Error::new(name.span(), message)
}

pub fn suffixed_name(allowlist: &Allowlist, name: &Ident) -> Error {
    let (key, suffix, ident) = (
        allowlist.kind.key(),
        allowlist.kind.suffix(),
        &allowlist.ident,
    );
    let name_text = name.to_string();
    let short = name_text.trim_end_matches(suffix);
    let message = format!(
        "this would generate `{ident}`, as `{suffix}` is added to the name: write `{key}({short})`"
    );
    Error::new(name.span(), message)
}

pub fn taken_name(allowlist: &Allowlist) -> Error {
    let (key, ident) = (allowlist.kind.key(), &allowlist.ident);
    let message = format!(
        "this would generate `{ident}`, a name this entity uses already: give another, as in `{key}(Admin)`"
    );
    Error::new(ident.span(), message)
}

pub fn taken_setter(allowlist: &Allowlist, field: &Field) -> Error {
    let (key, ident, name) = (allowlist.kind.key(), &allowlist.ident, &field.name);
    let message = format!(
        "the setter of `{name}` would collide with `{ident}::{name}`: remove `{key}`, or rename the field and write `#[sea_orm(column_name = \"{name}\")]`"
    );
    Error::new(field.ident.span(), message)
}

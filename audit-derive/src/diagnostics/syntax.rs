//! Messages for input that cannot be parsed.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, Error, Generics, Ident, Path};

use super::text::{compact, expected, nearest};
use crate::keys::{FIELD_KEYS, STRUCT_KEYS};

// The shape of the input

pub fn not_a_model(ident: &Ident, found: &str) -> Error {
    let message = format!(
        "`Audited` is derived on an entity's `Model`, a struct with named fields; this is {found}"
    );
    Error::new(ident.span(), message)
}

pub fn generic(generics: &Generics) -> Error {
    let message = "`Audited` is derived on an entity's `Model`, which has no generic parameters";
    Error::new_spanned(generics, message)
}

pub fn above_model(attribute: &Attribute) -> Error {
    let path = compact(attribute.path());
    let message =
        format!("put `#[derive(Audited)]` below `#[{path}]`, which takes the relations out");
    Error::new_spanned(attribute, message)
}

pub fn no_marked_key(ident: &Ident) -> Error {
    let message = "no field is marked as the primary key: write `#[sea_orm(primary_key)]` on each field of the key";
    Error::new(ident.span(), message)
}

/// Refuses a path to another type of the entity's module.
pub fn entity_of(key: &Ident, path: Path) -> Result<Path, Error> {
    let last = path.segments.last().map(|last| last.ident.to_string());
    match last.as_deref() {
        Some(
            name @ ("Model" | "ModelEx" | "ActiveModel" | "ActiveModelEx" | "Column" | "PrimaryKey"
            | "Relation"),
        ) => {
            let entity = compact(&path).replace(name, "Entity");
            let message = format!("`{key}` names an entity: write `{key} = {entity}`");
            Err(Error::new_spanned(path, message))
        }
        _ => Ok(path),
    }
}

// The syntax of attributes

pub fn means_nothing(attribute: &Attribute, known: &[&str]) -> Error {
    let message = format!(
        "this attribute is empty: name an option, or remove it{}",
        expected(known)
    );
    Error::new_spanned(attribute, message)
}

pub fn not_a_list(attribute: &Attribute, known: &[&str]) -> Error {
    let message = format!(
        "options are in parentheses: `#[audited(..)]`{}",
        expected(known)
    );
    Error::new_spanned(attribute, message)
}

pub fn no_key(error: &Error, known: &[&str]) -> Error {
    Error::new(
        error.span(),
        format!("this is not an option{}", expected(known)),
    )
}

pub fn unknown_key(key: &impl ToTokens, known: &[&str]) -> Error {
    let name = compact(key);
    let mut message = format!("unknown option `{name}`");
    if let Some(nearest) = nearest(&name, known) {
        message += &format!(", did you mean `{nearest}`?");
    }
    Error::new_spanned(key, message + &expected(known))
}

pub fn field_key_on_struct(key: &Ident) -> Error {
    let mut message = format!("`{key}` belongs on a field");
    if ["record", "redact", "skip", "update"]
        .iter()
        .any(|policy| key == policy)
    {
        message += &format!("; for all fields without an attribute: `others = {key}`");
    }
    Error::new(key.span(), message + &expected(STRUCT_KEYS))
}

pub fn struct_key_on_field(key: &Ident) -> Error {
    let here = expected(FIELD_KEYS);
    Error::new(key.span(), format!("`{key}` belongs on the struct{here}"))
}

pub fn duplicate_key(key: &Ident) -> Error {
    let mut message = format!("`{key}` is written twice");
    if key == "update" || key == "create" {
        message += &format!(": write `{key}(Profile, Admin)`");
    }
    Error::new(key.span(), message)
}

pub fn duplicate_name(name: &Ident) -> Error {
    Error::new(name.span(), format!("`{name}` is written twice"))
}

pub fn takes_no_value(key: &Ident, span: Span) -> Error {
    let message = format!("`{key}` takes no value: write `{key}`, and a comma before what follows");
    Error::new(span, message)
}

pub fn malformed(span: Span, form: &str) -> Error {
    Error::new(span, format!("expected {form}"))
}

pub fn relative_path(path: &Path) -> Error {
    let path_text = compact(path);
    let message = format!(
        "the path must be absolute: `crate = ::{path_text}` for a crate, `crate = crate::{path_text}` for a re-export"
    );
    Error::new_spanned(path, message)
}

pub fn names_nothing(key: &Ident) -> Error {
    let message = format!(
        "no allowlist is named: write `{key}(Admin)`, or `{key}` for the one without a name"
    );
    Error::new(key.span(), message)
}

pub fn not_names(key: &Ident, span: Span) -> Error {
    Error::new(
        span,
        format!("expected names of allowlists: `{key}(Profile, Admin)`"),
    )
}

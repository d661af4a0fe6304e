//! Every message of the derive. Each says the right form.

use heck::ToUpperCamelCase;
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Error, Generics, Ident, LitStr, Path};

use crate::{
    attr::{FIELD_KEYS, STRUCT_KEYS},
    model::{Allowlist, Field, Kind},
};

/// Collects errors, so that all of them are seen at once.
#[derive(Default)]
pub struct Diagnostics(Vec<Error>);

impl Diagnostics {
    pub fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_compile_errors(self) -> TokenStream {
        self.0.iter().map(Error::to_compile_error).collect()
    }
}

impl Extend<Error> for Diagnostics {
    fn extend<I: IntoIterator<Item = Error>>(&mut self, errors: I) {
        self.0.extend(errors);
    }
}

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

// How attributes are written

pub fn means_nothing(attribute: &Attribute, known: &[&str]) -> Error {
    let message = format!(
        "this says nothing: write what is meant, or remove it{}",
        here_stand(known)
    );
    Error::new_spanned(attribute, message)
}

pub fn not_a_list(attribute: &Attribute, known: &[&str]) -> Error {
    let message = format!(
        "options stand in parentheses: `#[audited(..)]`{}",
        here_stand(known)
    );
    Error::new_spanned(attribute, message)
}

pub fn no_key(error: &Error, known: &[&str]) -> Error {
    Error::new(
        error.span(),
        format!("expected an option{}", here_stand(known)),
    )
}

pub fn unknown_key(key: &impl ToTokens, known: &[&str]) -> Error {
    let name = compact(key);
    let mut message = format!("unknown option `{name}`");
    if let Some(nearest) = nearest(&name, known) {
        message += &format!(", did you mean `{nearest}`?");
    }
    Error::new_spanned(key, message + &here_stand(known))
}

pub fn field_key_on_struct(key: &Ident) -> Error {
    let mut message = format!("`{key}` belongs on a field");
    if ["record", "redact", "skip"]
        .iter()
        .any(|policy| key == policy)
    {
        message += &format!("; for all fields that say nothing themselves: `others = {key}`");
    }
    Error::new(key.span(), message + &here_stand(STRUCT_KEYS))
}

pub fn struct_key_on_field(key: &Ident) -> Error {
    let here = here_stand(FIELD_KEYS);
    Error::new(key.span(), format!("`{key}` belongs on the struct{here}"))
}

pub fn duplicate_key(key: &Ident) -> Error {
    let mut message = format!("`{key}` stands here twice");
    if key == "update" || key == "create" {
        message += &format!(": write `{key}(Profile, Admin)`");
    }
    Error::new(key.span(), message)
}

pub fn duplicate_name(name: &Ident) -> Error {
    Error::new(name.span(), format!("`{name}` stands here twice"))
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
        "one field names the row, and `{}` is it: remove one `label`",
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
        "`{}` looks like a secret: say what the log may keep of it\n\n    #[audited(redact)]  that it changed, not the values\n    #[audited(skip)]    nothing\n    #[audited(record)]  the values, in plain text",
        field.name
    );
    Error::new(field.ident.span(), message)
}

/// One error for all of them, to be pasted over the fields.
pub fn unclassified(fields: &[&Field]) -> Option<Error> {
    let (first, names) = (
        fields.first()?,
        fields.iter().map(|field| field.name.as_str()),
    );
    let mut message = format!(
        "say what the log keeps of {}: `record`, `redact` or `skip`\n",
        quoted(&names.collect::<Vec<_>>())
    );
    for Field { ident, vis, ty, .. } in fields {
        let (vis, ty) = (compact(vis), compact(ty));
        let space = if vis.is_empty() { "" } else { " " };
        message += &format!("\n    #[audited(record)]\n    {vis}{space}{ident}: {ty},");
    }
    message += "\n\nor, on the struct, what it keeps of the rest: `#[audited(others = record)]`";
    Some(Error::new(first.ident.span(), message))
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

fn here_stand(known: &[&str]) -> String {
    format!("\n\nhere stand: {}", quoted(known))
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Tokens as rustfmt would write them, nearly.
fn compact(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (loose, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" (", "("),
    ] {
        text = text.replace(loose, tight);
    }
    text
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let closest = known.iter().min_by_key(|known| distance(word, known))?;
    (distance(word, closest) <= word.len().div_ceil(3)).then_some(closest)
}

/// How many letters to insert, drop or replace.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, other) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

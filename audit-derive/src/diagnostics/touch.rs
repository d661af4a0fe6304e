//! Messages about fields that the engine sets to now.

use proc_macro2::Span;
use syn::Error;

use crate::model::Field;

/// `key` is a policy, or adds the field to an allowlist.
pub fn touched_and(field: &Field, key: &str, span: Span) -> Error {
    let message = format!(
        "`{}` has `touch`: only the write itself sets it, and the log does not record it; remove `{key}`, or remove `touch`",
        field.name
    );
    Error::new(span, message)
}

pub fn touched_key(field: &Field, span: Span) -> Error {
    let message = format!(
        "`{}` is the primary key, which never changes: remove `touch`",
        field.name
    );
    Error::new(span, message)
}

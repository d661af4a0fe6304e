//! Reads the keys of `#[audited(..)]`, each with its value.

use proc_macro2::{Span, TokenTree};
use syn::{
    Attribute, Ident, Meta, Result, Token,
    parse::{Parse, ParseStream},
};

use crate::diagnostics::{self, Diagnostics};

pub(super) fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("audited")
}

/// Calls `read` for every key of every `#[audited(..)]`. `read` consumes the key's value.
pub(super) fn for_each_key(
    attributes: &[Attribute],
    known: &[&str],
    diagnostics: &mut Diagnostics,
    mut read: impl FnMut(&Ident, ParseStream) -> Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        match &attribute.meta {
            Meta::List(list) if !list.tokens.is_empty() => {
                let parsed = attribute.parse_nested_meta(|meta| {
                    let outcome = match meta.path.get_ident() {
                        Some(key) => read(key, meta.input),
                        None => Err(diagnostics::unknown_key(&meta.path, known)),
                    };
                    outcome.or_else(|error| {
                        diagnostics.push(error);
                        step_over(meta.input)
                    })
                });
                if let Err(error) = parsed {
                    diagnostics.push(diagnostics::no_key(&error, known));
                }
            }
            Meta::NameValue(_) => diagnostics.push(diagnostics::not_a_list(attribute, known)),
            Meta::Path(_) | Meta::List(_) => {
                diagnostics.push(diagnostics::means_nothing(attribute, known));
            }
        }
    }
}

pub(super) fn set<T>(slot: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(diagnostics::duplicate_key(key));
    }
    *slot = Some(value);
    Ok(())
}

pub(super) fn bare(key: &Ident, input: ParseStream) -> Result<Span> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(key.span())
    } else {
        Err(diagnostics::takes_no_value(key, input.span()))
    }
}

pub(super) fn value<T: Parse>(key: &Ident, input: ParseStream, form: &str) -> Result<T> {
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(diagnostics::malformed(key.span(), form));
    }
    let value = input.parse();
    value.map_err(|error| diagnostics::malformed(error.span(), form))
}

pub(super) fn step_over(input: ParseStream) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

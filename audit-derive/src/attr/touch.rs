//! `touch`: the moments at which the engine sets a field to now.

use proc_macro2::Span;
use syn::{
    Ident, Result, Token,
    parse::{Parse, ParseStream},
};

use super::{bare, value};

/// `touch` or `touch = create`.
#[derive(Clone, Copy)]
pub struct Touch {
    pub span: Span,
    pub on: Touched,
}

/// The writes that set the field.
#[derive(Clone, Copy, PartialEq)]
pub enum Touched {
    Create,
    Change,
}

impl Touch {
    pub(super) fn new(key: &Ident, on: Option<&Touched>) -> Self {
        Self {
            span: key.span(),
            on: on.copied().unwrap_or(Touched::Change),
        }
    }
}

impl Touched {
    /// Parses the input after `touch`.
    pub(super) fn parse_after(key: &Ident, input: ParseStream) -> Result<Self> {
        if input.peek(Token![=]) {
            return value(key, input, "`touch`, or `touch = create` for new rows only");
        }
        bare(key, input)?;
        Ok(Self::Change)
    }
}

impl Parse for Touched {
    fn parse(input: ParseStream) -> Result<Self> {
        let name: Ident = input.parse()?;
        if name == "create" {
            Ok(Self::Create)
        } else {
            Err(syn::Error::new(name.span(), "not a kind of write"))
        }
    }
}

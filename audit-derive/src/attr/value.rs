//! The values of keys: policies, allowlists, former names and paths.

use proc_macro2::{Span, TokenStream};
use syn::{
    Ident, LitStr, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    token::Paren,
};

use super::keys::{bare, value};
use crate::diagnostics;

#[derive(Clone, Copy, PartialEq)]
pub enum Policy {
    Record,
    Redact,
    Skip,
}

/// The policy of fields without an attribute of their own.
#[derive(Clone, Copy, PartialEq)]
pub enum Others {
    Policy(Policy),
    /// Recorded, and in the patch without a name.
    Update,
}

/// `update`, `update(Profile, Admin)`, `create` or `create(SignUp)`.
pub struct Grant {
    pub span: Span,
    /// The names of the allowlists. Empty for the allowlist without a name.
    pub names: Vec<Ident>,
}

impl Policy {
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Redact => "redact",
            Self::Skip => "skip",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "record" => Some(Self::Record),
            "redact" => Some(Self::Redact),
            "skip" => Some(Self::Skip),
            _ => None,
        }
    }
}

impl Parse for Others {
    fn parse(input: ParseStream) -> Result<Self> {
        let name: Ident = input.parse()?;
        if name == "update" {
            return Ok(Self::Update);
        }
        let policy = Policy::from_name(&name.to_string());
        policy
            .map(Self::Policy)
            .ok_or_else(|| syn::Error::new(name.span(), "not a policy"))
    }
}

/// Whether the path is `::path` or `crate::path`, which mean the same wherever the expansion is placed.
pub(super) fn absolute(path: Path) -> Result<Path> {
    if path.leading_colon.is_some() || path.segments[0].ident == "crate" {
        Ok(path)
    } else {
        Err(diagnostics::relative_path(&path))
    }
}

pub(super) fn grant(key: &Ident, input: ParseStream) -> Result<Grant> {
    let span = key.span();
    if !input.peek(Paren) {
        let span = bare(key, input).map_err(|_| diagnostics::not_names(key, input.span()))?;
        let names = Vec::new();
        return Ok(Grant { span, names });
    }
    let list;
    parenthesized!(list in input);
    if list.is_empty() {
        return Err(diagnostics::names_nothing(key));
    }
    let names = list.parse_terminated(Ident::parse_any, Token![,]);
    let names = names.map_err(|error| {
        // The rest in the parentheses would give a second error.
        let _ = list.parse::<TokenStream>();
        diagnostics::not_names(key, error.span())
    })?;
    let names = names.into_iter().collect();
    Ok(Grant { span, names })
}

pub(super) fn former_names(key: &Ident, input: ParseStream) -> Result<Vec<LitStr>> {
    let form = "`was = \"old_name\"`, or `was(\"older\", \"oldest\")`";
    if !input.peek(Paren) {
        return Ok(vec![value(key, input, form)?]);
    }
    let list;
    parenthesized!(list in input);
    let names = list.parse_terminated(<LitStr as Parse>::parse, Token![,]);
    match names {
        Ok(names) if !names.is_empty() => Ok(names.into_iter().collect()),
        Ok(_) => Err(diagnostics::malformed(key.span(), form)),
        Err(error) => {
            // The rest in the parentheses would give a second error.
            let _ = list.parse::<TokenStream>();
            Err(diagnostics::malformed(error.span(), form))
        }
    }
}

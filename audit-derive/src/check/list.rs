//! The rules on one allowlist.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Ident, Type, ext::IdentExt};

use crate::{
    allowlist::Allowlist,
    diagnostics::{self, Diagnostics},
    model::Entity,
};

/// The name of an allowlist is the first part of a type's name.
pub(super) fn allowlist_name(allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
    let Some(name) = &allowlist.name else { return };
    let text = name.unraw().to_string();
    if !text.starts_with(char::is_uppercase) || text.contains('_') || text == "Self" {
        diagnostics.push(diagnostics::not_camel_case(allowlist, name));
    } else if text.len() > allowlist.kind.suffix().len() && text.ends_with(allowlist.kind.suffix())
    {
        diagnostics.push(diagnostics::suffixed_name(allowlist, name));
    }
}

/// The name of a generated struct is not the name of a type that the model uses.
pub(super) fn allowlist_collision(
    entity: &Entity,
    allowlist: &Allowlist,
    diagnostics: &mut Diagnostics,
) {
    let taken = entity.ident == allowlist.ident
        || entity
            .fields
            .iter()
            .any(|field| mentions(&field.ty, &allowlist.ident));
    if taken {
        diagnostics.push(diagnostics::taken_name(allowlist));
    }
}

/// A setter does not have the name of another generated function.
pub(super) fn setter_collision(allowlist: &Allowlist, diagnostics: &mut Diagnostics) {
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

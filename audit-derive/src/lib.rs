//! The derive macro of `audit-runtime`, which re-exports and documents it.

#![allow(
    unreachable_pub,
    reason = "a proc-macro crate exports its macros alone"
)]

mod allowlist;
mod attr;
mod check;
mod diagnostics;
mod expand;
mod fallback;
mod keys;
mod kind;
mod model;
mod secrets;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use crate::{diagnostics::Diagnostics, model::Entity};

/// See the documentation of `audit_runtime::Audited`.
#[proc_macro_derive(Audited, attributes(audited, sea_orm))]
pub fn derive_audited(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    audited(&input).into()
}

fn audited(input: &DeriveInput) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let entity = Entity::from_syn(input, &mut diagnostics);

    // `#[sea_orm::model]` runs every derive twice: on `Model`, where mistakes are reported, and on a `ModelEx` with the
    // same fields and the relations.
    if input.ident == "ModelEx" {
        diagnostics = Diagnostics::default();
        if let Some(entity) = &entity {
            check::relations(entity, &mut diagnostics);
        }
        let graph = entity.as_ref().and_then(expand::graph);
        let errors = diagnostics.into_compile_errors();
        return graph.into_iter().chain([errors]).collect();
    }

    let Some(entity) = entity else {
        return diagnostics.into_compile_errors();
    };
    check::check(&entity, &mut diagnostics);
    if entity.attributes.is_of_nothing {
        diagnostics.into_compile_errors()
    } else if diagnostics.is_empty() {
        expand::expand(&entity, &entity.allowlists())
    } else {
        fallback::expand(entity, diagnostics)
    }
}

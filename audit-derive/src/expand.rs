//! Generates the code. It contains names and policies, never values: everything else is generic code of the runtime.

mod audited;
mod graph;
mod json;
mod list;
mod setter;
mod side;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

pub use self::graph::graph;
use self::{
    audited::{audited, child},
    list::{allowlist_impls, allowlist_struct},
    side::{listing, names},
};
use crate::{allowlist::Allowlist, model::Entity};

pub fn expand(entity: &Entity, allowlists: &[Allowlist]) -> TokenStream {
    let runtime = entity.runtime();
    let audited = audited(entity, allowlists);
    // The span of the user's `no_hooks`, because a second impl collides with it.
    let behavior = match entity.attributes.no_hooks {
        Some(span) => {
            let item =
                quote_spanned!(span=> impl __private::ActiveModelBehavior for ActiveModel {});
            quote!(#[automatically_derived] #[allow(unused_qualifications)] #item)
        }
        None => {
            quote_spanned!(entity.ident.span()=> const _: () = __private::behaves::<ActiveModel>();)
        }
    };
    let child = child(entity);
    let names = names(entity);
    let listing = listing(entity);
    let structs = allowlists
        .iter()
        .map(|allowlist| allowlist_struct(entity, allowlist));
    let impls = allowlists
        .iter()
        .map(|allowlist| allowlist_impls(entity, allowlist));
    quote! {
        #(#structs)*

        const _: () = {
            use #runtime::__private;
            #names
            type __Column = __private::ColumnOf<Entity>;

            #audited

            #[automatically_derived]
            impl __private::NewRow for ActiveModel {
                type Entity = Entity;
                fn into_row(self) -> Self {
                    self
                }
            }

            #behavior

            #child

            #listing

            __private::register_entity!(Entity);

            #(#impls)*
        };
    }
}

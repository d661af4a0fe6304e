//! The struct of an allowlist and its impls.

use proc_macro2::TokenStream;
use quote::quote;

use super::{json::deserialize, setter::setter};
use crate::{
    allowlist::Allowlist,
    kind::Kind,
    model::{Entity, Field},
};

/// The struct of an allowlist. It is outside of `const _`, because users name it.
pub fn allowlist_struct(entity: &Entity, allowlist: &Allowlist) -> TokenStream {
    let (runtime, vis, ident) = (entity.runtime(), &entity.vis, &allowlist.ident);
    let mark = match &allowlist.name {
        Some(name) => format!("{}({name})", allowlist.kind.key()),
        None => allowlist.kind.key().to_owned(),
    };
    let doc = match allowlist.kind {
        Kind::Patch => format!(" A partial update of the fields marked `#[audited({mark})]`."),
        Kind::Draft => format!(" A new row from the fields marked `#[audited({mark})]`."),
    };
    let must_use = match allowlist.kind {
        Kind::Patch => "a patch changes nothing until it is written: `audit.update(id, patch)`",
        Kind::Draft => "a draft is no row until it is written: `audit.insert(draft)`",
    };
    let fields = allowlist.fields.iter().map(|field| {
        let Field { ident, ty, .. } = field;
        let doc = format!(" `{}`, unless `NotSet`.", field.name);
        quote! {
            #[doc = #doc]
            pub #ident: #runtime::__private::ActiveValue<#ty>
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::default::Default)]
        #[must_use = #must_use]
        #vis struct #ident {
            #(#fields,)*
        }
    }
}

pub fn allowlist_impls(entity: &Entity, allowlist: &Allowlist) -> TokenStream {
    let ident = &allowlist.ident;
    let name = ident.to_string();
    let setters = allowlist.fields.iter().map(|field| setter(field));
    let write = write_method(allowlist.kind);
    let values = allowlist_trait(entity, allowlist);
    let kind = kind_traits(allowlist);
    let deserialize = deserialize(allowlist);
    quote! {
        #[allow(dead_code)]
        impl #ident {
            /// Nothing set.
            pub fn new() -> Self {
                ::core::default::Default::default()
            }

            #(#setters)*

            #write
        }

        #values

        #kind

        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                __private::debug(self, #name, formatter)
            }
        }

        #deserialize
    }
}

fn allowlist_trait(entity: &Entity, allowlist: &Allowlist) -> TokenStream {
    let ident = &allowlist.ident;
    let idents = allowlist.fields.iter().map(|field| &field.ident);
    let variants = allowlist.fields.iter().map(|field| &field.variant);
    let keys = allowlist.fields.iter().map(|field| {
        let (variant, keys) = (&field.variant, entity.json_keys(field));
        quote!(__Column::#variant => &[#(#keys),*],)
    });
    quote! {
        #[automatically_derived]
        impl __private::Allowlist for #ident {
            type Owner = Entity;
            fn values(&self) -> __private::Values<Entity> {
                ::std::vec![#((__Column::#variants, __private::value(&self.#idents)),)*]
            }
            fn keys(column: __Column) -> ::core::option::Option<&'static [&'static str]> {
                #[allow(unreachable_patterns)]
                ::core::option::Option::Some(match column {
                    #(#keys)*
                    _ => &[],
                })
            }
        }
    }
}

fn kind_traits(allowlist: &Allowlist) -> TokenStream {
    let ident = &allowlist.ident;
    match allowlist.kind {
        Kind::Patch => quote! {
            #[automatically_derived]
            impl __private::Patch for #ident {
                type Entity = Entity;
            }

            #[automatically_derived]
            impl __private::PatchOf<Entity> for #ident {}
        },
        Kind::Draft => quote! {
            #[automatically_derived]
            impl __private::NewRow for #ident {
                type Entity = Entity;
                fn into_row(self) -> ActiveModel {
                    __private::into_row(&self)
                }
            }
        },
    }
}

fn write_method(kind: Kind) -> TokenStream {
    match kind {
        Kind::Patch => quote! {
            /// Updates the row with this key, and records it.
            pub fn update<W: __private::Writer>(
                self,
                id: impl __private::IntoKey<Entity>,
                audit: &W,
            ) -> __private::Pending<'_, __private::ModelOf<Entity>> {
                audit.update(id, self)
            }
        },
        Kind::Draft => quote! {
            /// Inserts the row, and records it.
            pub fn insert<W: __private::Writer>(
                self,
                audit: &W,
            ) -> __private::Pending<'_, __private::ModelOf<Entity>> {
                audit.insert(self)
            }
        },
    }
}

//! The only `quote!`. Names and policies, never values: the rest is generic code of the runtime.

mod setter;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, Type, spanned::Spanned};

use self::setter::setter;
use crate::{
    allowlist::Allowlist,
    attr::Policy,
    kind::Kind,
    model::{Entity, Field, Role},
};

pub fn expand(entity: &Entity, allowlists: &[Allowlist]) -> TokenStream {
    let runtime = entity.runtime();
    let audited = audited(entity);
    // On the user's `no_hooks`, for that is what a second impl collides with.
    let behavior = entity.attributes.no_hooks.map(|span| {
        let item = quote_spanned!(span=> impl __private::ActiveModelBehavior for ActiveModel {});
        quote!(#[automatically_derived] #[allow(unused_qualifications)] #item)
    });
    let child = entity
        .columns()
        .find_map(|field| Some((field, field.attributes.parent.as_ref()?)))
        .map(|(field, (_, parent))| child(field, parent));
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

            #(#impls)*
        };
    }
}

fn audited(entity: &Entity) -> TokenStream {
    let entity_type = entity.attributes.entity_type.as_ref().map(|entity_type| {
        quote! {
            const ENTITY_TYPE: ::core::option::Option<&'static str> = ::core::option::Option::Some(#entity_type);
        }
    });
    let former_types = entity.attributes.was.as_ref().map(|names| {
        quote! {
            const FORMER_ENTITY_TYPES: &'static [&'static str] = &[#(#names),*];
        }
    });
    let hooked = entity.attributes.no_hooks.map(|_| {
        quote!(
            const HOOKED: bool = false;
        )
    });
    let locked = entity.attributes.locked.map(|_| {
        quote!(
            const LOCKED: bool = true;
        )
    });
    let reason = entity.attributes.reason.map(|_| {
        quote!(
            const REASON_REQUIRED: bool = true;
        )
    });
    let fields = entity.columns().map(|field| {
        let Field { name, variant, .. } = field;
        let constructor = match (field.role, entity.policy(field)) {
            (Role::Key, _) => "key",
            (_, Some(Policy::Redact)) => "redact",
            (_, Some(Policy::Skip)) => "skip",
            (_, Some(Policy::Record) | None) => "record",
        };
        let constructor = format_ident!("{constructor}");
        quote!(__Column::#variant => __private::Field::#constructor(#name),)
    });
    let label = entity
        .columns()
        .find(|field| field.attributes.label.is_some())
        .map(|field| {
            let variant = &field.variant;
            quote! {
                fn label() -> ::core::option::Option<__Column> {
                    ::core::option::Option::Some(__Column::#variant)
                }
            }
        });
    let mut renamed = entity
        .columns()
        .filter_map(|field| Some((&field.variant, field.attributes.was.as_ref()?)))
        .map(|(variant, names)| quote!(__Column::#variant => &[#(#names),*],))
        .peekable();
    let was = renamed.peek().is_some().then(|| {
        let renamed = renamed.collect::<TokenStream>();
        quote! {
            fn was(column: __Column) -> &'static [&'static str] {
                match column {
                    #renamed
                    _ => &[],
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl __private::Audited for Entity {
            #entity_type
            #former_types
            #hooked
            #locked
            #reason
            fn field(column: __Column) -> __private::Field {
                match column {
                    #(#fields)*
                }
            }
            #was
            #label
        }
    }
}

/// On the user's path, for that is what may be wrong.
fn child(field: &Field, parent: &Path) -> TokenStream {
    let variant = &field.variant;
    let is_single = quote_spanned! {parent.span()=>
        const _: () = ::core::assert!(
            <__private::KeyOf<#parent> as __private::PrimaryKeyArity>::ARITY == 1,
            "a parent has a key of one column: `parent` names one field that holds it"
        );
    };
    quote! {
        #[automatically_derived]
        impl __private::Child for Entity {
            type Parent = #parent;
            fn parent_column() -> __Column {
                __Column::#variant
            }
        }

        #is_single
    }
}

/// Outside `const _`, for it has to be named.
fn allowlist_struct(entity: &Entity, allowlist: &Allowlist) -> TokenStream {
    let (runtime, vis, ident) = (entity.runtime(), &entity.vis, &allowlist.ident);
    let mark = match &allowlist.name {
        Some(name) => format!("{}({name})", allowlist.kind.key()),
        None => allowlist.kind.key().to_owned(),
    };
    let doc = match allowlist.kind {
        Kind::Patch => format!(" A partial update of the fields marked `#[audited({mark})]`."),
        Kind::Draft => format!(" A new row from the fields marked `#[audited({mark})]`."),
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
        #vis struct #ident {
            #(#fields,)*
        }
    }
}

fn allowlist_impls(entity: &Entity, allowlist: &Allowlist) -> TokenStream {
    let ident = &allowlist.ident;
    let name = ident.to_string();
    let idents: Vec<_> = allowlist.fields.iter().map(|field| &field.ident).collect();
    let variants: Vec<_> = allowlist
        .fields
        .iter()
        .map(|field| &field.variant)
        .collect();
    let types = read_types(allowlist);
    let keys = allowlist.fields.iter().map(|field| {
        let (variant, keys) = (&field.variant, entity.json_keys(field));
        quote!(__Column::#variant => &[#(#keys),*],)
    });
    let reads = allowlist.fields.iter().map(|field| read(field));
    let setters = allowlist.fields.iter().map(|field| setter(field));
    let (kind, write) = match allowlist.kind {
        Kind::Patch => (
            quote! {
                #[automatically_derived]
                impl __private::Patch for #ident {
                    type Entity = Entity;
                }

                #[automatically_derived]
                impl __private::PatchOf<Entity> for #ident {}
            },
            quote! {
                /// Updates the row with this key, and records it.
                pub fn update<W: __private::Writer>(
                    self,
                    id: impl ::core::convert::Into<__private::KeyOf<Entity>>,
                    audit: &W,
                ) -> __private::Pending<'_, __private::ModelOf<Entity>> {
                    audit.update(id, self)
                }
            },
        ),
        Kind::Draft => (
            quote! {
                #[automatically_derived]
                impl __private::NewRow for #ident {
                    type Entity = Entity;
                    fn into_row(self) -> ActiveModel {
                        __private::into_row(&self)
                    }
                }
            },
            quote! {
                /// Inserts the row, and records it.
                pub fn insert<W: __private::Writer>(
                    self,
                    audit: &W,
                ) -> __private::Pending<'_, __private::ModelOf<Entity>> {
                    audit.insert(self)
                }
            },
        ),
    };
    quote! {
        #[allow(dead_code)]
        impl #ident {
            /// Nothing set.
            #[must_use]
            pub fn new() -> Self {
                ::core::default::Default::default()
            }

            #(#setters)*

            #write
        }

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

        #kind

        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                __private::debug(self, #name, formatter)
            }
        }

        // With its lifetime the bound is no promise: an entity with a type that is not `Deserialize` still compiles.
        #[automatically_derived]
        impl<'de> __private::Deserialize<'de> for #ident
        where
            #(#types: __private::Deserialize<'de>,)*
        {
            fn deserialize<D: __private::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let mut fields = __private::Fields::<Self>::read(deserializer)?;
                ::core::result::Result::Ok(Self {
                    #(#reads)*
                })
            }
        }
    }
}

/// The field, out of the `fields` of a JSON object.
fn read(field: &Field) -> TokenStream {
    let Field { ident, variant, .. } = field;
    match &field.serde.read_with {
        _ if field.serde.is_skipped => quote!(#ident: __private::ActiveValue::NotSet,),
        Some(function) => quote!(#ident: fields.take_with(__Column::#variant, #function)?,),
        None => quote!(#ident: fields.take(__Column::#variant)?,),
    }
}

/// The types that are read by their own `Deserialize`, each once.
fn read_types<'a>(allowlist: &Allowlist<'a>) -> Vec<&'a Type> {
    let mut seen = Vec::new();
    let mut types: Vec<&Type> = Vec::new();
    let is_read = |field: &&&Field| !field.serde.is_skipped && field.serde.read_with.is_none();
    for field in allowlist.fields.iter().filter(is_read) {
        let ty = &field.ty;
        let text = quote!(#ty).to_string();
        if !seen.contains(&text) {
            seen.push(text);
            types.push(ty);
        }
    }
    types
}

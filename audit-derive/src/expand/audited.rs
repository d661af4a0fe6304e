//! The impls of `Audited` and `Child`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, spanned::Spanned};

use crate::{
    allowlist::Allowlist,
    attr::{Policy, Touched},
    model::{Entity, Field, Role},
};

pub fn audited(entity: &Entity, allowlists: &[Allowlist]) -> TokenStream {
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
    let erasable: Vec<_> = entity
        .columns()
        .filter(|field| field.attributes.erasable.is_some())
        .map(|field| &field.variant)
        .collect();
    let erasable = (!erasable.is_empty()).then(|| {
        quote! {
            fn erasable() -> &'static [__Column] {
                &[#(__Column::#erasable),*]
            }
        }
    });
    let mut touched = entity
        .columns()
        .filter(|field| field.role != Role::Key)
        .filter_map(touch)
        .peekable();
    let touch = touched.peek().is_some().then(|| {
        let touched = touched.collect::<TokenStream>();
        quote! {
            fn touch(column: __Column) -> ::core::option::Option<__private::Touch> {
                match column {
                    #touched
                    _ => ::core::option::Option::None,
                }
            }
        }
    });
    let mut parents = parents(entity).enumerate().peekable();
    let parents = parents.peek().is_some().then(|| {
        let parents = parents.map(|(nth, (Field { variant, .. }, path))| match nth {
            0 => quote!(__private::first_parent::<Entity>()),
            _ => quote!(__private::parent_field::<#path, _>(__Column::#variant)),
        });
        quote! {
            fn parents() -> ::std::vec::Vec<__private::ParentField<__Column>> {
                ::std::vec![#(#parents),*]
            }
        }
    });
    let lists = allowlists.iter().map(|allowlist| {
        let name = allowlist.ident.to_string();
        let variants = allowlist.fields.iter().map(|field| &field.variant);
        quote!((#name, &[#(__Column::#variants),*]))
    });
    let lists = (!allowlists.is_empty()).then(|| {
        quote! {
            fn allowlists() -> &'static [(&'static str, &'static [__Column])] {
                &[#(#lists),*]
            }
        }
    });
    // In a side file, a column that is not listed is an error on the struct's name.
    let column = match entity.attributes.entity {
        Some(_) => quote_spanned!(entity.ident.span()=> column),
        None => quote!(column),
    };
    quote! {
        #[automatically_derived]
        impl __private::Audited for Entity {
            #entity_type
            #former_types
            #hooked
            #locked
            #reason
            fn field(#column: __Column) -> __private::Field {
                match #column {
                    #(#fields)*
                }
            }
            #was
            #label
            #erasable
            #touch
            #parents
            #lists
        }
    }
}

/// Uses the span of the field's type, because the type may not hold a moment.
fn touch(field: &Field) -> Option<TokenStream> {
    let Field { variant, ty, .. } = field;
    let constructor = match field.attributes.touch?.on {
        Touched::Create => quote!(created),
        Touched::Change => quote!(changed),
    };
    let touch = quote_spanned!(ty.span()=> __private::Touch::#constructor::<#ty>());
    Some(quote!(__Column::#variant => ::core::option::Option::Some(#touch),))
}

/// Uses the spans of the user's paths, because a path may be wrong.
pub fn child(entity: &Entity) -> Option<TokenStream> {
    let mut parents = parents(entity);
    let (field, first) = parents.next()?;
    let variant = &field.variant;
    let of_child = quote!(<Entity as __private::Child>::Parent);
    // Through `Child`, so that a wrong path gives one error.
    let types = [(first.span(), of_child)].into_iter();
    let types = types.chain(parents.map(|(_, path)| (path.span(), quote!(#path))));
    let are_single = types.map(|(span, parent)| {
        quote_spanned! {span=>
            const _: () = ::core::assert!(
                <__private::KeyOf<#parent> as __private::PrimaryKeyArity>::ARITY == 1,
                "a parent has a key of one column: `parent` names one field that holds it"
            );
        }
    });
    Some(quote! {
        #[automatically_derived]
        impl __private::Child for Entity {
            type Parent = #first;
            fn parent_column() -> __Column {
                __Column::#variant
            }
        }

        #(#are_single)*
    })
}

fn parents(entity: &Entity) -> impl Iterator<Item = (&Field, &Path)> {
    let columns = entity.columns();
    columns.filter_map(|field| Some((field, &field.attributes.parent.as_ref()?.1)))
}

//! Code for an entity in another file: `#[audited(entity = path::Entity)]` on a list of its columns.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::model::{Entity, Role};

/// The names by which the generated code calls the entity. The path is used once, so that a wrong one gives one error.
pub fn names(entity: &Entity) -> Option<TokenStream> {
    let path = entity.attributes.entity.as_ref()?;
    // An alias of itself would be a cycle.
    let alias = (!path.is_ident("Entity")).then(|| quote!(type Entity = #path;));
    Some(quote! {
        #alias
        type ActiveModel = __private::ActiveModelOf<Entity>;
    })
}

/// Compares the list with the entity: the types, and the number of key columns. It also uses the struct, which is
/// otherwise dead code.
pub fn listing(entity: &Entity) -> Option<TokenStream> {
    entity.attributes.entity.as_ref()?;
    let ident = &entity.ident;
    let fields: Vec<_> = entity.fields.iter().map(|field| &field.ident).collect();
    let types = entity.columns().map(|field| {
        let (mut ident, variant, ty) = (field.ident.clone(), &field.variant, &field.ty);
        ident.set_span(ty.span());
        // Through the column, so that a column that does not exist gives one error.
        quote_spanned! {ty.span()=>
            let _: &#ty = &__Column::#variant.of_model(model).#ident;
        }
    });
    let keys = entity.columns().filter(|field| field.role == Role::Key);
    let keys = keys.count();
    let arity = quote_spanned! {ident.span()=>
        ::core::assert!(
            <__private::KeyOf<Entity> as __private::PrimaryKeyArity>::ARITY == #keys,
            "`#[sea_orm(primary_key)]` stands on each field of the key, and on no other"
        );
    };
    Some(quote! {
        const _: fn(&__private::ModelOf<Entity>) = |model| {
            use __private::OfModel as _;
            #(#types)*
        };
        const _: fn(#ident) -> #ident = |#ident { #(#fields),* }| #ident { #(#fields),* };
        const _: () = #arity;
    })
}

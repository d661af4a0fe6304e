//! The `Deserialize` impl of an allowlist.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::{allowlist::Allowlist, model::Field};

pub fn deserialize(allowlist: &Allowlist) -> TokenStream {
    let ident = &allowlist.ident;
    let types = read_types(allowlist);
    let reads = allowlist.fields.iter().map(|field| read(field));
    quote! {
        // With the lifetime, the bound is not checked at the definition: an entity with a type that is not
        // `Deserialize` still compiles.
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

/// Reads one field from the `fields` of a JSON object.
fn read(field: &Field) -> TokenStream {
    let Field { ident, variant, .. } = field;
    match &field.serde.read_with {
        _ if field.serde.is_skipped => quote!(#ident: __private::ActiveValue::NotSet,),
        Some(function) => quote!(#ident: fields.take_with(__Column::#variant, #function)?,),
        None => quote!(#ident: fields.take(__Column::#variant)?,),
    }
}

/// The types that need `Deserialize`, each once.
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

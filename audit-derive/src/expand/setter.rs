//! The fluent setter of a field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, PathArguments, Type};

use crate::model::Field;

pub fn setter(field: &Field) -> TokenStream {
    let Field { ident, ty, .. } = field;
    let doc = format!(" Sets `{}`.", field.name);
    let (parameter, value) = if let Some(ty) = optional(ty) {
        (
            quote!(impl __private::IntoNullable<#ty>),
            quote!(__private::IntoNullable::into_nullable(value)),
        )
    } else if is_primitive(ty) {
        // Types that accept a literal directly, but not through a trait.
        (quote!(#ty), quote!(value))
    } else {
        (
            quote!(impl __private::IntoField<#ty>),
            quote!(__private::IntoField::into_field(value)),
        )
    };
    quote! {
        #[doc = #doc]
        pub fn #ident(mut self, value: #parameter) -> Self {
            self.#ident = __private::ActiveValue::Set(#value);
            self
        }
    }
}

/// `T` of `Option<T>`.
fn optional(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}

fn is_primitive(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let primitives = [
        "bool", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    path.path
        .get_ident()
        .is_some_and(|ident| primitives.iter().any(|primitive| ident == primitive))
}

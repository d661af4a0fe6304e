//! The relations of a `ModelEx`, by the attributes that SeaORM reads.

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{GenericArgument, Ident, PathArguments, Type, spanned::Spanned};

use crate::model::{Entity, Field, Role};

/// A field of a relation, and the way to save it.
pub struct Relation<'a> {
    pub field: &'a Field,
    /// The type in `HasMany<..>`, with an `Option`, and without.
    pub argument: &'a Type,
    pub target: &'a Type,
    pub kind: Kind,
    /// The index among the relations.
    pub nth: usize,
}

pub enum Kind {
    /// Parent, one and many: with the definition of the relation.
    Parent(TokenStream),
    One(TokenStream),
    Many(TokenStream),
    /// With the entity of the junction.
    Linked(TokenStream),
    /// SeaORM does not save it, or its attributes do not show how.
    Unsaved,
}

pub fn relations(entity: &Entity) -> impl Iterator<Item = Relation<'_>> {
    let fields = entity
        .fields
        .iter()
        .filter(|field| field.role == Role::Relation);
    let is_of = |field: &Field, text: &str| {
        let target = argument(&field.ty).map(without_option);
        target.is_some_and(|target| quote!(#target).to_string() == text)
    };
    fields.clone().enumerate().filter_map(move |(nth, field)| {
        let argument = argument(&field.ty)?;
        let target = without_option(argument);
        let text = quote!(#target).to_string();
        let is_only = fields.clone().filter(|other| is_of(other, &text)).count() == 1;
        let kind = kind(field, target, is_only);
        Some(Relation {
            field,
            argument,
            target,
            kind,
            nth,
        })
    })
}

fn kind(field: &Field, target: &Type, is_only: bool) -> Kind {
    let relation = &field.relation;
    let span = field.ty.span();
    let named = relation.relation_enum.as_ref().map(|name| {
        let variant = Ident::new(&name.value().to_upper_camel_case(), name.span());
        quote!(__private::RelationTrait::def(&Relation::#variant))
    });
    let only =
        is_only.then(|| quote_spanned!(span=> <Entity as __private::Related<#target>>::to()));
    let is_many = is(&field.ty, "HasMany");
    let kind = match (&relation.via, named) {
        (None, named) if !is_many && (relation.belongs_to || relation.self_ref) => {
            named.or(only).map(Kind::Parent)
        }
        // The other side of a parent of the same entity.
        (None, Some(named)) if is_many && relation.self_ref => Some(Kind::Many(named)),
        (_, Some(_)) => None,
        (None, None) if relation.has_many => only.map(Kind::Many),
        (None, None) if relation.has_one => only.map(Kind::One),
        (Some(module), None) if relation.has_many && is_only && !relation.self_ref => {
            let module = syn::parse_str::<Ident>(module).ok();
            module.map(|module| Kind::Linked(quote_spanned!(span=> super::#module::Entity)))
        }
        _ => None,
    };
    kind.unwrap_or(Kind::Unsaved)
}

pub fn is(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == name)
}

/// `T` of `HasMany<T>`.
fn argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `T` of `Option<T>`, and any other type itself.
fn without_option(ty: &Type) -> &Type {
    let inner = is(ty, "Option").then(|| argument(ty)).flatten();
    inner.unwrap_or(ty)
}

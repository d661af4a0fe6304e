//! The impl for the nested `ActiveModelEx`: `#[audited(graph)]`. It lists the relations; the runtime saves them.

use heck::ToUpperCamelCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{GenericArgument, Ident, PathArguments, Type, spanned::Spanned};

use crate::model::{Entity, Field, Role};

/// Of the `ModelEx`, which has the relations.
pub fn graph(entity: &Entity) -> Option<TokenStream> {
    entity.attributes.graph?;
    let runtime = entity.runtime();
    let relations: Vec<_> = relations(entity).collect();
    let idents = relations.iter().map(|relation| &relation.field.ident);
    let idents: Vec<_> = idents.collect();
    let locals: Vec<_> = relations.iter().map(Relation::local).collect();
    let refusals = relations.iter().filter_map(Relation::refusal);
    let parents = relations.iter().filter_map(Relation::parent);
    let children = relations.iter().map(Relation::saved);
    let gone = relations.iter().filter_map(Relation::gone);
    Some(quote! {
        const _: () = {
            use #runtime::__private;

            #[automatically_derived]
            impl __private::AuditedGraph for ActiveModelEx {
                type Of = Entity;
                #[allow(unused_mut)]
                fn save_graph<T: __private::Transaction>(
                    mut self,
                    to: &__private::UnitConnection<T>,
                ) -> __private::Pending<'_, Self> {
                    ::std::boxed::Box::pin(async move {
                        #(#refusals)*
                        #(let #locals = ::core::mem::take(&mut self.#idents);)*
                        #(#parents)*
                        let mut saved = __private::graph::own::<Self, T>(self, to).await?;
                        #(saved.#idents = #children;)*
                        ::core::result::Result::Ok(saved)
                    })
                }
                fn delete_children<'a, T: __private::Transaction>(
                    &'a self,
                    to: &'a __private::UnitConnection<T>,
                ) -> __private::Pending<'a, ()> {
                    ::std::boxed::Box::pin(async move {
                        let _ = to;
                        #(#gone)*
                        ::core::result::Result::Ok(())
                    })
                }
            }
        };
    })
}

/// A field of a relation, and what is done with it.
struct Relation<'a> {
    field: &'a Field,
    /// The type in `HasMany<..>`, with an `Option`, and without.
    argument: &'a Type,
    target: &'a Type,
    kind: Kind,
}

enum Kind {
    /// These with the definition of the relation.
    Parent(TokenStream),
    One(TokenStream),
    Many(TokenStream),
    /// With the entity of the junction.
    Linked(TokenStream),
    /// SeaORM does not save it, or not in a way that can be told from its attributes.
    Unsaved,
}

fn relations(entity: &Entity) -> impl Iterator<Item = Relation<'_>> {
    let fields = entity
        .fields
        .iter()
        .filter(|field| field.role == Role::Relation);
    let is_of = |field: &Field, text: &str| {
        let target = argument(&field.ty).map(without_option);
        target.is_some_and(|target| quote!(#target).to_string() == text)
    };
    fields.clone().filter_map(move |field| {
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

impl Relation<'_> {
    fn refusal(&self) -> Option<TokenStream> {
        let Field { ident, name, .. } = self.field;
        matches!(self.kind, Kind::Unsaved)
            .then(|| quote!(__private::graph::unsaved(self.#ident.is_changed(), #name)?;))
    }

    /// Before the row, because it refers to its parents.
    fn parent(&self) -> Option<TokenStream> {
        let Kind::Parent(relation) = &self.kind else {
            return None;
        };
        let ident = self.local();
        let set = self.was_set();
        let orphan = self.is_optional().then(|| {
            quote! {
                if #set && #ident.is_none() {
                    __private::graph::orphan(&mut self, &#relation)?;
                }
            }
        });
        Some(quote_spanned! {self.field.ty.span()=>
            let #set = #ident.is_set();
            let #ident = #ident.into_option();
            #orphan
            let #ident = __private::graph::parent(&mut self, #ident, #relation, to).await?;
        })
    }

    /// The field of the saved row.
    fn saved(&self) -> TokenStream {
        let Self {
            field: Field { ty, .. },
            argument,
            target,
            ..
        } = self;
        let ident = self.local();
        let set = self.was_set();
        match &self.kind {
            Kind::Parent(_) if is(ty, "HasOne") => {
                quote! {
                    match #ident {
                        ::core::option::Option::None => __private::ActiveHasOne::NotSet,
                        parent => __private::ActiveHasOne::Set(parent.map(::std::boxed::Box::new)),
                    }
                }
            }
            Kind::Parent(_) if self.is_optional() => quote! {
                match #set {
                    true => __private::ActiveBelongsTo::<#argument>::Set(#ident.map(::std::boxed::Box::new)),
                    false => __private::ActiveBelongsTo::NotSet,
                }
            },
            Kind::Parent(_) => quote! {
                match #ident {
                    ::core::option::Option::Some(parent) => {
                        __private::ActiveBelongsTo::<#argument>::Set(::std::boxed::Box::new(parent))
                    }
                    ::core::option::Option::None => __private::ActiveBelongsTo::NotSet,
                }
            },
            Kind::One(relation) => quote_spanned! {ty.span()=>
                __private::graph::one::<Self, #target, T>(&saved, #ident, #relation, to).await?
            },
            Kind::Many(relation) => quote_spanned! {ty.span()=>
                __private::graph::many::<Self, #target, T>(&saved, #ident, #relation, to).await?
            },
            Kind::Linked(junction) => {
                let left = left(junction);
                quote_spanned! {ty.span()=>
                    __private::graph::linked::<Self, #target, #junction, T>(
                        &saved,
                        #ident,
                        [#left, <#junction as __private::Related<#target>>::to()],
                        to,
                    )
                    .await?
                }
            }
            Kind::Unsaved => quote!(#ident),
        }
    }

    fn gone(&self) -> Option<TokenStream> {
        let target = self.target;
        let span = self.field.ty.span();
        match &self.kind {
            Kind::One(relation) | Kind::Many(relation) => Some(quote_spanned! {span=>
                __private::graph::let_children_go::<Self, #target, T>(
                    self,
                    #relation,
                    to,
                )
                .await?;
            }),
            Kind::Linked(junction) => {
                let left = left(junction);
                Some(quote_spanned! {span=>
                    __private::graph::unlink::<Self, #junction, T>(self, #left, to).await?;
                })
            }
            Kind::Parent(_) | Kind::Unsaved => None,
        }
    }

    /// The variable that has the field while the row is saved.
    fn local(&self) -> Ident {
        format_ident!("relation_{}", self.field.name)
    }

    /// The name of what tells whether a parent was set.
    fn was_set(&self) -> Ident {
        format_ident!("was_set_{}", self.field.name)
    }

    fn is_optional(&self) -> bool {
        !is(&self.field.ty, "HasOne") && !std::ptr::eq(self.argument, self.target)
    }
}

/// From the junction to the owner.
fn left(junction: &TokenStream) -> TokenStream {
    quote!(<#junction as __private::Related<Entity>>::to())
}

fn is(ty: &Type, name: &str) -> bool {
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

//! The impl for the nested `ActiveModelEx`: `#[audited(graph)]`. It lists the relations; the runtime saves them.

mod relation;

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, spanned::Spanned};

use self::relation::{Kind, Relation, is, relations};
use crate::model::{Entity, Field};

/// The impl for the `ModelEx`, which has the relations.
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
    let reached = relations.iter().map(Relation::reached);
    let gone = relations.iter().filter_map(Relation::gone);
    Some(quote! {
        const _: () = {
            use #runtime::__private;

            #(#reached)*

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

impl Relation<'_> {
    /// The impls by which the runtime finds the entities of the relation.
    fn reached(&self) -> Option<TokenStream> {
        let Self { target, nth, .. } = self;
        let joined = match &self.kind {
            Kind::Unsaved => return None,
            Kind::Linked(junction) => Some(quote! {
                #[automatically_derived]
                impl __private::graph::Joined<#nth> for Entity {
                    type By = #junction;
                }
            }),
            Kind::Parent(_) | Kind::One(_) | Kind::Many(_) => None,
        };
        Some(quote! {
            #[automatically_derived]
            impl __private::graph::Reached<#nth> for Entity {
                type Of = #target;
            }

            #joined
        })
    }

    fn refusal(&self) -> Option<TokenStream> {
        let Field { ident, name, .. } = self.field;
        matches!(self.kind, Kind::Unsaved)
            .then(|| quote!(__private::graph::unsaved(self.#ident.is_changed(), #name)?;))
    }

    /// Saves the parent before the row, which refers to it.
    fn parent(&self) -> Option<TokenStream> {
        let Kind::Parent(relation) = &self.kind else {
            return None;
        };
        let (ident, nth) = (self.local(), self.nth);
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
            let #ident = __private::graph::parent::<Self, #nth, T>(&mut self, #ident, #relation, to).await?;
        })
    }

    /// The field of the saved row.
    fn saved(&self) -> TokenStream {
        let Self {
            field: Field { ty, .. },
            argument,
            target,
            nth,
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
                __private::graph::one::<Self, #nth, T>(&saved, #ident, #relation, to).await?
            },
            Kind::Many(relation) => quote_spanned! {ty.span()=>
                __private::graph::many::<Self, #nth, T>(&saved, #ident, #relation, to).await?
            },
            Kind::Linked(junction) => {
                let left = left(junction);
                quote_spanned! {ty.span()=>
                    __private::graph::linked::<Self, #nth, T>(
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
        let nth = self.nth;
        let span = self.field.ty.span();
        match &self.kind {
            Kind::One(relation) | Kind::Many(relation) => Some(quote_spanned! {span=>
                __private::graph::let_children_go::<Self, #nth, T>(
                    self,
                    #relation,
                    to,
                )
                .await?;
            }),
            Kind::Linked(junction) => {
                let left = left(junction);
                Some(quote_spanned! {span=>
                    __private::graph::unlink::<Self, #nth, T>(self, #left, to).await?;
                })
            }
            Kind::Parent(_) | Kind::Unsaved => None,
        }
    }

    /// The variable that holds the field while the row is saved.
    fn local(&self) -> Ident {
        format_ident!("relation_{}", self.field.name)
    }

    /// The variable that says whether a parent was set.
    fn was_set(&self) -> Ident {
        format_ident!("was_set_{}", self.field.name)
    }

    fn is_optional(&self) -> bool {
        !is(&self.field.ty, "HasOne") && !std::ptr::eq(self.argument, self.target)
    }
}

/// The relation from the junction to the owner.
fn left(junction: &TokenStream) -> TokenStream {
    quote!(<#junction as __private::Related<Entity>>::to())
}

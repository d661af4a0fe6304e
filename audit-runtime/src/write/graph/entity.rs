//! The traits of a graph and of the entities of its relations.

use sea_orm::{ActiveModelTrait, EntityTrait};

use crate::{
    audited::{ActiveModelOf, Audited},
    pending::Pending,
    write::{connection::UnitConnection, transaction::Transaction},
};

/// The `ActiveModelEx` of an entity with `#[audited(graph)]`, which [`Unrestricted::save_graph`](crate::Unrestricted)
/// takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved as a graph",
    label = "not the `ActiveModelEx` of an entity with `#[audited(graph)]`",
    note = "add `graph` to the `#[audited(..)]` of its `Model`, and of the `Model` of every relation"
)]
pub trait AuditedGraph:
    ActiveModelTrait<Entity = Self::Of>
    + From<ActiveModelOf<Self::Of>>
    + Into<ActiveModelOf<Self::Of>>
    + Send
    + Sync
    + 'static
{
    /// The entity of the root row.
    type Of: Audited<ActiveModelEx = Self>;

    #[doc(hidden)]
    fn save_graph<T: Transaction>(self, to: &UnitConnection<T>) -> Pending<'_, Self>;

    /// Detaches or deletes the children of this row, but not the row itself.
    #[doc(hidden)]
    fn delete_children<'a, T: Transaction>(&'a self, to: &'a UnitConnection<T>) -> Pending<'a, ()>;
}

/// The entity of the `N`th relation. A separate trait, so that an entity that is not a graph gives only one error.
pub trait Reached<const N: usize> {
    /// That entity.
    type Of: Audited<ActiveModelEx: AuditedGraph<Of = Self::Of>>;
}

/// The entity of the junction of the `N`th relation.
pub trait Joined<const N: usize> {
    /// That entity.
    type By: Audited;
}

pub(super) type At<G, const N: usize> = <<G as AuditedGraph>::Of as Reached<N>>::Of;
pub(super) type Junction<G, const N: usize> = <<G as AuditedGraph>::Of as Joined<N>>::By;
pub(super) type GraphOf<E> = <E as EntityTrait>::ActiveModelEx;

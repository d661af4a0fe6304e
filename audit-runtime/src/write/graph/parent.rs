//! Saves the parents of a row: the rows that it refers to.

use sea_orm::RelationDef;

use super::{
    columns::refer,
    entity::{At, AuditedGraph, GraphOf, Reached},
    rows::needs_save,
};
use crate::{
    pending::Pending,
    write::{connection::UnitConnection, transaction::Transaction},
};

/// Saves a parent if it has changes, and sets the columns that refer to it.
pub fn parent<'a, G, const N: usize, T>(
    child: &'a mut G,
    parent: Option<GraphOf<At<G, N>>>,
    relation: RelationDef,
    to: &'a UnitConnection<T>,
) -> Pending<'a, Option<GraphOf<At<G, N>>>>
where
    G: AuditedGraph<Of: Reached<N>>,
    T: Transaction,
{
    Box::pin(async move {
        let Some(parent) = parent else {
            return Ok(None);
        };
        let parent = match needs_save(&parent) {
            true => parent.save_graph(to).await?,
            false => parent,
        };
        refer(child, &relation.from_col, &parent, &relation.to_col)?;
        Ok(Some(parent))
    })
}

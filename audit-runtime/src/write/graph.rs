//! A nested `ActiveModelEx`: a row, and the rows of its relations.
//!
//! The derive on a `ModelEx` lists the relations. This module saves them.

mod children;
mod columns;
mod entity;
mod junction;
mod parent;
mod rows;

use super::{
    connection::UnitConnection, operation::Operation, subject::Subject, transaction::Transaction,
};
use crate::Error;

pub use self::{
    children::{let_children_go, many, one},
    columns::{orphan, unsaved},
    entity::{AuditedGraph, Joined, Reached},
    junction::{linked, unlink},
    parent::parent,
    rows::own,
};

pub(super) struct SaveGraph<G>(pub(super) Box<G>);

impl<G: AuditedGraph> Operation for SaveGraph<G> {
    type Output = Box<G>;

    fn subject(&self) -> Subject {
        Subject::of::<G::Of>("SAVE")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        let step = connection.step()?;
        let saved = self.0.save_graph(connection).await;
        // No unit may commit after a refusal either, because a part of the graph may have been written.
        if saved.is_ok() {
            step.done();
        }
        saved.map(Box::new)
    }
}

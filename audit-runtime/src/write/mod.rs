//! Audited writes: on a pool, each in a transaction of its own, or many in one [`Unit`].

mod audit;
mod connection;
mod entry;
mod event;
mod found_log;
mod fused;
mod later;
mod liveness;
mod locked;
mod many;
mod one;
mod operation;
mod refusal;
mod revert;
mod row;
pub(crate) mod shield;
mod state;
mod target;
mod transaction;
mod unique;
mod unit;
mod upsert;
mod witness;

use sea_orm::{ModelTrait, sea_query::IntoCondition};

use crate::{
    Inverse, Restoration,
    audited::{Audited, ColumnOf, KeyOf, ModelOf, NewRow, Patch, PatchOf},
    pending::Pending,
};

pub use audit::{Audit, ConnectionExt};
pub use event::Event;
pub use transaction::{AuditConnection, Transaction};
pub use unit::Unit;
pub use upsert::Upserted;

use many::{DeleteMany, InsertMany, UpdateMany};
use one::{Delete, Insert, Update, key_of};
use operation::Operation;
use revert::{Restore, Revert};
use upsert::Upsert;

/// Something that writes audited: an [`Audit`], where each write is a transaction of its own, or a [`Unit`].
///
/// Every write that returns `Ok` has left its entry, or found nothing to change.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not write audited",
    label = "neither an `Audit` nor a `Unit`",
    note = "get one with `db.audited(&context)`, and a unit with `db.audited(&context).begin().await?`"
)]
pub trait Writer: sealed::Run {
    /// Sets the patch's fields in the row with this id, and returns the row as stored.
    ///
    /// A patch that changes nothing writes nothing and runs no hook.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn update<P: Patch>(
        &self,
        id: impl Into<KeyOf<P::Entity>>,
        patch: P,
    ) -> Pending<'_, ModelOf<P::Entity>> {
        self.run(Update::new(id.into(), &patch))
    }

    /// As [`update`](Self::update), if the row still is what the caller loaded.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`](crate::Error::Conflict) names the recorded or redacted fields that differ; skipped ones may.
    fn update_if_unchanged<M: AuditedModel, P: PatchOf<M::Entity>>(
        &self,
        loaded: &M,
        patch: P,
    ) -> Pending<'_, M> {
        self.run(Update::if_unchanged(loaded, &patch))
    }

    /// Inserts a row, and returns it as stored: an `ActiveModel`, or a draft.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn insert<R: NewRow>(&self, row: R) -> Pending<'_, ModelOf<R::Entity>> {
        self.run(Insert::new(row))
    }

    /// Deletes the row with this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn delete<E: Audited>(&self, id: impl Into<KeyOf<E>>) -> Pending<'_, ()> {
        self.run(Delete::<E>::new(id.into()))
    }

    /// Inserts rows, and returns them as stored, in the order given.
    ///
    /// Set-based: rows that set the same columns as the one before share a statement. It runs no hooks, as SeaORM's.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says; then none of them is inserted. On MySQL, and on SQLite, a
    /// row must have its key, unless that is an id the database counts up.
    fn insert_many<R: NewRow>(
        &self,
        rows: impl IntoIterator<Item = R>,
    ) -> Pending<'_, Vec<ModelOf<R::Entity>>> {
        self.run(InsertMany::new(rows))
    }

    /// Sets the patch's fields in all rows that meet the condition, and returns how many changed: each leaves an entry
    /// with its own `before`, and one in which nothing would change is not touched.
    ///
    /// Set-based, and without hooks, as SeaORM's. Outside PostgreSQL the rows pass through memory.
    ///
    /// ```
    /// # mod user {
    /// #     use audit_runtime::Audited;
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    /// #     #[sea_orm(table_name = "users")]
    /// #     #[audited(no_hooks)]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[audited(update)]
    /// #         pub role: String,
    /// #     }
    /// # }
    /// # use audit_runtime::prelude::*;
    /// # use sea_orm::ColumnTrait;
    /// # async fn f(audit: Audit<'_, sea_orm::DatabaseConnection>) -> Result<(), audit_runtime::Error> {
    /// let demoted = audit
    ///     .update_many(user::Column::Role.eq("guest"), user::Patch::new().role("user"))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says; then none of them is changed.
    fn update_many<P: Patch>(&self, rows: impl IntoCondition, patch: P) -> Pending<'_, u64> {
        self.run(UpdateMany::new(rows.into_condition(), &patch))
    }

    /// Deletes all rows that meet the condition, and returns how many there were, each with an entry of its own.
    ///
    /// Set-based, and without hooks, as SeaORM's. Outside PostgreSQL the rows pass through memory.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says; then none of them is deleted.
    fn delete_many<E: Audited>(&self, rows: impl IntoCondition) -> Pending<'_, u64> {
        self.run(DeleteMany::<E>::new(rows.into_condition()))
    }

    /// Inserts the row, or, if there is one that has the columns `conflict` in common with it, sets the patch's fields
    /// in that one. The entry says what really happened, whoever else does the same.
    ///
    /// `conflict` is the columns of a unique constraint or of the key, all of them, which the row must have values for.
    /// A row with a NULL in one of them is always inserted, but for a constraint of PostgreSQL's whose NULLs are not
    /// distinct. An index over some of the rows only, or of an expression, tells of no row.
    /// Hooks of an insert may run for a row that somebody else then inserts first.
    ///
    /// # Errors
    ///
    /// [`Error::NotUnique`](crate::Error::NotUnique) where PostgreSQL or SQLite has no such constraint, [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the
    /// database says: MySQL of any unique constraint that the row violates.
    fn insert_or_update<R: NewRow, P: PatchOf<R::Entity>>(
        &self,
        row: R,
        conflict: impl IntoIterator<Item = ColumnOf<R::Entity>>,
        patch: P,
    ) -> Pending<'_, Upserted<ModelOf<R::Entity>>> {
        self.run(Upsert::new(row, conflict).or_update(&patch))
    }

    /// Inserts the row, unless there is one that has the columns `conflict` in common with it: that stays as it is.
    ///
    /// As [`insert_or_update`](Self::insert_or_update) with a patch of nothing.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn insert_or_keep<R: NewRow>(
        &self,
        row: R,
        conflict: impl IntoIterator<Item = ColumnOf<R::Entity>>,
    ) -> Pending<'_, Upserted<ModelOf<R::Entity>>> {
        self.run(Upsert::new(row, conflict))
    }

    /// Takes a change back, and returns the row as stored: an update like any other, whose entry `reverts` the one
    /// that the inverse is of.
    ///
    /// # Errors
    ///
    /// [`Error::ChangedSince`](crate::Error::ChangedSince) names the fields that changed again since, [`Error::Irreversible`](crate::Error::Irreversible) says why the entry
    /// cannot be taken back; then nothing is done. Otherwise
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn revert<P: Patch>(&self, inverse: Inverse<P>) -> Pending<'_, ModelOf<P::Entity>> {
        self.run(Revert(inverse))
    }

    /// Inserts a deleted row again, and returns it as stored: an insert like any other, whose entry `reverts` the
    /// deletion.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`](crate::Error::Irreversible) if the entry does not say what is to be restored, or holds JSON that would be rounded.
    /// Otherwise as [`insert`](Self::insert); if the row is there again, that its key is taken.
    fn restore<E: Audited>(&self, restoration: Restoration<E>) -> Pending<'_, ModelOf<E>> {
        self.run(Restore(restoration))
    }

    /// Records that something happened which is not a change of a row.
    ///
    /// In a unit, an event that is a success lives and dies with the unit; a denied or failed one is written
    /// after the unit has ended, whichever way it ended. A unit that is dropped leaves that to a task, so the
    /// runtime must live on for it; `commit` and `rollback` wait for it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidEvent`](crate::Error::InvalidEvent) for a name that is none or that the engine uses, or what the database says.
    fn record(&self, event: Event) -> Pending<'_, ()> {
        self.write_event(event)
    }
}

impl<W: sealed::Run> Writer for W {}

mod sealed {
    use super::{Event, Operation};
    use crate::pending::Pending;

    pub trait Run: Sync {
        fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output>;
        fn write_event(&self, event: Event) -> Pending<'_, ()>;
    }
}

/// What a model of an audited entity can do besides.
pub trait AuditedModel: ModelTrait<Entity: Audited<Model = Self>> + Sync {
    /// [`Writer::update`] of this row.
    fn apply<'a, P, W>(&self, patch: P, audit: &'a W) -> Pending<'a, Self>
    where
        P: PatchOf<Self::Entity>,
        W: Writer,
    {
        audit.run(Update::new(key_of::<Self::Entity>(self), &patch))
    }

    /// The field-level difference of two models, without a database.
    fn changes_to(&self, after: &Self) -> crate::Changes {
        crate::Changes::updated::<Self::Entity>(self, after)
    }
}

impl<M: ModelTrait<Entity: Audited<Model = M>> + Sync> AuditedModel for M {}

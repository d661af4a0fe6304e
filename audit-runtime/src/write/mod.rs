//! Audited writes: each in its own transaction on a pool, or many in one [`Unit`].

mod active;
mod audit;
mod connection;
mod counted;
#[cfg(any(feature = "feed", feature = "retention"))]
mod engine_event;
mod entry;
mod event;
mod found_log;
mod fused;
pub(crate) mod graph;
mod guarded;
mod hooks;
mod json_text;
mod later;
mod liveness;
mod locked;
mod many;
mod mistaken;
mod notes;
mod observed;
mod one;
mod operation;
mod progress;
mod refusal;
mod revert;
mod row;
mod save;
pub(crate) mod shield;
mod state;
mod subject;
mod target;
mod touch;
mod transaction;
mod unique;
mod unit;
mod unmarked;
mod unrestricted;
mod upsert;
mod values;
mod witness;

use sea_orm::{ConnectionTrait, ModelTrait, sea_query::IntoCondition};

use crate::{
    Inverse, Restoration,
    audited::{Audited, ColumnOf, IntoKey, ModelOf, NewRow, Patch, PatchOf},
    pending::Pending,
};

#[cfg(any(feature = "feed", feature = "retention"))]
pub(crate) use audit::begin_at;
pub use audit::{Audit, ConnectionExt};
pub use connection::UnitConnection;
#[cfg(any(feature = "feed", feature = "retention"))]
pub(crate) use engine_event::EngineEvent;
#[cfg(feature = "retention")]
pub(crate) use event::EntityId;
pub use event::Event;
pub use graph::AuditedGraph;
pub use guarded::Guarded;
pub use transaction::{AuditConnection, Pool, Sealed, Transaction};
pub use unit::Unit;
pub use unrestricted::{AuditedActiveModel, Unrestricted};
pub use upsert::Upserted;

use many::{DeleteMany, InsertMany, UpdateMany};
use one::{Delete, Insert, Update, key_of};
use operation::Operation;
use revert::{Restore, Revert};
use row::unboxed;
use upsert::Upsert;

/// Audited writes on an [`Audit`], where each write is a transaction of its own, or on a [`Unit`].
///
/// A write that returns `Ok` has stored its entry, or found nothing to change.
///
/// # Your functions
///
/// A function that writes takes `&impl Writer`: then its caller decides whether the write is a transaction of its own or
/// part of a unit. It reads through [`connection`](Self::connection), which in a unit is the unit itself, so that the
/// function sees what was written before it. A generic function names the key of an entity as
/// [`KeyOf`](crate::KeyOf).
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
/// #         #[audited(create, update)]
/// #         pub role: String,
/// #     }
/// # }
/// use audit_runtime::{Error, KeyOf, audited::{ModelOf, Patch}, prelude::*};
/// use sea_orm::{EntityTrait, PaginatorTrait};
///
/// async fn demote(writer: &impl Writer, id: i32) -> Result<u64, Error> {
///     writer.update(id, user::Patch::new().role("user")).await?;
///     Ok(user::Entity::find().count(writer.connection()).await?)
/// }
///
/// async fn up<P: Patch, W: Writer>(
///     writer: &W,
///     id: KeyOf<P::Entity>,
///     patch: P,
/// ) -> Result<ModelOf<P::Entity>, Error> {
///     writer.update(id, patch).await
/// }
///
/// # use sea_orm::{ConnectionTrait, Database, Schema};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let db = Database::connect("sqlite::memory:").await?;
/// # audit_runtime::schema::install(&db).await?;
/// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
/// # let context = AuditContext::new(Actor::new("User", 7));
/// let audit = db.audited(&context);
/// let jane = audit.insert(user::Draft::new().role("admin")).await?;
/// assert_eq!(demote(&audit, jane.id).await?, 1);
///
/// let unit = audit.begin().await?;
/// unit.insert(user::Draft::new().role("admin")).await?;
/// assert_eq!(demote(&unit, jane.id).await?, 2);
/// up(&unit, jane.id, user::Patch::new().role("admin")).await?;
/// unit.commit().await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not write audited",
    label = "neither an `Audit` nor a `Unit`",
    note = "get one with `db.audited(&context)`, and a unit with `db.audited(&context).begin().await?`"
)]
pub trait Writer: sealed::Run {
    /// Updates the row with this id by a patch, and returns the row as stored.
    ///
    /// A patch that changes nothing writes nothing and runs no hook.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn update<P: Patch>(
        &self,
        id: impl IntoKey<P::Entity>,
        patch: P,
    ) -> Pending<'_, ModelOf<P::Entity>> {
        unboxed(self.run(Update::new(id.into_key(), &patch)))
    }

    /// Updates the row as [`update`](Self::update) does, if it is unchanged since the caller loaded it.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`](crate::Error::Conflict) names the recorded and redacted fields that differ. Skipped fields
    /// may differ.
    fn update_if_unchanged<M: AuditedModel, P: PatchOf<M::Entity>>(
        &self,
        loaded: &M,
        patch: P,
    ) -> Pending<'_, M> {
        unboxed(self.run(Update::if_unchanged(loaded, &patch)))
    }

    /// Inserts a draft or an `ActiveModel`, and returns the row as stored.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn insert<R: NewRow>(&self, row: R) -> Pending<'_, ModelOf<R::Entity>> {
        unboxed(self.run(Insert::new(row)))
    }

    /// Deletes the row with this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn delete<E: Audited>(&self, id: impl IntoKey<E>) -> Pending<'_, ()> {
        self.run(Delete::<E>::new(id.into_key()))
    }

    /// Inserts rows, and returns them as stored, in the order given.
    ///
    /// Consecutive rows that set the same columns share a statement. Like SeaORM's `insert_many`, it runs no hooks.
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

    /// Updates all rows that satisfy the condition by a patch, and returns the number of changed rows. Each changed row
    /// gets an entry with its own `before`; other rows are not touched.
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

    /// Deletes all rows that satisfy the condition, and returns their number. Each gets an entry.
    ///
    /// Set-based, and without hooks, as SeaORM's. Outside PostgreSQL the rows pass through memory.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says; then none of them is deleted.
    fn delete_many<E: Audited>(&self, rows: impl IntoCondition) -> Pending<'_, u64> {
        self.run(DeleteMany::<E>::new(rows.into_condition()))
    }

    /// Inserts the row. If a row with the same values in the columns `conflict` exists, it applies the patch to that
    /// row instead. The entry says which of the two happened, also under concurrent writers.
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
        upsert::unboxed(self.run(Upsert::new(row, conflict).or_update(&patch)))
    }

    /// Inserts the row, unless a row with the same values in the columns `conflict` exists.
    ///
    /// It behaves as [`insert_or_update`](Self::insert_or_update) with an empty patch.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn insert_or_keep<R: NewRow>(
        &self,
        row: R,
        conflict: impl IntoIterator<Item = ColumnOf<R::Entity>>,
    ) -> Pending<'_, Upserted<ModelOf<R::Entity>>> {
        upsert::unboxed(self.run(Upsert::new(row, conflict)))
    }

    /// Reverts a change, and returns the row as stored. It is an ordinary update whose entry refers to the reverted one
    /// in `reverts`.
    ///
    /// # Errors
    ///
    /// [`Error::ChangedSince`](crate::Error::ChangedSince) names the fields that changed again since, [`Error::Irreversible`](crate::Error::Irreversible) says why the entry
    /// cannot be taken back; then nothing is done. Otherwise
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or what the database says.
    fn revert<P: Patch>(&self, inverse: Inverse<P>) -> Pending<'_, ModelOf<P::Entity>> {
        unboxed(self.run(Revert(inverse)))
    }

    /// Inserts a deleted row again, and returns it as stored. It is an ordinary insert whose entry refers to the
    /// deletion in `reverts`.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`](crate::Error::Irreversible) if the entry does not say what is to be restored, or holds JSON that would be rounded.
    /// Otherwise as [`insert`](Self::insert); if the row is there again, that its key is taken.
    fn restore<E: Audited>(&self, restoration: Restoration<E>) -> Pending<'_, ModelOf<E>> {
        unboxed(self.run(Restore(restoration)))
    }

    /// Writes of an `ActiveModel`, which no allowlist limits: `audit.unrestricted().save(user)`.
    ///
    /// Patches are the rule: what a request may change is then decided when the application is compiled. This is for code
    /// that has an `ActiveModel` already. `git grep 'unrestricted()'` finds every use.
    fn unrestricted(&self) -> Unrestricted<'_, Self>
    where
        Self: Sized,
    {
        Unrestricted(self)
    }

    /// Does not compile, and says what does.
    #[doc(hidden)]
    fn save<A: mistaken::Save>(&self, row: A) -> A::Output {
        row.save()
    }

    /// The connection to read through: the unit itself, or the pool.
    ///
    /// It is a plain connection of SeaORM. What is written through it has no entry.
    fn connection(&self) -> &impl ConnectionTrait {
        self.reader()
    }

    /// Records an event.
    ///
    /// In a unit, an event with the outcome SUCCESS is committed or rolled back with the unit. A denied or failed event
    /// is written after the unit has ended, even after a rollback; `commit` and `rollback` wait for it. If a unit is
    /// dropped, a task writes the event, so the runtime must still be running.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidEvent`](crate::Error::InvalidEvent) for an invalid or reserved name, or what the database says.
    fn record(&self, event: Event) -> Pending<'_, ()> {
        self.write_event(event)
    }
}

impl<W: sealed::Run> Writer for W {}

mod sealed {
    use sea_orm::ConnectionTrait;

    use super::{Event, Operation};
    use crate::pending::Pending;

    pub trait Run: Sync {
        type Reader: ConnectionTrait;
        fn reader(&self) -> &Self::Reader;
        fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output>;
        fn write_event(&self, event: Event) -> Pending<'_, ()>;
    }
}

/// Methods of the models of audited entities.
pub trait AuditedModel: ModelTrait<Entity: Audited<Model = Self>> + Sync {
    /// Updates this row with [`Writer::update`].
    fn apply<'a, P, W>(&self, patch: P, audit: &'a W) -> Pending<'a, Self>
    where
        P: PatchOf<Self::Entity>,
        W: Writer,
    {
        unboxed(audit.run(Update::new(key_of::<Self::Entity>(self), &patch)))
    }

    /// Deletes this row with [`Writer::delete`].
    ///
    /// SeaORM's `ModelTrait` has a method of this name, which records nothing. Where both traits are imported, the compiler
    /// asks which is meant: `audit.delete::<user::Entity>(user.id)` says it, or `AuditedModel::delete(user, &audit)`.
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
    /// use audit_runtime::{Error, prelude::*};
    ///
    /// async fn leave(user: user::Model, writer: &impl Writer) -> Result<(), Error> {
    ///     user.delete(writer).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Writer::delete`].
    // By value, as SeaORM's: a method that takes a reference would give way to it without a word.
    fn delete<W: Writer>(self, audit: &W) -> Pending<'_, ()> {
        audit.run(Delete::<Self::Entity>::new(key_of::<Self::Entity>(&self)))
    }

    /// Returns the field-level difference of two models, without a database.
    fn changes_to(&self, after: &Self) -> crate::Changes {
        crate::Changes::updated::<Self::Entity>(self, after)
    }
}

impl<M: ModelTrait<Entity: Audited<Model = M>> + Sync> AuditedModel for M {}

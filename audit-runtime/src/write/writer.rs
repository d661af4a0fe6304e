//! The trait of audited writes.

mod model;

use sea_orm::{ConnectionTrait, sea_query::IntoCondition};

pub use self::model::AuditedModel;
use super::{
    event::Event,
    many::{DeleteMany, InsertMany, UpdateMany},
    mistaken,
    one::{Delete, Insert, Update},
    revert::{Restore, Revert},
    row::unboxed,
    run::Run,
    unrestricted::Unrestricted,
    upsert::{self, Upsert, Upserted},
};
use crate::{
    Inverse, Restoration,
    audited::{Audited, ColumnOf, IntoKey, ModelOf, NewRow, Patch, PatchOf},
    pending::Pending,
};

/// Audited writes on an [`Audit`](crate::Audit), where each write is a transaction of its own, or on a [`Unit`](crate::Unit).
///
/// A write that returns `Ok` has stored its entry, or found nothing to change.
///
/// # Your functions
///
/// A function that writes takes `&impl Writer`: then its caller decides whether the write is a transaction of its own
/// or part of a unit. It reads through [`connection`](Self::connection). In a unit, that is the unit itself, so the
/// function sees earlier writes of the unit. A generic function names the key of an entity as [`KeyOf`](crate::KeyOf).
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// use audit_runtime::{KeyOf, audited::{ModelOf, Patch}};
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
/// assert_eq!(demote(&audit, ann.id).await?, 1);
///
/// let unit = audit.begin().await?;
/// unit.insert(user::Draft::new().name("bob").role("admin")).await?;
/// assert_eq!(demote(&unit, ann.id).await?, 2);
/// up(&unit, ann.id, user::Patch::new().role("admin")).await?;
/// unit.commit().await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not write audited",
    label = "neither an `Audit` nor a `Unit`",
    note = "get one with `db.audited(&context)`, and a unit with `db.audited(&context).begin().await?`"
)]
pub trait Writer: Run {
    /// Updates the row with this id by a patch, and returns the row as stored.
    ///
    /// A patch that changes nothing writes nothing and runs no hook.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let ann = audit.update(ann.id, user::Patch::new().role("admin")).await?;
    /// assert_eq!(ann.role, "admin");
    ///
    /// let unknown = audit.update(9, user::Patch::new().role("admin")).await.unwrap_err();
    /// assert!(matches!(unknown, Error::NotFound { .. }));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a
    /// database error.
    fn update<P: Patch>(
        &self,
        id: impl IntoKey<P::Entity>,
        patch: P,
    ) -> Pending<'_, ModelOf<P::Entity>> {
        unboxed(self.run(Update::new(id.into_key(), &patch)))
    }

    /// Updates the row as [`update`](Self::update) does, if it is unchanged since the caller loaded it.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// audit.update(ann.id, user::Patch::new().role("admin")).await?;
    ///
    /// // `ann` is what was loaded before that.
    /// let refused = audit.update_if_unchanged(&ann, user::Patch::new().name("anne")).await.unwrap_err();
    /// assert_eq!(refused.to_string(), "User 1 has changed since it was loaded: role");
    /// # Ok(())
    /// # }
    /// ```
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
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let bob = audit.insert(user::Draft::new().name("bob").role("user")).await?;
    /// let eve = user::ActiveModel {
    ///     name: Set("eve".to_owned()),
    ///     role: Set("guest".to_owned()),
    ///     ..Default::default()
    /// };
    /// let eve = audit.insert(eve).await?;
    /// assert_eq!((bob.id, eve.id), (2, 3));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error.
    fn insert<R: NewRow>(&self, row: R) -> Pending<'_, ModelOf<R::Entity>> {
        unboxed(self.run(Insert::new(row)))
    }

    /// Deletes the row with this id.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// audit.delete::<user::Entity>(ann.id).await?;
    /// assert_eq!(user::Entity::find().count(&db).await?, 0);
    ///
    /// let entry = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
    /// assert_eq!(entry.before()["role"], "user");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound), [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a
    /// database error.
    fn delete<E: Audited>(&self, id: impl IntoKey<E>) -> Pending<'_, ()> {
        self.run(Delete::<E>::new(id.into_key()))
    }

    /// Inserts rows, and returns them as stored, in the order given.
    ///
    /// Consecutive rows that set the same columns share a statement. Like SeaORM's `insert_many`, it runs no hooks.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let drafts = ["bob", "eve"].map(|name| user::Draft::new().name(name).role("guest"));
    /// let inserted = audit.insert_many(drafts).await?;
    /// assert_eq!(inserted[1].name, "eve");
    /// assert!(History::of::<user::Entity>(inserted[1].id).exists(&db).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error. Then no row is inserted. On MySQL
    /// and SQLite, a row must have its key, unless the key is an auto-increment id.
    fn insert_many<R: NewRow>(
        &self,
        rows: impl IntoIterator<Item = R>,
    ) -> Pending<'_, Vec<ModelOf<R::Entity>>> {
        self.run(InsertMany::new(rows))
    }

    /// Updates all rows that satisfy the condition by a patch, and returns the number of changed rows. Each changed row
    /// gets an entry with its own `before`; other rows are not touched.
    ///
    /// Like SeaORM's, it is set-based and runs no hooks. On databases other than PostgreSQL, the rows pass through
    /// memory.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let patch = user::Patch::new().role("admin");
    /// assert_eq!(audit.update_many(user::Column::Role.eq("user"), patch.clone()).await?, 1);
    /// // Nobody is left to be changed.
    /// assert_eq!(audit.update_many(user::Column::Id.gt(0), patch).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error. Then no row is changed.
    fn update_many<P: Patch>(&self, rows: impl IntoCondition, patch: P) -> Pending<'_, u64> {
        self.run(UpdateMany::new(rows.into_condition(), &patch))
    }

    /// Deletes all rows that satisfy the condition, and returns their number. Each gets an entry.
    ///
    /// Like SeaORM's, it is set-based and runs no hooks. On databases other than PostgreSQL, the rows pass through
    /// memory.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// assert_eq!(audit.delete_many::<user::Entity>(user::Column::Role.eq("user")).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error. Then no row is deleted.
    fn delete_many<E: Audited>(&self, rows: impl IntoCondition) -> Pending<'_, u64> {
        self.run(DeleteMany::<E>::new(rows.into_condition()))
    }

    /// Inserts the row. If a row with the same values in the columns `conflict` exists, it applies the patch to that
    /// row instead. The entry says which of the two happened, even with concurrent writers.
    ///
    /// `conflict` contains all columns of a unique constraint or of the key, and the row must have values for them. A
    /// row with a NULL in one of them is always inserted, except under a PostgreSQL constraint with
    /// `NULLS NOT DISTINCT`. A partial index or an index on an expression does not count. Hooks of an insert may run
    /// for a row that another transaction then inserts first.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// use audit_runtime::Upserted;
    ///
    /// let draft = user::Draft::new().name("ann").role("user");
    /// let patch = user::Patch::new().role("admin");
    /// let ann = audit.insert_or_update(draft, [user::Column::Name], patch).await?;
    /// assert!(matches!(ann, Upserted::Updated(user::Model { id: 1, .. })));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotUnique`](crate::Error::NotUnique) if PostgreSQL or SQLite has no such constraint,
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error. On MySQL, that includes the
    /// violation of any other unique constraint.
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
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let draft = user::Draft::new().name("ann").role("admin");
    /// let ann = audit.insert_or_keep(draft, [user::Column::Name]).await?;
    /// assert_eq!(ann.into_row().role, "user");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error.
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
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// audit.update(ann.id, user::Patch::new().role("admin")).await?;
    /// let granted = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
    /// let ann = audit.revert(granted.inverse::<user::Patch>()?).await?;
    /// assert_eq!(ann.role, "user");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ChangedSince`](crate::Error::ChangedSince) names the fields that have changed again.
    /// [`Error::Irreversible`](crate::Error::Irreversible) says why the entry cannot be reverted. In both cases nothing
    /// is written. Otherwise [`Error::NotFound`](crate::Error::NotFound),
    /// [`Error::ReasonRequired`](crate::Error::ReasonRequired), or a database error.
    fn revert<P: Patch>(&self, inverse: Inverse<P>) -> Pending<'_, ModelOf<P::Entity>> {
        unboxed(self.run(Revert(inverse)))
    }

    /// Inserts a deleted row again, and returns it as stored. It is an ordinary insert whose entry refers to the
    /// deletion in `reverts`.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// audit.delete::<user::Entity>(ann.id).await?;
    /// let deletion = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
    /// assert_eq!(audit.restore(deletion.restoration::<user::Entity>()?).await?, ann);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`](crate::Error::Irreversible) if the entry is not a readable deletion of such a row, or
    /// contains JSON that would be rounded. Otherwise as [`insert`](Self::insert), including a duplicate key if the row
    /// exists again.
    fn restore<E: Audited>(&self, restoration: Restoration<E>) -> Pending<'_, ModelOf<E>> {
        unboxed(self.run(Restore(restoration)))
    }

    /// Returns a handle for writes of an `ActiveModel`, without an allowlist: `audit.unrestricted().save(user)`.
    ///
    /// Prefer patches: they fix at compile time which fields a request may change. Use this for code that has an
    /// `ActiveModel` already. `git grep 'unrestricted()'` finds every use.
    fn unrestricted(&self) -> Unrestricted<'_, Self>
    where
        Self: Sized,
    {
        Unrestricted(self)
    }

    /// Does not compile. The compiler's error names the right call.
    #[doc(hidden)]
    fn save<A: mistaken::Save>(&self, row: A) -> A::Output {
        row.save()
    }

    /// The connection to read through: the unit itself, or the pool.
    ///
    /// It is a plain SeaORM connection. Writes through it leave no entry.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let unit = audit.begin().await?;
    /// unit.insert(user::Draft::new().name("bob").role("user")).await?;
    /// assert_eq!(user::Entity::find().count(unit.connection()).await?, 2);
    /// unit.rollback().await?;
    /// assert_eq!(user::Entity::find().count(audit.connection()).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    fn connection(&self) -> &impl ConnectionTrait {
        self.reader()
    }

    /// Records an event.
    ///
    /// In a unit, an event with the outcome SUCCESS is committed or rolled back with the unit. A denied or failed event
    /// is written after the unit has ended, even after a rollback; `commit` and `rollback` wait for it. If a unit is
    /// dropped, a task writes the event, so the runtime must still be running.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// audit.record(Event::new("LOGIN_FAILURE").about::<user::Entity>(ann.id).denied()).await?;
    /// let entry = History::all().action("LOGIN_FAILURE").latest(&db).await?.ok_or("no entry")?;
    /// assert_eq!(entry.to_string(), "Admin 'jane.doe': LOGIN_FAILURE on User '1', denied");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidEvent`](crate::Error::InvalidEvent) for an invalid or reserved name, or a database error.
    fn record(&self, event: Event) -> Pending<'_, ()> {
        self.write_event(event)
    }
}

impl<W: Run> Writer for W {}

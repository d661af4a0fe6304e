//! Erasure: removes personal data from entries, and keeps who changed which field, and when.
//!
//! [`Retention::erase`](super::Retention::erase) takes values out of entries, in the log and in the files of the archive.
//! The log's triggers allow nothing else: a value can be removed, but neither changed nor added.
//!
//! | | goes | stays |
//! |---|---|---|
//! | [`Erasure::about`], [`Erasure::row`] | values of the fields that are `#[audited(erasable)]` or named, and the label: for `row` always, for `about` if its field is among them | the key, the other fields, and which fields changed |
//! | [`Erasure::actor`] | the actor's name, address, user agent and session | the actor's kind and id, and all their actions |
//! | [`and_texts`](Erasure::and_texts) | also the reasons and the metadata of these entries | |
//!
//! Each batch and each file leaves an ERASE entry. Entries on hold do not change, nor do PURGE, ERASE, HOLD, RELEASE,
//! POLICY and APPROVE entries, which document the log itself. Readers see that a value was erased:
//! [`Encoded::Erased`](crate::encode::Encoded::Erased), [`Reason::Erased`](crate::Reason::Erased).
//!
//! # Limits
//!
//! - Keys stay, because entries are found by them. Use keys without personal data.
//! - The application deletes or changes the row itself. That write leaves an entry with the values before: erase after
//!   it.
//! - Backups, replicas, the database's own journals, exports and receivers of feeds keep the values.
//! - On PostgreSQL the space of old values is reused after a vacuum; on SQLite after
//!   `PRAGMA secure_delete = on` or a `VACUUM`.

mod batch;
mod report;
mod taken;
mod target;
pub(super) mod work;

#[cfg(feature = "cli")]
use std::iter;

use sea_orm::DatabaseConnection;

pub use report::Erased;
#[cfg(feature = "archive")]
pub use report::ErasedFile;
use taken::Taken;
use target::Target;
use work::Work;

use super::{Retention, check::refused};
#[cfg(feature = "cli")]
use crate::schema::AuditedTable;
use crate::{
    Actor, AuditContext, Error,
    audited::{Audited, IntoKey},
};
/// The values to erase, and the reason.
///
/// ```
/// use audit_runtime::{Actor, retention::Erasure};
///
/// let erasure = Erasure::row("User", "7", ["email", "phone"], "request 2026-42");
/// let theirs = Erasure::actor(&Actor::new("Customer", "7"), "request 2026-42").and_texts();
/// # let _ = (erasure, theirs);
/// ```
#[derive(Clone, Debug)]
#[must_use = "it erases nothing until it is given to `Retention::erase`"]
pub struct Erasure {
    target: Target,
    taken: Taken,
    reason: String,
}

impl Erasure {
    /// Creates an erasure of a row's fields that are `#[audited(erasable)]`, in all entries about it.
    pub fn about<E: Audited>(id: impl IntoKey<E>, reason: impl Into<String>) -> Self {
        Self {
            target: Target::about::<E>(id),
            taken: Taken::of::<E>(),
            reason: reason.into(),
        }
    }

    /// Creates an erasure of these fields and the label of a row, by type and id as entries show them.
    pub fn row(
        entity_type: impl Into<String>,
        entity_id: impl Into<String>,
        fields: impl IntoIterator<Item = impl Into<String>>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            target: Target::row(entity_type.into(), entity_id.into()),
            taken: Taken::fields(fields),
            reason: reason.into(),
        }
    }

    /// Same as [`about`](Self::about), without the Rust type of the entity.
    #[cfg(feature = "cli")]
    pub(crate) fn of_table(table: &AuditedTable, entity_id: String, reason: String) -> Self {
        let former = table.former_entity_types().iter().cloned();
        let types = iter::once(table.entity_type().to_owned()).chain(former);
        Self {
            target: Target::of_types(types.collect(), entity_id),
            taken: Taken::of_table(table),
            reason,
        }
    }

    /// Creates an erasure of an actor's name, address, user agent and session, in all entries by the actor.
    pub fn actor(actor: &Actor, reason: impl Into<String>) -> Self {
        Self {
            target: Target::actor(actor),
            taken: Taken::actor(),
            reason: reason.into(),
        }
    }

    /// Also erases the reasons and the metadata of these entries.
    pub fn and_texts(self) -> Self {
        let taken = self.taken.and_texts();
        Self { taken, ..self }
    }
}

pub(super) async fn erase(
    retention: &Retention,
    db: &DatabaseConnection,
    context: &AuditContext,
    erasure: Erasure,
) -> Result<Erased, Error> {
    if erasure.reason.trim().is_empty() {
        return Err(refused("erasure", "it has no reason"));
    }
    if erasure.taken.is_nothing() {
        let problem =
            "it has no field to erase: mark fields of the entity with `#[audited(erasable)]`";
        return Err(refused("erasure", problem));
    }
    // Checked before anything is erased.
    #[cfg(feature = "archive")]
    if retention.archive.is_none() {
        super::archive::none_is_listed(db).await?;
    }
    let backend = db.get_database_backend();
    let work = Work {
        target: erasure.target.resolved(backend)?,
        taken: erasure.taken,
        reason: erasure.reason,
        db,
        context,
    };
    let erased = batch::erased(&work, retention).await?;
    #[cfg(feature = "archive")]
    let erased = match &retention.archive {
        Some(archive) if !erased.is_ended_early => {
            super::archive::erase(&work, archive, retention, erased).await?
        }
        _ => erased,
    };
    Ok(erased)
}

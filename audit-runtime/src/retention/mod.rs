//! Retention: policies, holds and purges. Each purge leaves entries.
//!
//! The log is append-only. [`Retention::install`] replaces the trigger that refuses every `DELETE`. The new one allows
//! it only for entries that the same transaction lists, in a PURGE entry and in the table `audit_purge`:
//!
//! | | PostgreSQL | MySQL, MariaDB | SQLite |
//! |---|---|---|---|
//! | a `DELETE` without a PURGE entry of the same transaction | refused | refused, unless a list was committed earlier | refused |
//! | entries that differ from the list of the PURGE entry | refused | an entry that is not listed: refused | refused, except another one in its range |
//! | an entry that is younger than its floor, and in no verified file of an archive; an entry on hold | refused | refused | refused |
//! | an `UPDATE` that does more than remove values, or without an ERASE entry of the same transaction | refused | refused, unless a list was committed earlier | refused |
//! | a state of an archive's file that is not the next one; a destroyed file without a PURGE or ERASE entry | refused | refused | refused |
//! | PURGE, ERASE, HOLD, RELEASE, POLICY and APPROVE entries | never deleted | never deleted | never deleted |
//! | `TRUNCATE` | refused | refused while `foreign_key_checks` is on | does not exist |
//!
//! A [`Policy`] sets which entries it covers, how long they must stay (`keep`) and when they are deleted
//! (`destroy_after`). With the feature `archive`, it also sets when they move to an archive (`hot`). Ages are measured
//! from `recorded_at`, by the database's clock. The most specific policy applies: by type and action, then by action,
//! then by type, then the one for all others.
//!
//! ```
//! use audit_runtime::{AuditContext, Actor, retention::{DAY, Policy, Retention}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = sea_orm::Database::connect("sqlite::memory:").await?;
//! # audit_runtime::schema::install(&db).await?;
//! let retention = Retention::new([
//!     Policy::new("cards").document("SEC-12 v3").types(["Card", "Payment"]).keep(365 * DAY).destroy_after(730 * DAY),
//!     Policy::new("others").document("SEC-12 v3").keep(90 * DAY),
//! ])?;
//! let context = AuditContext::new(Actor::new("System", "retention"));
//! retention.install(&db, &context).await?;
//!
//! // From a scheduler, on as many replicas as there are.
//! let report = retention.run(&db, &context).await?;
//! assert_eq!(report.purged(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! Entries that a [required feed](crate#crate-features) has not delivered stay, whatever their age. [`Plan`] and
//! [`Report`] have the last delivered entry.
//!
//! # Accounts
//!
//! The account that purges needs the privileges of a writer and, on PostgreSQL, `DELETE` on `audit_log`, `SELECT` and
//! `INSERT` on `audit_purge`, `SELECT` on `audit_floor` and `audit_hold`, and on `audit_feed` if there are feeds. On
//! MySQL and MariaDB it needs the same, `SELECT` and `UPDATE` on `audit_mutex`, and `INSERT` on `audit_purge_id`. An
//! archive needs `SELECT`, `INSERT` and `UPDATE` on `audit_archive`, and its readers `SELECT`. An erasure needs
//! `UPDATE` on the columns of `audit_log` that it takes values from, and `SELECT`, `INSERT` and, on PostgreSQL,
//! `DELETE` on `audit_erase_id`. Placing holds needs `SELECT` and `INSERT` on `audit_hold`; releasing them,
//! `UPDATE (released_by)`. If a feed is required, the account needs `SELECT` on `audit_feed`. Without it, no feed
//! delays a purge on MySQL and MariaDB. The application's own account should have none of these privileges.

mod ages;
#[cfg(feature = "archive")]
pub mod archive;
mod check;
mod delivered;
pub mod erasure;
mod floor;
mod hold;
mod plan;
mod policy;
mod purge;
mod report;
mod run;
mod scope;
mod tables;
mod transaction;

#[cfg(feature = "archive")]
pub use archive::Archive;
#[cfg(feature = "archive")]
pub use erasure::ErasedFile;
pub use erasure::{Erased, Erasure};
pub use hold::{Hold, PlacedHold, hold, holds, release};
pub use plan::{Plan, Planned};
pub use policy::{DAY, Policy, Regime};
#[cfg(feature = "archive")]
pub use report::{Archived, Destroyed};
pub use report::{Purged, Report};
use run::AfterBatch;

use std::{ops::ControlFlow, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, QuerySelect};

use crate::{
    AuditContext, Error, audit_log,
    dialect::{Dialect, is_missing_table},
    schema::{lock, purge_only},
};

/// The policies of a log, without contradictions.
#[derive(Clone, Debug)]
#[must_use = "a retention deletes nothing until it is run"]
pub struct Retention {
    policies: Vec<Policy>,
    pace: f64,
    batch: u64,
    after_batch: AfterBatch,
    #[cfg(feature = "archive")]
    archive: Option<Archive>,
}

impl Retention {
    /// Checks the policies.
    ///
    /// # Errors
    ///
    /// [`Error::PolicyRefused`], which names the problem, and both policies if two contradict each other:
    ///
    /// - a name that is not `a` to `z`, digits and `_`, a letter first, or that two have;
    /// - no document that justifies it;
    /// - entries that are destroyed earlier than they may be;
    /// - an age below that of the [`Regime`] it follows;
    /// - two policies of the same rank for the same entries, or none for all other entries.
    pub fn new(policies: impl IntoIterator<Item = Policy>) -> Result<Self, Error> {
        let policies: Vec<_> = policies.into_iter().collect();
        check::check(&policies)?;
        Ok(Self {
            policies,
            pace: 0.1,
            batch: 5_000,
            after_batch: AfterBatch::default(),
            #[cfg(feature = "archive")]
            archive: None,
        })
    }

    /// Sets the archive that entries move to at the `hot` age of their policy.
    #[cfg(feature = "archive")]
    pub fn archive(self, archive: Archive) -> Self {
        let archive = Some(archive);
        Self { archive, ..self }
    }

    /// Sets the part of the time in which [`run`](Self::run) and [`execute`](Self::execute) work, from above 0 to 1.
    /// The default is 0.1. They sleep between batches for the rest.
    pub fn pace(self, part: f64) -> Self {
        let pace = if part > 0.0 { part.min(1.0) } else { 0.1 };
        Self { pace, ..self }
    }

    /// Sets the maximum number of entries that one transaction deletes, from 1 to 10,000. The default is 5,000.
    pub fn batch(self, entries: u64) -> Self {
        let batch = entries.clamp(1, 10_000);
        Self { batch, ..self }
    }

    /// Calls this after each batch, and after each page that moves to an archive, with the number of entries deleted so
    /// far: to show progress, or to end the run with [`ControlFlow::Break`]. A later run continues, and restarts an
    /// incomplete file.
    pub fn after_batch(
        self,
        call: impl Fn(u64) -> ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        let after_batch = AfterBatch::new(call);
        Self {
            after_batch,
            ..self
        }
    }

    /// Creates the tables and triggers of retention and writes the floors, unless they exist.
    ///
    /// Call [`schema::install`](crate::schema::install) first. Run it as the owner of the log, at every start. New and
    /// longer floors, and other archive ages, leave a POLICY entry.
    ///
    /// # Errors
    ///
    /// - [`Error::PolicyRefused`]: a floor would become shorter than the installed one. The owner of the log can change
    ///   the table `audit_floor`.
    /// - [`Error::LogMissing`]: there is no log.
    /// - [`Error::Database`]: anything else, such as an account that may not create tables.
    pub async fn install(
        &self,
        db: &DatabaseConnection,
        context: &AuditContext,
    ) -> Result<(), Error> {
        lock::exclusively(db, |db| Box::pin(create(db))).await?;
        floor::write(&self.policies, db, context).await
    }

    /// Returns what a run would delete now. It only reads: the whole log, once per policy.
    ///
    /// # Errors
    ///
    /// [`Error::RetentionMissing`], or an error of the database.
    pub async fn plan(&self, db: &DatabaseConnection) -> Result<Plan, Error> {
        run::check_archive(self)?;
        plan::plan(&self.policies, db).await
    }

    /// Approves a plan, and leaves an APPROVE entry. Another person must execute the plan.
    ///
    /// # Errors
    ///
    /// An error of the database.
    pub async fn approve(
        &self,
        db: &DatabaseConnection,
        context: &AuditContext,
        plan: &Plan,
    ) -> Result<(), Error> {
        plan::approve(plan, db, context).await
    }

    /// Deletes and moves the entries of a plan, if the plan is still up to date.
    ///
    /// # Errors
    ///
    /// - [`Error::PlanOutdated`]: policies, holds or entries differ from those of the plan. Each difference is named.
    /// - [`Error::NotApproved`]: a policy requires the approval of another person.
    /// - With an archive, `Error::ArchiveFailed` or `Error::ArchiveDiffers`.
    /// - [`Error::RetentionMissing`], [`Error::ClockBehind`], or an error of the database. Earlier batches stay
    ///   deleted, with their entries.
    pub async fn execute(
        &self,
        db: &DatabaseConnection,
        context: &AuditContext,
        plan: &Plan,
    ) -> Result<Report, Error> {
        plan::check(plan, &self.policies, db, context).await?;
        run::run(self, db, context, Some(plan)).await
    }

    /// Deletes entries that have reached their age, except for policies that require an approval, and moves entries to
    /// the archive.
    ///
    /// Any number of processes may call it at once. The next call continues an interrupted one: each batch is a
    /// separate transaction with its PURGE entry.
    ///
    /// # Errors
    ///
    /// - [`Error::PolicyRefused`]: a policy has a `hot` age, and there is no archive.
    /// - With an archive, `Error::ArchiveFailed` or `Error::ArchiveDiffers`.
    /// - [`Error::RetentionMissing`], [`Error::ClockBehind`], or an error of the database. Earlier batches stay
    ///   deleted, with their entries.
    pub async fn run(
        &self,
        db: &DatabaseConnection,
        context: &AuditContext,
    ) -> Result<Report, Error> {
        run::run(self, db, context, None).await
    }

    /// Takes values out of entries, in the log and in the archive: see [`erasure`]. Another call continues an
    /// interrupted one.
    ///
    /// # Errors
    ///
    /// - [`Error::PolicyRefused`]: it has no reason, or its entity has no erasable field; or the log has an archive, and
    ///   this retention has none.
    /// - With an archive, `Error::ArchiveFailed` or `Error::ArchiveDiffers`: the first of its files that could not be
    ///   read; all others are done.
    /// - [`Error::RetentionMissing`], or an error of the database. Earlier batches stay erased, with their entries.
    pub async fn erase(
        &self,
        db: &DatabaseConnection,
        context: &AuditContext,
        erasure: Erasure,
    ) -> Result<Erased, Error> {
        erasure::erase(self, db, context, erasure).await
    }

    /// The pause after work of this duration.
    fn rest(&self, worked: Duration) -> Duration {
        worked.mul_f64(1.0 / self.pace - 1.0)
    }
}

/// The caller holds the lock.
async fn create<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    // Checked first, because MySQL and MariaDB would keep what was created before the error.
    let log = audit_log::Entity::find()
        .select_only()
        .column(audit_log::Column::Id);
    log.into_tuple::<i64>().one(db).await.map_err(|error| {
        if is_missing_table(&error) {
            Error::LogMissing(error.into())
        } else {
            error.into()
        }
    })?;
    let dialect = Dialect::of(db).await?;
    for statement in purge_only::statements(dialect) {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// The actions of entries that never leave the log, because they document it.
const KEPT: [&str; 6] = ["PURGE", "ERASE", "HOLD", "RELEASE", "POLICY", "APPROVE"];

//! The schema of the log: tables, triggers and view, and their installation.
//!
//! [`install`] creates it when a program starts. `migrations` (feature `migration`) do the same in a `Migrator`, and
//! [`statements`] returns the SQL.
//!
//! | | |
//! |---|---|
//! | `audit_log` | the entries, see [`audit_log::Model`](crate::audit_log::Model) |
//! | `audit_entries` | a view of all its columns and three more: `before` and `after` are JSON objects, field → value; `diff` is a JSON array of `{"field":"role","before":"user","after":"admin"}`, by field (on MySQL: by the length of its name first) |
//! | `audit_log_version` | the versions of this schema that were installed; a negative number is one that earlier builds can use |
//!
//! A [`guard`] on an entity's table refuses or records changes that bypass this library. Its notes are in
//! `audit_guard_pending`, on PostgreSQL until their transaction ends.
//!
//! [`Entities`] is the list of an application's audited entities, for guards and the [`doctor`], which examines a
//! live database and reports what endangers the log.
//!
//! Optional indexes support further queries: see [`Index`].
//!
//! # Upgrades in a rolling deployment
//!
//! A build with a later version of the schema can use a log of an earlier one. An earlier build can use the log after
//! the upgrade, unless the changelog says otherwise: then it refuses to start, with
//! [`Error::NewerSchema`](crate::Error::NewerSchema). So the order of deployment and upgrade does not matter.
//!
//! [`install`] upgrades in one process at a time, while applications read and write. If the account may not, or another
//! process upgrades, it logs a warning and continues with the log as it is. The [`doctor`] then has a finding with the
//! statements, which are also those of [`upgrade_statements`]. The next upgrade finishes an interrupted one.
//!
//! Version 2 needs no exclusive lock on PostgreSQL, and only a new number on MySQL and MariaDB; SQLite creates the
//! index in one transaction. On PostgreSQL the new index waits for open transactions, and a large log takes minutes.
//! Upgrade such a log before the deployment, or the first replica starts late. Connect directly to the server: a pooler
//! that gives each transaction another connection keeps the lock of the upgrade, and later upgrades do nothing.
//!
//! An earlier build's `Migrator` refuses a database in which that of a later build has run, as for any migration. An
//! earlier build's `Doctor` reports the dropped index as missing.
//!
//! # What the triggers refuse, and what they cannot
//!
//! Triggers refuse any change or deletion of an entry:
//!
//! | | PostgreSQL | MySQL, MariaDB | SQLite |
//! |---|---|---|---|
//! | `UPDATE`, `DELETE`, upsert, `REPLACE` | refused, even if `session_replication_role` is `replica` | refused | refused |
//! | `TRUNCATE` | refused | **passes unseen**: do not grant `DROP` | does not exist |
//! | a `recorded_at` of the writer's own | refused by the [`grants`] | overwritten | passes |
//! | dropping a trigger or the table | the owner can | an account with `TRIGGER` or `DROP` can | anyone who can write to the file can |
//!
//! So the application should not connect as the owner of the log. [`grants`] returns the statements for owner, writers,
//! readers and purgers. On MySQL and MariaDB, an application's account must not have `DROP`, `ALTER` and `TRIGGER` on the
//! database.
//!
//! SQLite has no accounts; the permissions of the file are the only protection.
//!
//! `recorded_at` comes from the server's clock, in UTC. `SET timestamp` does not change it, unless the server runs with
//! `--sysdate-is-now`. If a MySQL or MariaDB session sets a time zone whose clock is set back, it may be an hour off
//! during that one hour. SQLx's sessions run in UTC.
//!
//! With `binlog_format=STATEMENT` the server warns at every write, because a replica uses its own clock. Use `ROW` or
//! `MIXED`.
//!
//! With a binary log, which MySQL has by default, MySQL and MariaDB may require `log_bin_trust_function_creators`
//! before an account can create triggers.

mod append_only;
pub(crate) mod collation;
mod definition;
pub mod doctor;
#[cfg(feature = "migration")]
mod drop;
mod encoding;
mod entities;
#[cfg(feature = "feed")]
mod feed;
pub(crate) mod generated;
mod grants;
pub mod guard;
mod hidden;
pub(crate) mod id_part;
mod index;
mod install;
mod installed;
pub(crate) mod lock;
#[cfg(feature = "migration")]
mod migration;
mod privilege;
pub(crate) mod purge_only;
#[cfg(feature = "entity-registry")]
mod registry;
#[cfg(feature = "archive")]
pub(crate) mod restored;
mod tables;
mod upgrade;
mod version;
mod view;
mod warnings;

pub use crate::dialect::Dialect;
pub(crate) use doctor::installed_guard;
pub use entities::{AuditedTable, Entities, TableColumn, install_guards, remove_guards};
#[cfg(all(feature = "feed", feature = "migration"))]
pub use feed::feed_migrations;
#[cfg(feature = "feed")]
pub use feed::{feed_statements, install_feed};
pub use grants::{Roles, grants};
#[cfg(feature = "migration")]
pub use guard::guard_migration;
pub use guard::{GuardMode, collect, guard_statements, install_guard, remove_guard};
pub(crate) use index::has_index;
pub use index::{Index, create_index};
pub use install::{install, statements};
#[cfg(feature = "migration")]
pub use migration::migrations;
#[cfg(feature = "entity-registry")]
#[doc(hidden)]
pub use registry::Registration;
#[cfg(feature = "entity-registry")]
pub(crate) use registry::{know_registered, unlisted};
pub use upgrade::upgrade_statements;

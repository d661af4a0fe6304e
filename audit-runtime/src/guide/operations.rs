//! Operations: accounts, backup and restore, growth, upgrades, poolers, retention and checks.
//!
//! # Accounts, in order
//!
//! | role | what it does | its account |
//! |---|---|---|
//! | owner | owns the log and its triggers; installs, upgrades, decides on retention, places holds | of no application |
//! | writer | writes entries; it cannot read, change or delete any (on MariaDB it reads them) | of each application |
//! | reader | reads entries | of auditors; an application that shows the trail is a writer and a reader |
//! | purger | runs purges, as far as holds and floors allow | of the scheduled job; none without retention |
//!
//! 1. Create the accounts. An application's account owns no audited table.
//! 2. As the owner of the log, run [`schema::install`](crate::schema::install), then guards, then `Retention::install`
//!    (feature `retention`), as far as you use them.
//! 3. As a superuser, run the statements of [`schema::grants`](crate::schema::grants). Run them again whenever guards
//!    or retention are installed or an account is added.
//! 4. As the application, run the [doctor](crate::schema::doctor). On MySQL and MariaDB, run it as the owner as well.
//!
//! `schema::install` at the start of an application needs no more than a writer's rights where all is in place: it only
//! reads.
//!
//! On MySQL and MariaDB, triggers run with the rights of the account that created them. If you drop that account, every
//! write of an entry fails, so use an account that stays.
//!
//! # A log in a schema of its own
//!
//! On PostgreSQL, the log is the first `audit_log` on the `search_path`. To keep it out of the application's schema:
//!
//! 1. Create the schema, for example `audit`.
//! 2. Run [`schema::install`](crate::schema::install) over a connection with the `search_path` `audit` alone. It
//!    creates tables where an unqualified name would be created. A `Migrator` would create the application's tables
//!    there as well, so do not use migrations for this.
//! 3. Connect the application with `public, audit`: `ConnectOptions::set_schema_search_path("public, audit")`, or
//!    `ALTER ROLE app IN DATABASE shop SET search_path = public, audit`. Install guards over such a connection.
//! 4. Give the schema to the grants, and let nobody but the owner create tables in schemas that come before it.
//!
//! ```
//! use audit_runtime::schema::{Dialect, Roles, grants};
//!
//! let roles = Roles::new().owner("audit_owner").writer("app").reader("auditor").in_schema("audit");
//! let statements = grants(Dialect::Postgres, &roles);
//! assert!(statements.contains(&"GRANT SELECT ON audit.audit_log_version TO app".to_owned()));
//! ```
//!
//! With a log for each tenant, a unit writes to the log that it found first; use one unit per schema. On MySQL and
//! MariaDB, the log is in the database of the connection. On SQLite, it is in the main file.
//!
//! # Backup and restore
//!
//! Back up the log and the audited tables together: the log explains the rows of the same moment.
//!
//! | | backup | restore |
//! |---|---|---|
//! | PostgreSQL | `pg_dump` | Into an empty database: `pg_dump` creates triggers after the data. Rows alone (`--data-only`) into a table with a guard need `--disable-triggers`, otherwise the guard refuses or records them. |
//! | MySQL, MariaDB | `mysqldump --single-transaction --routines --triggers` | `mysql`, into an empty database. Without `--routines` every write to a table with a guard fails. |
//! | SQLite | `VACUUM INTO 'copy.db'`, or `.backup` of its shell | Put the file in place while no process has it open. |
//!
//! After a restore, in this order:
//!
//! 1. Run the grants, if the server is another. A dump of MySQL or MariaDB names the accounts that triggers run as:
//!    create them before.
//! 2. Run the doctor, and a [replay](crate::replay). The replay shows whether tables and log fit together.
//! 3. If there are feeds, call `feed::begin_epoch` (feature `feed`): the log generates the same ids again.
//! 4. If there is an archive, read what `retention::archive` (feature `archive`) says about files that the database
//!    does not list.
//!
//! # Growth
//!
//! On PostgreSQL, the entry of an update of one field takes 398 bytes: 250 in the table and 148 in its indexes. Ten
//! changes a second are 344 MB a day. A `CREATE` or `DELETE` entry has all recorded fields of the row, so its size is
//! that of the row. Fields with `skip` and `redact` store no values. A user agent may have 512 characters, and a reason
//! 1,024. Optional [indexes](crate::schema::Index) are extra.
//!
//! # Retention and archive
//!
//! Without a policy, entries stay forever. What an operator does to let them go, with the feature `retention`:
//!
//! 1. Write the policies: in code for `Retention`, or in a file for the command line. Each names the document that
//!    justifies it.
//! 2. Install them as the owner. `Retention::install` makes a floor longer later, never shorter.
//! 3. Schedule `Retention::run`, or `audit plan`, `approve` and `purge` where a person decides, with the purger's
//!    account.
//! 4. Place holds before a purge, with `retention::hold` or `audit hold add`.
//! 5. With an archive (feature `archive`), treat the store as you treat the database.
//!
//! When a person asks for erasure: change or delete the row itself, then run `Retention::erase` or `audit erase`, about
//! the row and, where the person acted themselves, about the actor. What it does not reach is listed at
//! `retention::erasure`: backups, exports, what feeds have delivered.
//!
//! A purge frees space for new entries, and does not make the file smaller on PostgreSQL. The pages of `retention` and
//! `retention::archive` say what the triggers refuse and which states a file has.
//!
//! # Upgrades
//!
//! Deploy the new build first or upgrade the schema first: the order does not matter, unless the changelog says so. On
//! a large log on PostgreSQL, upgrade before the deployment, over a connection to the server itself. See [upgrades in a
//! rolling deployment](crate::schema#upgrades-in-a-rolling-deployment). A guard that an earlier version installed is a
//! finding of the doctor: install it again.
//!
//! # Poolers and sessions
//!
//! - *PgBouncer in transaction mode* needs `ignore_startup_parameters = extra_float_digits`, because the driver sets
//!   that parameter, and `max_prepared_statements` above 0 (PgBouncer 1.21 or later), because the driver prepares
//!   statements. An upgrade needs a connection to the server itself.
//! - *Prepared statements.* On PostgreSQL each set of columns is a statement of its own, and a session may hold 0.3 MB
//!   for each that the driver keeps prepared. The driver keeps 100 per connection; `statement_cache_capacity` of its
//!   connect options sets another limit.
//! - *Waits for a reply* have no limit of their own: a client cannot tell a slow statement from a lost reply, and
//!   SeaORM offers no way to close one connection. Set `statement_timeout` (PostgreSQL), `max_statement_time` (MariaDB)
//!   or `max_execution_time` (MySQL, SELECT only) and the limits of lock waits on the server. What the MySQL driver
//!   cannot encode is refused before it is sent.
//! - *Standbys.* [`Horizon`](crate::settled::Horizon) and feeds need the primary.
//!
//! # Checks
//!
//! | for example | what | finds |
//! |---|---|---|
//! | each deployment | the [doctor](crate::schema::doctor), or `audit doctor`, which ends with 1 if a finding is more than a note | missing triggers and guards, wide grants, settings under which commits are lost |
//! | each build | [coverage](crate::coverage), or `audit coverage --check` | a policy that was loosened |
//! | weekly | a [replay](crate::replay), or `audit replay` | rows that were changed without an entry |
//! | each minute, with feeds | `feed::lags` | a feed that is behind, entries that were set aside |
//! | when needed | `audit log --follow`, with the conditions of `audit log` | what happens now; it shows an entry once no earlier one can come |
//!
//! `RUST_LOG=audit_runtime=warn` shows settings that endanger the log, dropped units with writes, and plain writes to
//! audited tables. With `debug` it shows which plan each write takes.

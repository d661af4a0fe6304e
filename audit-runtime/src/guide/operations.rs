//! Operations: accounts, backup and restore, growth, upgrades, poolers, retention and checks.
//!
//! # Accounts, in order
//!
//! | role | what it does | its account |
//! |---|---|---|
//! | owner | owns the log and its triggers; installs, upgrades, decides on retention, places holds | of no application |
//! | writer | writes entries; it cannot read, change or delete entries (on MariaDB it can read them) | of each application |
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
//! `schema::install` at the start of an application needs only a writer's rights if everything is installed: it only
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
//! 2. Run [`schema::install`](crate::schema::install) over a connection whose `search_path` is only `audit`. It creates
//!    tables where an unqualified name would be created. A `Migrator` would create the application's tables there as
//!    well, so do not use migrations for this.
//! 3. Connect the application with `public, audit`: `ConnectOptions::set_schema_search_path("public, audit")`, or
//!    `ALTER ROLE app IN DATABASE shop SET search_path = public, audit`. Install guards over such a connection.
//! 4. Pass the schema to the grants, and let only the owner create tables in schemas that come before it.
//!
//! ```
//! use audit_runtime::schema::{Dialect, Roles, grants};
//!
//! let roles = Roles::new().owner("audit_owner").writer("app").reader("auditor").in_schema("audit");
//! let statements = grants(Dialect::Postgres, &roles);
//! assert!(statements.contains(&"GRANT SELECT ON audit.audit_log_version TO app".to_owned()));
//! ```
//!
//! With a log for each tenant, a unit writes to the log that it found first, so use one unit per schema. On MySQL and
//! MariaDB, the log is in the database of the connection. On SQLite, it is in the main file.
//!
//! # Backup and restore
//!
//! Back up the log and the audited tables together, so that both are of the same moment.
//!
//! | | backup | restore |
//! |---|---|---|
//! | PostgreSQL | `pg_dump` | Into an empty database: `pg_dump` creates triggers after the data. To restore only rows (`--data-only`) into a table with a guard, use `--disable-triggers`, otherwise the guard refuses or records them. |
//! | MySQL, MariaDB | `mysqldump --single-transaction --routines --triggers` | `mysql`, into an empty database. Without `--routines` every write to a table with a guard fails. |
//! | SQLite | `VACUUM INTO 'copy.db'`, or `.backup` of its shell | Put the file in place while no process has it open. |
//!
//! After a restore, in this order:
//!
//! 1. Run the grants, if it is a different server. A dump of MySQL or MariaDB names the accounts that triggers run as:
//!    create them first.
//! 2. Run the doctor, and a [replay](crate::replay). The replay shows whether tables and log agree.
//! 3. If there are feeds, call `feed::begin_epoch` (feature `feed`): the log generates the same ids again.
//! 4. If there is an archive, read what `retention::archive` (feature `archive`) says about files that the database
//!    does not list.
//!
//! # Growth
//!
//! On PostgreSQL, the entry of an update of one field takes 398 bytes: 250 in the table and 148 in its indexes. Ten
//! changes a second are 344 MB a day. A `CREATE` or `DELETE` entry has all recorded fields of the row, so its size
//! depends on the row. Fields with `skip` and `redact` store no values. A user agent may have 512 characters, and a
//! reason 1,024. Optional [indexes](crate::schema::Index) are extra.
//!
//! # Retention and archive
//!
//! Without a policy, entries stay forever. To delete or archive them, with the feature `retention`:
//!
//! 1. Write the policies: in code for `Retention`, or in a file for the command line. Each names the document that
//!    justifies it.
//! 2. Install them as the owner. A later `Retention::install` can make a floor longer, never shorter.
//! 3. Schedule `Retention::run` with the purger's account. If a person decides, use `audit plan`, `approve` and
//!    `purge`.
//! 4. Place holds before a purge, with `retention::hold` or `audit hold add`.
//! 5. With an archive (feature `archive`), protect and back up the store like the database.
//!
//! When a person asks for erasure, change or delete the row itself. Then run `Retention::erase` or `audit erase` for
//! the row and, if the person was an actor, for the actor. `retention::erasure` lists what an erasure does not reach:
//! backups, exports, entries that feeds have delivered.
//!
//! A purge frees space for new entries. On PostgreSQL it does not make the file smaller. The pages of `retention` and
//! `retention::archive` describe what the triggers refuse and which states a file has.
//!
//! # Upgrades
//!
//! Deploy the new build first or upgrade the schema first: the order does not matter, unless the changelog says so. On
//! a large log on PostgreSQL, upgrade before the deployment, over a connection to the server itself. See [upgrades in a
//! rolling deployment](crate::schema#upgrades-in-a-rolling-deployment). The doctor reports a guard of an earlier
//! version: install it again.
//!
//! # Poolers and sessions
//!
//! - *PgBouncer in transaction mode* needs `ignore_startup_parameters = extra_float_digits`, because the driver sets
//!   that parameter, and `max_prepared_statements` above 0 (PgBouncer 1.21 or later), because the driver prepares
//!   statements. An upgrade needs a connection to the server itself.
//! - *Prepared statements.* On PostgreSQL each set of columns is a separate statement, and a session may use 0.3 MB for
//!   each prepared statement that the driver keeps. The driver keeps 100 per connection; `statement_cache_capacity` of
//!   its connect options sets another limit.
//! - *Waits for a reply* have no limit: a client cannot distinguish a slow statement from a lost reply, and SeaORM
//!   offers no way to close one connection. Set `statement_timeout` (PostgreSQL), `max_statement_time` (MariaDB) or
//!   `max_execution_time` (MySQL, SELECT only) and the limits of lock waits on the server. Values that the MySQL driver
//!   cannot encode are refused before they are sent.
//! - *Standbys.* [`Horizon`](crate::settled::Horizon) and feeds need the primary.
//!
//! # Checks
//!
//! | when, for example | check | finds |
//! |---|---|---|
//! | each deployment | the [doctor](crate::schema::doctor), or `audit doctor`, which exits with 1 if a finding is more than a note | missing triggers and guards, wide grants, settings under which commits are lost |
//! | each build | [coverage](crate::coverage), or `audit coverage --check` | a policy that was loosened |
//! | weekly | a [replay](crate::replay), or `audit replay` | rows that were changed without an entry |
//! | each minute, with feeds | `feed::lags` | a feed that is behind, entries that were set aside |
//! | when needed | `audit log --follow`, with the conditions of `audit log` | new entries; it shows an entry once no earlier one can appear |
//!
//! `RUST_LOG=audit_runtime=warn` shows settings that endanger the log, dropped units with writes, and plain writes to
//! audited tables. With `debug` it shows which plan each write takes.

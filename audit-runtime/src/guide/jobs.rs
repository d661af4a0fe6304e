//! Jobs, seeds and data migrations: writes without a request.
//!
//! A context always needs an actor. For a process it is [`Actor::system`](crate::Actor::system) with the name of the
//! process.
//!
//! # Jobs
//!
//! A job that a person requested carries an [`OriginalContext`](crate::OriginalContext) through the queue. The worker
//! is the actor, on behalf of that person, and the request id connects the entries of both.
//!
//! A scheduled job has no requester: `AuditContext::new(Actor::system("billing")).reason("monthly run")`.
//! `update_many` and `delete_many` change many rows with an entry for each. Outside PostgreSQL the rows pass through
//! memory, so divide a large job by a condition on the key.
//!
//! # Seeds
//!
//! With `insert_or_keep`, a seed may run at every start. An existing row stays unchanged, without an entry:
//!
//! ```
//! # mod role {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "roles")]
//! #     #[audited(entity_type = "Role", no_hooks)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         #[sea_orm(unique)]
//! #         #[audited(create, label)]
//! #         pub name: String,
//! #     }
//! # }
//! use audit_runtime::{Error, prelude::*};
//! use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Schema};
//!
//! async fn seed(db: &DatabaseConnection) -> Result<(), Error> {
//!     let context = AuditContext::new(Actor::system("seed"));
//!     let unit = db.audited(&context).begin().await?;
//!     for name in ["admin", "user"] {
//!         unit.insert_or_keep(role::Draft::new().name(name), [role::Column::Name]).await?;
//!     }
//!     unit.commit().await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # audit_runtime::schema::install(&db).await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(role::Entity)).await?;
//! seed(&db).await?;
//! seed(&db).await?;
//! let entries = History::all().first_page(&db, 10).await?.entries;
//! assert_eq!(entries.len(), 2);
//! assert_eq!(entries[0].to_string(), "System 'seed' created Role 'admin' with name 'admin'");
//! # Ok(())
//! # }
//! ```
//!
//! # Data migrations
//!
//! A migration's own connection is a `DatabaseExecutor`, which has no audited writes. Declare the migration to run
//! without a transaction, and take the pool out of its connection. The migration comes after those of
#![cfg_attr(
    feature = "migration",
    doc = "[`schema::migrations`](crate::schema::migrations), which need the feature `migration`:"
)]
#![cfg_attr(
    not(feature = "migration"),
    doc = "`schema::migrations`, which need the feature `migration`:"
)]
//!
#![cfg_attr(feature = "migration", doc = "```")]
#![cfg_attr(not(feature = "migration"), doc = "```ignore")]
//! # mod user {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "users")]
//! #     #[audited(entity_type = "User", no_hooks)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         #[audited(update)]
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::prelude::*;
//! use sea_orm::{ColumnTrait, ConnectionTrait, Database, Schema};
//! use sea_orm_migration::prelude::*;
//!
//! struct GuestsAreUsers;
//!
//! impl MigrationName for GuestsAreUsers {
//!     fn name(&self) -> &str {
//!         "m20261127_000001_guests_are_users"
//!     }
//! }
//!
//! #[async_trait::async_trait]
//! impl MigrationTrait for GuestsAreUsers {
//!     fn use_transaction(&self) -> Option<bool> {
//!         Some(false)
//!     }
//!
//!     async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
//!         let SchemaManagerConnection::Connection(db) = manager.get_connection() else {
//!             return Err(DbErr::Custom("this migration runs without a transaction".to_owned()));
//!         };
//!         let context = AuditContext::new(Actor::system("migration")).reason("guests are users");
//!         let patch = user::Patch::new().role("user");
//!         db.audited(&context).update_many(user::Column::Role.eq("guest"), patch).await?;
//!         Ok(())
//!     }
//! }
//!
//! struct Migrator;
//!
//! impl MigratorTrait for Migrator {
//!     fn migrations() -> Vec<Box<dyn MigrationTrait>> {
//!         let mut migrations = audit_runtime::schema::migrations();
//!         migrations.push(Box::new(GuestsAreUsers));
//!         migrations
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
//! db.execute_unprepared("INSERT INTO users (role) VALUES ('guest'), ('admin')").await?;
//! Migrator::up(&db, None).await?;
//!
//! let entry = History::of::<user::Entity>(1).latest(&db).await?.ok_or("no entry")?;
//! assert_eq!(
//!     entry.to_string(),
//!     "System 'migration' changed User '1' role from 'guest' to 'user'",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! - If such a migration fails half-way, it runs again from its beginning. Use one unit for all its writes, or make it
//!   repeatable, such as an `update_many` with a condition.
//! - For a change in SQL, begin a unit, mark it with [`Unit::raw_sql`](crate::Unit::raw_sql) and execute the SQL
//!   through it. The [guard](crate::schema::guard) of the table writes the entries. Its page shows the SQL for `psql`
//!   and other shells.
//! - No trigger sees DDL that rewrites rows, such as `ALTER TABLE … USING`. Record an [`Event`](crate::Event) instead.
//! - A migration that renames a column gives the field `was = "old_name"`, so that older entries are found, and
//!   installs the guard again.

//! Existing services: how to adopt the trail in steps.
//!
//! The steps below can be deployed one by one. After the second, every change that a trigger sees leaves an entry.
//! After the third, the entry says who made the change. The example `existing-service` in the repository is a whole
//! service after the third step.
//!
//! # 1. Install the log and derive `Audited`
//!
//! Call [`schema::install`](crate::schema::install) when the service starts, or add `schema::migrations` (feature
//! `migration`) to your `Migrator`. Existing tables are not altered.
//!
//! Put the derive on each entity, with `others = record`:
//!
//! ```
//! mod user {
//!     use audit_runtime::Audited;
//!     use sea_orm::entity::prelude::*;
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//!     #[sea_orm(table_name = "users")]
//!     #[audited(entity_type = "User", others = record)]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         #[audited(record, label)]
//!         pub username: String,
//!         pub role: String,
//!         #[audited(redact)]
//!         pub password_hash: String,
//!         #[audited(touch)]
//!         pub updated_at: DateTimeUtc,
//!     }
//!
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//! # assert_eq!(<user::Entity as audit_runtime::Audited>::ENTITY_TYPE, Some("User"));
//! ```
//!
//! - A field whose name looks secret does not compile without a policy: choose `redact` or `skip`.
//! - Mark bookkeeping columns such as `updated_at` and `created_at` with `touch`, and remove the code that sets them;
//!   see [touched fields](derive@crate::Audited#touched-fields).
//! - Keep your `impl ActiveModelBehavior`. If it is empty, delete it and add `no_hooks`: on PostgreSQL a write is then
//!   one statement.
//! - A join table is an entity like any other. Its composite key is the entity id.
//!
//! For generated files see [`generated_entities`](super::generated_entities).
//!
//! # 2. Install guards that record
//!
//! [`schema::install_guards`](crate::schema::install_guards) with [`GuardMode::Capture`](crate::schema::GuardMode) puts
//! triggers on the audited tables. They record each change that has no entry, with the database's user as the actor. No
//! call site changes. [`guard`](crate::schema::guard) lists the changes that triggers cannot see. On SQLite, MySQL and
//! MariaDB, call [`schema::collect`](crate::schema::collect) regularly.
//!
//! # 3. Name the actor
//!
//! Build an [`AuditContext`](crate::AuditContext) where a request is authenticated, and pass it to the code that
//! writes. With axum, `http::AuditLayer` (feature `axum`) does it, and handlers take the context as an argument. The
//! layer needs connect info to know the client's address: serve the router with
//! `into_make_service_with_connect_info::<SocketAddr>()`.
//!
//! Then replace `db.begin()` by a marked unit, as in [`generated_entities`](super::generated_entities#plain-writes).
//! Plain SeaORM writes through it are recorded with this actor.
//!
//! # 4. Replace call sites
//!
//! An audited call needs neither a guard nor a mark, and a patch limits what a request can change. Replace call sites
//! in any order:
//!
//! | SeaORM | this library |
//! |---|---|
//! | `active_model.insert(&db)` | `audit.insert(active_model)`, or a draft |
//! | `active_model.update(&db)`, `.save(&db)` | `audit.update(id, patch)`, or [`audit.unrestricted()`](crate::Writer::unrestricted)`.save(active_model)` |
//! | `model.delete(&db)`, `Entity::delete_by_id(id)` | `audit.delete::<Entity>(id)` |
//! | `Entity::insert_many(rows)` | `audit.insert_many(rows)` |
//! | `Entity::update_many()`, with values | `audit.update_many(condition, patch)` |
//! | `Entity::update_many()`, with expressions such as `total + 1` | stays in a marked unit: a patch has values only |
//! | `Entity::delete_many()` | `audit.delete_many::<Entity>(condition)` |
//! | `on_conflict` | `audit.insert_or_update`, `audit.insert_or_keep` |
//! | `db.begin()`, `db.transaction(..)` | `audit.begin()`, `audit.transaction(..)` |
//! | `&impl ConnectionTrait` as an argument | [`&impl Writer`](crate::Writer#your-functions) |
//!
//! [`Error`](crate::Error) converts to and from `DbErr`, so functions that return `DbErr` need not change. An error type
//! of your own takes both with one `impl<E: Into<audit_runtime::Error>> From<E> for Failure`.
//!
//! `examples/port` in the repository is a service before the first step and after this one: four entities, nine endpoints
//! that write, a job, a seed and a migration. The port is +115 −147 lines. A test sends the same requests to both,
//! compares the answers, and asserts the entries of each write.
//!
//! - Shorter: patches replace the structs of bodies and the code that copies them. `touch` replaces hooks and the code
//!   that sets `updated_at` and `created_at`.
//! - Longer: an attribute per entity and per field of an allowlist, an argument per handler for the context, and six
//!   lines for the data migration, because its own connection cannot be audited.
//! - Different: `null` in a patch sets NULL, a refused body has another text, and a patch that changes nothing leaves
//!   `updated_at`.
//!
//! # 5. Refuse plain writes
//!
//! - Hand out a [`Guarded`](crate::Guarded) connection: a plain write to an audited table is an error.
//! - On PostgreSQL and SQLite, install the guards with `GuardMode::Enforce`: the database refuses the change.
//! - Keep the [`coverage`](crate::coverage) manifest in the repository: a test fails if the log keeps less than before.
//! - Run the [doctor](crate::schema::doctor) in the deployment.
//!
//! # Rows that are older than the log
//!
//! A row of an existing table has no `CREATE` entry. Its past is known nevertheless: it is the present row without the
//! changes in the log. [`Replay`](crate::replay::Replay) reports rows without entries, unless it accepts unlogged rows.
//!
//! ```
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
//! use audit_runtime::{entities, prelude::*, replay::Replay, schema};
//! use sea_orm::{ConnectionTrait, Database, Schema};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
//! db.execute_unprepared("INSERT INTO users (role) VALUES ('user'), ('user')").await?;
//! schema::install(&db).await?;
//!
//! let context = AuditContext::new(Actor::new("User", 7));
//! db.audited(&context).update(1, user::Patch::new().role("admin")).await?;
//!
//! let entry = History::of::<user::Entity>(1).latest(&db).await?.ok_or("no entry")?;
//! let past = user::Entity::state_at(1, Moment::before(&entry), &db).await?.ok_or("no row")?;
//! assert_eq!(past.model()?.role, "user");
//!
//! let mut replay = Replay::new(entities![user::Entity]).accept_unlogged();
//! while let Some(page) = replay.next(&db).await? {
//!     assert!(page.found.is_empty());
//! }
//! # Ok(())
//! # }
//! ```

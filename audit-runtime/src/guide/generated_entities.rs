//! Generated entities: the files of `sea-orm-cli`, and code that writes an `ActiveModel`.
//!
//! # Attributes by the generator
//!
//! `sea-orm-cli generate entity` adds a derive and an attribute to every `Model`:
//!
//! ```sh
//! sea-orm-cli generate entity --impl-active-model-behavior=false \
//!     --model-extra-derives audit_runtime::Audited \
//!     --model-extra-attributes 'audited(others = update, no_hooks)'
//! ```
//!
//! With `others = update`, every field is recorded and may be set by a `Patch`. With `others = record`, every field is
//! recorded and no patch is generated. The entity's name in entries is the table's name. The generated file and writes
//! to its table look as follows:
//!
//! ```
//! mod invoice {
//!     use sea_orm::entity::prelude::*;
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq, audit_runtime::Audited)]
//!     #[sea_orm(table_name = "invoices")]
//!     #[audited(others = update, no_hooks)]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         pub number: String,
//!         pub paid: bool,
//!     }
//! }
//!
//! use audit_runtime::prelude::*;
//! use sea_orm::{ConnectionTrait, Database, IntoActiveModel, Schema};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), audit_runtime::Error> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # audit_runtime::schema::install(&db).await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(invoice::Entity)).await?;
//! # let context = AuditContext::new(Actor::new("User", 7));
//! let audit = db.audited(&context);
//! let row = invoice::ActiveModel {
//!     number: Set("2026-1".to_owned()),
//!     paid: Set(false),
//!     ..Default::default()
//! };
//! let invoice = audit.insert(row).await?;
//! let invoice = audit.update(invoice.id, invoice::Patch::new().paid(true)).await?;
//!
//! let mut row = invoice.into_active_model();
//! row.number = Set("2026-001".to_owned());
//! let invoice = audit.unrestricted().save(row).await?;
//!
//! let history = History::of::<invoice::Entity>(invoice.id).first_page(&db, 10).await?;
//! let actions: Vec<_> = history.entries.iter().map(|entry| entry.action.as_str()).collect();
//! assert_eq!(actions, ["CREATE", "UPDATE", "UPDATE"]);
//! # Ok(())
//! # }
//! ```
//!
//! - Use `--impl-active-model-behavior=false` and `no_hooks` together: without the first, the file contains an `impl`.
//!   If your entities have hooks, omit both.
//! - The attributes are the same for all tables. A field whose name looks secret needs its own attribute, and does not
//!   compile without it.
//! - When the generator runs again, it overwrites every file. With `--experimental-preserve-user-modifications` it
//!   keeps a file's attributes, on the struct and on fields, and adds the new columns. An edited file then needs
//!   neither flag. Without this option, put your attributes into a [separate file](#files-that-nobody-edits).
//! - `sea-orm-cli` names entities in a `prelude`, and this crate has a [`prelude`](crate::prelude) as well. If you
//!   import both with `*` and an entity is called `Event`, `History` or `Unit`, import that name explicitly.
//!
//! # Twenty entities
//!
//! A shop of twenty generated entities, which makes all writes by `save()`, changes as follows. It is in the tests of
//! the repository (`tests/it/generated`), where the generator writes these files on each run. Each entity:
//!
//! ```diff
//! -#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
//! +#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, audit_runtime :: Audited)]
//! +# [audited (others = update , no_hooks)]
//! -
//! -impl ActiveModelBehavior for ActiveModel {}
//! ```
//!
//! Besides the entities, only the access to the database changes:
//!
//! ```diff
//! -use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
//! +use audit_runtime::{Unit, prelude::*, schema, schema::Entities, schema::GuardMode};
//! +use sea_orm::{DatabaseConnection, DbErr};
//! -    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
//! +    async fn begin(&self) -> Result<Unit, DbErr> {
//! -        self.db.begin().await
//! +        let context = AuditContext::new(Actor::new("User", self.user_id));
//! +        let tx = self.db.audited(&context).begin().await?;
//! +        tx.raw_sql("the shop").await?;
//! +        Ok(tx)
//! +    schema::install(db).await?;
//! +    let audited = Entities::registered_in("it::generated");
//! +    schema::install_guards(db, &audited, GuardMode::Capture).await?;
//! ```
//!
//! These tests contain other entities as well. A service calls `Entities::registered()`. Both need the feature
//! `entity-registry`. Without it, name the entities: `entities![brands::Entity, ..]`. The guards record the changes
//! that `save()` makes, and the mark names the actor: see [below](#plain-writes).
//!
//! # Files that nobody edits
//!
//! Loco's `_entities` and the output of `sea-orm-cli` without `--experimental-preserve-user-modifications` are
//! overwritten, so their attributes would be lost. Put a copy of the struct into your own file, in the same crate, and
//! name the entity:
//!
//! ```
//! // src/models/_entities/users.rs, as the generator writes it.
//! mod _entities {
//!     pub mod users {
//!         use sea_orm::entity::prelude::*;
//!
//!         #[sea_orm::model]
//!         #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
//!         #[sea_orm(table_name = "users")]
//!         pub struct Model {
//!             #[sea_orm(primary_key)]
//!             pub id: i32,
//!             pub email: String,
//!             pub role: String,
//!             pub password: String,
//!         }
//!     }
//! }
//!
//! // src/models/users.rs
//! mod users {
//!     use audit_runtime::Audited;
//!     use sea_orm::entity::prelude::*;
//!
//!     use super::_entities::users::{ActiveModel, Entity};
//!
//!     #[derive(Audited)]
//!     #[audited(entity = Entity, entity_type = "User")]
//!     pub struct Columns {
//!         #[sea_orm(primary_key)]
//!         id: i32,
//!         #[audited(record, label)]
//!         email: String,
//!         #[audited(update)]
//!         role: String,
//!         #[audited(redact)]
//!         password: String,
//!     }
//!
//!     impl ActiveModelBehavior for ActiveModel {}
//! }
//!
//! use _entities::users::Entity;
//! use audit_runtime::prelude::*;
//! use sea_orm::{ConnectionTrait, Database, Schema};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), audit_runtime::Error> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # audit_runtime::schema::install(&db).await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(Entity)).await?;
//! # let context = AuditContext::new(Actor::new("User", 7).named("jane.doe"));
//! # let audit = db.audited(&context);
//! # db.execute_unprepared("INSERT INTO users (email, role, password) VALUES ('j@example.com', 'user', '')").await?;
//! let user = audit.update(1, users::Patch::new().role("admin")).await?;
//! assert_eq!(user.role, "admin");
//!
//! let entry = History::of::<Entity>(1).latest(&db).await?.unwrap();
//! assert_eq!(entry.to_string(), "User 'jane.doe' changed User 'j@example.com' role from 'user' to 'admin'");
//! # Ok(())
//! # }
//! ```
//!
//! The list takes every attribute of the derive. The patches are in the same module as the list, with its visibility.
//! The compiler compares the list with the entity: a missing column, an unknown column, a column of another type and an
//! unmarked key are each one error. The next run of the generator cannot add a column unnoticed. Relations may be left
//! out. Attributes of serde are not read: the JSON keys of patches are the names of the fields.
//!
//! You can also write `impl Audited` by hand: see [`audited`](crate::audited#by-hand).
//!
//! # Code that calls `save`
//!
//! [`audit.unrestricted()`](crate::Unrestricted) saves and updates an `ActiveModel`. No allowlist limits it, so do not
//! use it for values of a request. `git grep 'unrestricted()'` finds its uses. For SeaORM's nested `ActiveModelEx`, add
//! `graph` to the attributes and call [`save_graph`](crate::Unrestricted::save_graph).
//!
//! # Plain writes
//!
//! Unchanged code writes through a marked unit. If the table has a [guard](crate::schema::guard), the change is
//! recorded with the actor, the changeset and the reason of the unit. The mark itself is an event, `RAW_SQL`.
//!
//! ```
//! # mod user {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "users")]
//! #     #[audited(entity_type = "User", others = record, no_hooks)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::{AuditContext, Error, Unit, entities, prelude::*, schema, schema::GuardMode};
//! use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, DatabaseConnection, DbErr, Schema};
//!
//! /// Every `db.begin()` of the service becomes a call of this function.
//! async fn begin(db: &DatabaseConnection, context: &AuditContext) -> Result<Unit, DbErr> {
//!     let unit = db.audited(context).begin().await?;
//!     unit.raw_sql("a call site that is not changed yet").await?;
//!     Ok(unit)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
//! schema::install(&db).await?;
//! schema::install_guards(&db, &entities![user::Entity], GuardMode::Capture).await?;
//!
//! let context = AuditContext::new(Actor::new("User", 7).named("jane.doe"));
//! let tx = begin(&db, &context).await?;
//! let user = user::ActiveModel { role: Set("user".to_owned()), ..Default::default() };
//! let user = user.insert(&tx).await?;
//! tx.commit().await?;
//!
//! let entry = History::of::<user::Entity>(user.id).latest(&db).await?.ok_or("no entry")?;
//! assert_eq!(entry.to_string(), "User 'jane.doe' created User '1' with role 'user'");
//! assert_eq!(entry.reason.as_deref(), Some("a call site that is not changed yet"));
//! # Ok(())
//! # }
//! ```
//!
//! A mark creates no entries for a table without a guard. An unmarked unit logs a warning for a plain write to an
//! audited table.

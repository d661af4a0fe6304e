//! Generated entities, and code that has an `ActiveModel`.
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
//! recorded and no patch is generated. The entity's name in entries is that of its table. A generated file then looks
//! as follows, and is written by patch or `save`:
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
//! - `--impl-active-model-behavior=false` and `no_hooks` belong together: without the first, the file has an `impl` of
//!   its own. If your entities have hooks, omit both.
//! - The attributes are the same for all tables. A field whose name looks secret needs an attribute of its own, and the
//!   compiler asks for it. The generator does not keep attributes of fields when it runs again, not even with
//!   `--experimental-preserve-user-modifications`. Take such tables out of the generated folder, or use the next
//!   section.
//! - `sea-orm-cli` names entities in a `prelude`, and this crate has a [`prelude`](crate::prelude) as well. If you
//!   import both with `*` and an entity is called `Event`, `History` or `Unit`, import that name explicitly.
//!
//! # Files that nobody edits
//!
//! An `impl Audited` in another file of the same crate has the same effect as the derive, and survives each run of the
//! generator. See [`audited`](crate::audited#by-hand).
//!
//! # Code that calls `save`
//!
//! [`audit.unrestricted()`](crate::Unrestricted) saves and updates an `ActiveModel`. No allowlist limits it, so keep it
//! away from values of a request, and find its uses with `git grep 'unrestricted()'`. SeaORM's nested `ActiveModelEx`
//! is not taken: see [Entities](crate#entities).
//!
//! # Plain writes
//!
//! Code that stays as it is writes through a marked unit. Where a [guard](crate::schema::guard) is on the table, the
//! change is recorded with the actor, the changeset and the reason of the unit. The mark itself is an event, `RAW_SQL`.
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
//! A table without a guard gets no entry from a mark. A unit warns of each plain write to an audited table that is not
//! marked.

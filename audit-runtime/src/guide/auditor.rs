//! Auditors: the questions that an auditor asks, and where the answers are.
//!
//! | question | answer |
//! |---|---|
//! | Who made this change? | [`Entry::actor`](crate::Entry): kind, id, name and role; `on_behalf_of`, if the actor acts for another. The application supplies it, see the first limit below. |
//! | What was changed? | Each recorded field, before and after. For a `redact` field the entry says that it changed, for a `skip` field nothing. [`state_at`](crate::AuditedEntity::state_at) returns the whole row at a moment. |
//! | When? | `timestamp` is the application's clock, `recorded_at` the database's. The doctor reports a difference between the clocks. |
//! | From where? | [`Source`](crate::Source): address, user agent, session, request and trace. Only configured proxies can report an address. |
//! | Why? | `reason`. An entity with `#[audited(reason)]` refuses a write without one. |
//! | Who may do what? | The allowlists of fields: [`coverage`](crate::coverage) lists them for each entity. The application decides who may use which. |
//! | Is every change in the log? | Changes made through this library are, or they do not happen. A [guard](crate::schema::guard) records or refuses the others. A [replay](crate::replay) compares tables and log. |
//! | Are failed attempts recorded? | Denied and failed [events](crate::Event) are kept even if the transaction is rolled back. `http::AuditLayer::recording_refusals` records bodies with fields that may not be set. |
//! | Can an entry be changed? | [Triggers](crate::schema#what-the-triggers-refuse-and-what-they-cannot) refuse it, and [grants](crate::schema::grants) keep the application's account from removing them. A superuser and the owner of the log can change it, and on SQLite anyone who can write to the file. |
//! | Would that be noticed? | Sealing: **not yet**. Entries are neither chained nor signed. A [feed](crate#crate-features) to another system is an outside copy that shows a difference. |
//! | How long are entries kept? | `retention`: policies with a document, floors that triggers enforce, and minimum ages of PCI DSS, HIPAA and SOX. Without a policy, entries stay. |
//! | Who deleted entries? | A purge leaves a PURGE entry that lists them. PURGE, ERASE, HOLD, RELEASE, POLICY and APPROVE entries never leave the log. A policy can require the approval of a second person. |
//! | Can entries be preserved for a case? | Holds: by record, type, actor and time. |
//! | Who read the trail? | Over HTTP: `Trail::recording_reads` writes an `AUDIT_READ` event before the reader gets entries. `audit export` leaves an `EXPORT` event. Reads in SQL and by [`History`](crate::History) are **not** recorded. |
//! | Who read the application's data? | Not recorded. Record an event where you need it. |
//! | Who may read the trail? | Over HTTP, your `AccessPolicy` decides; there is no default. In SQL, those with a reader's grants. |
//! | Can a person's data be erased from the log? | `retention::Erasure`: values of a row's fields and its label, and the name, address and session of an actor, each time with an ERASE entry. Keys, backups and copies elsewhere stay. A field that is `redact` or `skip` from the start is never stored. |
//! | Can a change be undone? | [`revert`](crate::Writer::revert) and [`restore`](crate::Writer::restore), as new entries that refer to the old ones. |
//! | In which form do we get it? | JSON lines, CSV, OCSF, CloudEvents and syslog. An export comes with its SHA-256. |
//!
//! # An answer in code
//!
//! ```
//! # mod user {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "users")]
//! #     #[audited(entity_type = "User", no_hooks, reason)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         #[audited(create, update)]
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::{Error, prelude::*};
//! use sea_orm::{ConnectionTrait, Database, Schema};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = Database::connect("sqlite::memory:").await?;
//! # audit_runtime::schema::install(&db).await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
//! let jane = AuditContext::new(Actor::new("User", 7).named("jane.doe").role("Admin")).ip([203, 0, 113, 9]);
//! let draft = user::Draft::new().role("user");
//!
//! // The entity requires a reason.
//! let refused = db.audited(&jane).insert(draft.clone()).await.unwrap_err();
//! assert!(matches!(refused, Error::ReasonRequired { .. }));
//!
//! let jane = jane.reason("ticket 4711");
//! let user = db.audited(&jane).insert(draft).await?;
//! let change = user::Patch::new().role("admin");
//! db.audited(&jane).update(user.id, change).await?;
//!
//! let question = History::of_type::<user::Entity>().changed(user::Column::Role).to("admin");
//! let entry = question.latest(&db).await?.ok_or("nobody became an admin")?;
//! assert_eq!((entry.actor.kind(), entry.actor.id()), ("User", "7"));
//! assert_eq!(entry.before()["role"], "user");
//! assert_eq!(entry.source.ip, Some([203, 0, 113, 9].into()));
//! assert_eq!(entry.reason.as_deref(), Some("ticket 4711"));
//!
//! // Nobody changes it afterwards.
//! let refused = db.execute_unprepared("UPDATE audit_log SET actor_id = '8'").await.unwrap_err();
//! assert!(refused.to_string().contains("audit_log is append-only: UPDATE refused"));
//! # Ok(())
//! # }
//! ```
//!
//! # Limits to state in a report
//!
//! - The log proves what the application said. A wrong actor, or an address from a forged header, is stored as given.
//! - The log is not protected against administrators of the database and the owner of the log.
//! - Changes that no trigger sees are listed in [`guard`](crate::schema::guard), and those that a replay cannot find in
//!   [`replay`](crate::replay).
//! - The files of an archive are neither encrypted nor signed by this library.

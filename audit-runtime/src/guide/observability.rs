//! Observability: spans, counters, and checks that need no traffic.
//!
//! # Spans
//!
//! Each write has a span `audit.write` (`tracing`, level `INFO`). An OpenTelemetry exporter shows it under the span of
//! the request.
//!
//! | field | |
//! |---|---|
//! | `audit.entity_type` | as in the log; absent for an event that is not about an entity |
//! | `audit.action` | `CREATE`, `UPDATE`, `DELETE`, `UPSERT`, `REVERT` or `RESTORE`, or the name of the event |
//! | `audit.plan` | `fused` or `locked`; absent if the write did not get that far |
//! | `audit.changeset_id` | the changeset of the write's entries |
//! | `audit.outcome` | `written`, `unchanged`, `refused`, `failed`, `unknown` or `interrupted` |
//!
//! No field contains a value of a row, a key or a reason. A write that is `unknown` or `interrupted` (its caller was
//! dropped) may have been stored: look for its changeset.
//!
//! In a unit, a `written` write is stored when the unit is committed.
//!
//! # Counters
//!
//! With the feature `metrics`, writes are counted through the `metrics` facade, for any exporter of the application.
//!
//! | counter | labels | alert |
//! |---|---|---|
//! | `audit_writes_total` | `entity_type`, `action` | if it does not grow while the application has traffic |
//! | `audit_unchanged_total` | `entity_type`, `action` | |
//! | `audit_refusals_total` | `entity_type`, `action`, `kind` | if `kind` is `reason_required`, `invalid_actor` or `unrecorded`, which are faults of the application |
//! | `audit_failures_total` | `entity_type`, `action` | if it grows: neither the change nor its entry was stored |
//! | `audit_unknown_commits_total` | | if it grows: look for the changeset that the error names |
//! | `audit_events_dropped_total` | | if it is above 0: a denied or failed event is not in the log |
//!
//! The kinds of refusals are the variants of [`Error`](crate::Error) that leave a unit usable, in `snake_case`:
//! `not_found`, `conflict`, `changed_since` and so on.
//!
//! # Checks
//!
//! Checks need no traffic. The [doctor](crate::schema::doctor) examines the log, its triggers, guards and rights. A
//! [replay](crate::replay) finds rows that the log does not explain. Run the doctor at every start of the application
//! and the replay in a job.
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
//! #         #[audited(create, update)]
//! #         pub role: String,
//! #     }
//! # }
//! use audit_runtime::{
//!     entities,
//!     prelude::*,
//!     replay::Replay,
//!     schema::doctor::{Code, Doctor},
//! };
//!
//! # use sea_orm::{ConnectionTrait, Database, Schema};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
//! # options.max_connections(1);
//! # let db = Database::connect(options).await?;
//! # audit_runtime::schema::install(&db).await?;
//! # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
//! # let context = AuditContext::new(Actor::new("Admin", 7));
//! # db.audited(&context).insert(user::Draft::new().role("user")).await?;
//! // At the start. Without `accept`, the doctor asks for a guard as well.
//! let doctor = Doctor::new().entities(entities![user::Entity]).accept(Code::GuardMissing);
//! assert!(doctor.examine(&db).await?.is_healthy());
//!
//! // In a job.
//! let mut replay = Replay::new(entities![user::Entity]);
//! while let Some(page) = replay.next(&db).await? {
//!     assert!(page.found.is_empty());
//! }
//!
//! // In a test, or after a deployment: a write and its entry.
//! let latest = History::of::<user::Entity>(1).latest(&db).await?;
//! let latest = latest.map(|entry| entry.to_string());
//! assert_eq!(latest.as_deref(), Some("Admin '7' created User '1' with role 'user'"));
//! # Ok(())
//! # }
//! ```
//!
//! `RUST_LOG=audit_runtime=debug` shows which plan each write took, and why. Each warning reports a fault: a plain
//! write through a unit, a unit that was dropped with writes, a setting that endangers the log.

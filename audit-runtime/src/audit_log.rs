//! The table `audit_log`, as a SeaORM entity: one row is one entry.
//!
//! Entries are written by this crate and read by anyone; the database refuses to change or delete them.
//! What a column means never changes, and a later version adds nullable columns only.
//!
//! ```
//! use audit_runtime::audit_log;
//! use sea_orm::{ColumnTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let db = Database::connect("sqlite::memory:").await?;
//! audit_runtime::schema::install(&db).await?;
//!
//! let granted_by_jane = audit_log::Entity::find()
//!     .filter(audit_log::Column::ActorId.eq("7"))
//!     .filter(audit_log::Column::Action.eq("UPDATE"))
//!     .count(&db)
//!     .await?;
//! assert_eq!(granted_by_jane, 0);
//! # Ok(())
//! # }
//! ```

#![allow(missing_docs, reason = "on what the derive generates")]

mod index;
mod outcome;

pub use index::Index;
pub use outcome::Outcome;

use sea_orm::{
    DbBackend,
    entity::prelude::*,
    sea_query::{IntoTableRef, TableRef},
};

use crate::dialect::Family;

/// One entry: a change of one entity row, or an event.
///
/// A later version may add nullable columns.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[non_exhaustive]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Given by the database under the row lock: per entity, the order of events.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// 1 for a change, 2 for an event.
    pub kind: i16,
    /// The version of what is in `changes`: 1.
    pub format: i16,
    /// Shared by all entries of one unit of work; a UUIDv7 made by the application.
    pub changeset_id: Uuid,
    /// Which customer.
    pub tenant: Option<String>,
    /// Which application.
    pub service: Option<String>,
    /// What kind of record; `None` for an event about nothing.
    pub entity_type: Option<String>,
    /// Which record: the key's text, or for a composite key a compact JSON array in key order.
    pub entity_id: Option<String>,
    /// The record's label before the change.
    pub entity_label: Option<String>,
    /// `CREATE`, `UPDATE`, `DELETE`, or an event's own name.
    pub action: String,
    /// `SUCCESS`, `DENIED` or `FAILURE`.
    pub outcome: String,
    /// Who, by kind: `Admin`, `User`, `System`, `Anonymous`.
    pub actor_kind: String,
    /// Who, by id.
    pub actor_id: String,
    /// Who, by the name to show.
    pub actor_name: Option<String>,
    /// For whom the actor acts, when it acts for another.
    pub on_behalf_of: Option<String>,
    /// When, by the application's clock: UTC, microseconds.
    pub timestamp: DateTimeUtc,
    /// When, by the database's clock: UTC, microseconds (milliseconds on SQLite).
    pub recorded_at: DateTimeUtc,
    /// The address the request came from.
    pub ip: Option<String>,
    /// The client's software.
    pub user_agent: Option<String>,
    /// The session.
    pub session_id: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The distributed trace.
    pub trace_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The entry that this one takes back.
    pub reverts: Option<i64>,
    /// Field → before and after: `{"role":{"before":"user","after":"admin"}}`.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub changes: Option<Json>,
    /// The application's own.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub metadata: Option<Json>,
}

/// None: an entry outlives what it is about.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The table that entries are written to: that of a schema, or the one that the connection finds.
///
/// SQLite looks among temporary tables first, unless it is told the schema.
pub(crate) fn table(backend: DbBackend, schema: Option<&str>) -> TableRef {
    let schema = schema.or(Family::from(backend).log_schema());
    match schema {
        Some(schema) => (schema.to_owned(), Entity).into_table_ref(),
        None => Entity.into_table_ref(),
    }
}

/// The version of what stands in `changes`.
pub(crate) const FORMAT: i16 = 1;
/// [`Model::kind`] of a change.
pub(crate) const KIND_CHANGE: i16 = 1;
/// [`Model::kind`] of an event.
pub(crate) const KIND_EVENT: i16 = 2;

//! Replay: compares the rows of the tables with their entries in the log.
//!
//! It compares each row with its entries, and each row in the log with the table. A finding is a row that was changed
//! outside of the library, or whose entries are gone: by raw SQL, a restored backup, or an attempt to hide something.
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
//! use audit_runtime::{entities, prelude::*, replay::Replay, schema};
//! use sea_orm::{ConnectionTrait, Database, Schema};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut options = sea_orm::ConnectOptions::new("sqlite::memory:");
//! # options.max_connections(1);
//! # let db = Database::connect(options).await?;
//! # schema::install(&db).await?;
//! # let users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
//! # db.execute(&users).await?;
//! let context = AuditContext::new(Actor::new("Admin", "7"));
//! db.audited(&context).insert(user::Draft::new().role("user")).await?;
//! db.execute_unprepared("UPDATE users SET role = 'admin'").await?;
//!
//! let mut replay = Replay::new(entities![user::Entity]);
//! let mut found = Vec::new();
//! while let Some(page) = replay.next(&db).await? {
//!     found.extend(page.found);
//! }
//! assert!(found[0].to_string().starts_with("User 1: role changed without an entry; its last entry is #1, CREATE by Admin:7"));
//! # assert_eq!(found.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! It cannot see:
//!
//! - a change that was undone;
//! - a change of a field that is skipped, or of the value of one that is redacted;
//! - a missing row whose key is so long that the log contains its hash;
//! - the content of entries that a purge deleted. After a purge of entries of a type, its rows without an entry are not
//!   reported, because they may have had some.

use sea_orm::DatabaseConnection;

use crate::{Audited, Error, history, replayed::Next, schema::Entities, write::shield::to_the_end};

pub use crate::replayed::{LastEntry, Position, Problem, Unexplained};

/// A replay of the log against the tables of these entities. See [the module](self).
///
/// It reads every row and its entries, a page at a time, each page in its own snapshot. It takes no locks, changes
/// nothing, and its memory does not grow.
#[derive(Clone, Debug)]
#[must_use = "a replay compares nothing until `next`"]
pub struct Replay {
    entities: Entities,
    /// `None` at the end.
    position: Option<Position>,
    rows: u64,
    accepts_unlogged: bool,
}

/// The number of rows of a page. SQLite limits the nesting of a condition to 1,000.
const ROWS: u64 = 500;

/// The findings of one page of a replay.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// The rows that the log does not explain.
    pub found: Vec<Unexplained>,
    /// The number of rows of the table that were compared. It is 0 for pages of rows in the log.
    pub rows: u64,
}

impl Replay {
    /// Creates a replay that begins with the first of these entities.
    pub fn new(entities: Entities) -> Self {
        let first = entities.iter().next().map(|table| Position {
            entity: table.entity().to_owned(),
            next: Next::FIRST,
        });
        Self {
            entities,
            position: first,
            rows: ROWS,
            accepts_unlogged: false,
        }
    }

    /// Omits rows without an entry, for tables that are older than the log.
    pub fn accept_unlogged(self) -> Self {
        Self {
            accepts_unlogged: true,
            ..self
        }
    }

    /// Sets the number of rows of a page. The default and the maximum is 500, because not every database accepts more
    /// keys.
    pub fn page(self, rows: u64) -> Self {
        Self {
            rows: rows.clamp(1, ROWS),
            ..self
        }
    }

    /// Continues an earlier replay of these entities.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPosition`]: its entity is not among these.
    pub fn resume(self, position: Position) -> Result<Self, Error> {
        let mut tables = self.entities.iter();
        if !tables.any(|table| table.entity() == position.entity) {
            return Err(Error::InvalidPosition);
        }
        drop(tables);
        Ok(Self {
            position: Some(position),
            ..self
        })
    }

    /// The position of the next page; `None` at the end.
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Compares the next page; `None` at the end. After an error, the same page is next.
    ///
    /// # Errors
    ///
    /// - [`Error::LogMissing`], [`Error::LogHidden`], [`Error::RowsHidden`]: the log or the table cannot be read
    ///   completely.
    /// - [`Error::InvalidPosition`]: the position does not fit the entity.
    /// - [`Error::Database`]: anything else, such as a table that does not exist.
    pub async fn next(&mut self, db: &DatabaseConnection) -> Result<Option<Page>, Error> {
        let Some(position) = &self.position else {
            return Ok(None);
        };
        let mut tables = self.entities.iter();
        let Some(table) = tables.find(|table| table.entity() == position.entity) else {
            return Ok(None);
        };
        let page = table.replay(db.clone(), position.next.clone(), self.rows);
        let replayed = page.await?;
        let mut found = replayed.found;
        if self.accepts_unlogged {
            found.retain(|row| row.problem != Problem::Unlogged);
        }
        let next = match replayed.next {
            Some(next) => Some((table, next)),
            None => tables.next().map(|table| (table, Next::FIRST)),
        };
        let position = next.map(|(table, next)| Position {
            entity: table.entity().to_owned(),
            next,
        });
        drop(tables);
        self.position = position;
        Ok(Some(Page {
            found,
            rows: replayed.rows,
        }))
    }
}

impl Entities {
    /// Adds an entity, unless it is listed. From then on a [`Unit`](crate::Unit) warns about plain writes to its table.
    pub fn with<E: Audited>(self) -> Self {
        // A BEGIN that is dropped half-way would leave its transaction to the next borrower of the connection.
        self.with_replay::<E>(|db, next, rows| {
            Box::pin(to_the_end(history::replay::replay::<E>(db, next, rows)))
        })
    }
}

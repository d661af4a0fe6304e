//! Compares the rows of an entity with the log, a page at a time.
//!
//! Each page reads rows and entries in one snapshot, so that a write in between cannot look like a difference.

mod log;
mod rows;

use sea_orm::{
    AccessMode, ColumnTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    TransactionTrait, sea_query::Cond,
};

use super::{purged::newest_purged, row_security::is_table_filtered, scope::one_of};
use crate::{
    Error, Pending,
    audit_log::{Column, KIND_CHANGE},
    audited::{
        Audited,
        entity_type::{entity_type, entity_types},
    },
    dialect::Family,
    replayed::{LastEntry, Next, Problem, Replayed, Unexplained},
    schema::collation::on_postgres_named,
};

/// Compares the next page of this entity.
pub(crate) fn replay<E: Audited>(
    db: DatabaseConnection,
    next: Next,
    limit: u64,
) -> Pending<'static, Replayed> {
    Box::pin(async move {
        let snapshot = snapshot(&db).await?;
        let page = Page {
            entity_types: entity_types::<E>(),
            // Reads the log first, so it reports a missing log.
            purged: newest_purged(&entity_types::<E>(), &snapshot).await?,
            snapshot,
            limit,
        };
        let entity = E::default();
        let table = on_postgres_named(entity.schema_name(), entity.table_name());
        for table in ["audit_log".to_owned(), table] {
            if is_table_filtered(&table, &page.snapshot).await? {
                return Err(Error::RowsHidden { table });
            }
        }
        let replayed = match next {
            Next::Rows(after) => rows::compare::<E>(&page, after).await?,
            Next::Log(after) => log::compare::<E>(&page, after).await?,
        };
        page.snapshot.commit().await?;
        Ok(replayed)
    })
}

/// The common data of pages of rows and of the log.
struct Page {
    entity_types: Vec<String>,
    /// The newest entry of these types that a purge deleted. Before it, entries that explain a row may be missing.
    purged: Option<i64>,
    snapshot: DatabaseTransaction,
    limit: u64,
}

impl Page {
    /// The entries of the rows of this entity.
    fn changes(&self) -> [Cond; 2] {
        [
            Cond::all().add_option(one_of(Column::EntityType, &self.entity_types)),
            Column::Kind.eq(KIND_CHANGE).into(),
        ]
    }

    /// Whether a later entry of the same row may have been deleted.
    fn may_lack_later(&self, entry: i64) -> bool {
        self.purged.is_some_and(|purged| entry < purged)
    }
}

fn unexplained<E: Audited>(
    entity_id: String,
    problem: Problem,
    last: Option<LastEntry>,
) -> Unexplained {
    Unexplained {
        entity_type: entity_type::<E>().into_owned(),
        entity_id,
        problem,
        last,
    }
}

/// A transaction in which every statement sees the same state.
async fn snapshot(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    match Family::of(db) {
        // SQLite has no other isolation level, and no name for this one.
        Family::Sqlite => db.begin().await,
        Family::Postgres | Family::MySql => {
            let level = Some(IsolationLevel::RepeatableRead);
            db.begin_with_config(level, Some(AccessMode::ReadOnly))
                .await
        }
    }
}

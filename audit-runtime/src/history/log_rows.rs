//! Rows of the log that satisfy a condition, in order.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{
        Cond,
        extension::mysql::{IndexHintScope, MySqlSelectStatementExt},
    },
};

use crate::{
    audit_log::{self, Column},
    dialect::{Family, is_missing_table},
    error::Error,
};

/// The maximum number of entries on a page.
pub(super) const PAGE_LIMIT: u64 = 200;

#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) all: Cond,
    /// The index to force, for a database that is known to choose a worse one.
    pub(super) index: Option<&'static str>,
}

impl Conditions {
    pub(super) fn all(conditions: impl IntoIterator<Item = Cond>) -> Self {
        Self {
            all: conditions.into_iter().fold(Cond::all(), Cond::add),
            index: None,
        }
    }

    /// Reads the next rows after an id.
    pub(super) async fn next<C: ConnectionTrait>(
        &self,
        db: &C,
        after: Option<i64>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Vec<audit_log::Model>, Error> {
        let mut query = audit_log::Entity::find().filter(self.all.clone());
        query = match (newest_first, after) {
            (true, Some(id)) => query.filter(Column::Id.lt(id)),
            (false, Some(id)) => query.filter(Column::Id.gt(id)),
            (_, None) => query,
        };
        query = if newest_first {
            query.order_by_desc(Column::Id)
        } else {
            query.order_by_asc(Column::Id)
        };
        if let (true, Some(index)) = (Family::of(db).forces_indexes(), self.index) {
            QueryTrait::query(&mut query).force_index(index, IndexHintScope::All);
        }
        query.limit(limit as u64).all(db).await.map_err(failed)
    }
}

pub(super) fn failed(error: DbErr) -> Error {
    if is_missing_table(&error) {
        Error::LogMissing(error.into())
    } else {
        error.into()
    }
}

//! Rows of the log that satisfy a condition, in order.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{
        Cond, Order,
        extension::mysql::{IndexHintScope, MySqlSelectStatementExt},
    },
};

use super::{
    cold::{Cold, Search, Test, merged},
    seen::{failed, seen},
};
use crate::{
    audit_log::{self, Column},
    dialect::Family,
    error::Error,
};

/// The maximum number of entries on a page.
pub(super) const PAGE_LIMIT: u64 = 200;

/// The archive that is read with the log.
pub(crate) type Archived = Arc<dyn Cold>;

#[derive(Debug)]
pub(super) struct Conditions {
    pub(super) all: Cond,
    /// The index to force, for a database that is known to choose a worse one.
    pub(super) index: Option<&'static str>,
    /// The archive, and the tests that its entries must pass.
    cold: Option<(Archived, Vec<Test>)>,
}

impl Conditions {
    pub(super) fn all(conditions: impl IntoIterator<Item = Cond>) -> Self {
        Self {
            all: conditions.into_iter().fold(Cond::all(), Cond::add),
            index: None,
            cold: None,
        }
    }

    /// Reads an archive as well, whose entries must pass these tests.
    pub(super) fn across(self, archive: Option<&Archived>, tests: Vec<Test>) -> Self {
        let cold = archive.map(|archive| (archive.clone(), tests));
        Self { cold, ..self }
    }

    pub(super) fn reads_archive(&self) -> bool {
        self.cold.is_some()
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
        let order = match newest_first {
            true => Order::Desc,
            false => Order::Asc,
        };
        query = query.order_by(Column::Id, order.clone());
        if let (true, Some(index)) = (Family::of(db).forces_indexes(), self.index) {
            QueryTrait::query(&mut query).force_index(index, IndexHintScope::All);
        }
        let rows = seen(query.limit(limit as u64), Some(order), db).await;
        let rows = rows.map_err(failed)?.into_iter();
        let rows = rows.map(|row| audit_log::Model::from_query_result(&row, ""));
        let rows = rows.collect::<Result<_, _>>().map_err(failed)?;
        let Some((archive, tests)) = &self.cold else {
            return Ok(rows);
        };
        let search = Search {
            tests,
            after,
            limit,
            newest_first,
        };
        merged(rows, &**archive, &search, db).await
    }
}

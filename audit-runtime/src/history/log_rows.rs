//! Rows of the log that satisfy a condition, in order.

use std::sync::Arc;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, FromQueryResult, IdenStatic, Iterable,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{
        CaseStatement, Cond, Expr, Order, SimpleExpr,
        extension::mysql::{IndexHintScope, MySqlSelectStatementExt},
    },
};

use super::{
    budget::Deadline,
    cold::{Cold, Merged, Search, Test, merged},
    seen::{failed, seen},
};
use crate::{
    audit_log::{self, Column},
    dialect::Family,
    error::Error,
};

/// The maximum number of entries on a page.
pub(super) const PAGE_LIMIT: u64 = 200;

/// The maximum bytes of a JSON value that is read with other rows.
const LIGHT: i32 = 32 * 1024;

const IS_HEAVY: &str = "is_heavy";

/// The archive that is read with the log.
pub(crate) type Archived = Arc<dyn Cold>;

/// The archive and the deadline of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Beyond {
    pub(super) archive: Option<Archived>,
    pub(super) deadline: Deadline,
}

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
        let deadline = Deadline::default();
        let rows = self.read(false, db, after, limit, newest_first, deadline);
        Ok(rows.await?.rows)
    }

    /// Reads one row that was found, with all its values. It may have been archived or deleted meanwhile.
    pub(super) async fn whole<C: ConnectionTrait>(
        &self,
        db: &C,
        id: i64,
        newest_first: bool,
    ) -> Result<Option<audit_log::Model>, Error> {
        let before = match newest_first {
            true => id.saturating_add(1),
            false => id.saturating_sub(1),
        };
        let row = self.next(db, Some(before), 1, newest_first).await?.pop();
        Ok(row.filter(|row| row.id == id))
    }

    /// Reads the next rows after an id. Rows that are too heavy come without their values, so the size of a batch is
    /// bounded.
    pub(super) async fn light<C: ConnectionTrait>(
        &self,
        db: &C,
        after: Option<i64>,
        limit: usize,
        newest_first: bool,
        deadline: Deadline,
    ) -> Result<Rows, Error> {
        self.read(true, db, after, limit, newest_first, deadline)
            .await
    }

    pub(super) async fn read<C: ConnectionTrait>(
        &self,
        is_light: bool,
        db: &C,
        after: Option<i64>,
        limit: usize,
        newest_first: bool,
        deadline: Deadline,
    ) -> Result<Rows, Error> {
        let columns = match is_light {
            true => light(Family::of(db)),
            false => audit_log::Entity::find(),
        };
        let mut query = columns.filter(self.all.clone());
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
        let mut found = Rows::all(Vec::new());
        for row in rows.map_err(failed)? {
            let entry = audit_log::Model::from_query_result(&row, "").map_err(failed)?;
            if is_light && row.try_get::<i32>("", IS_HEAVY).map_err(failed)? == 1 {
                found.heavy.push(entry.id);
            }
            found.rows.push(entry);
        }
        let Some((archive, tests)) = &self.cold else {
            return Ok(found);
        };
        let search = Search {
            tests,
            after,
            limit,
            newest_first,
            deadline,
        };
        let Merged { rows, end } = merged(found.rows, &**archive, &search, db).await?;
        Ok(Rows { rows, end, ..found })
    }
}

/// Rows of the log, some of them without their values.
pub(super) struct Rows {
    pub(super) rows: Vec<audit_log::Model>,
    /// The ids of rows that were too heavy to be read with others.
    pub(super) heavy: Vec<i64>,
    /// The id up to which the archive was read, if time ran out.
    pub(super) end: Option<i64>,
}

impl Rows {
    pub(super) fn all(rows: Vec<audit_log::Model>) -> Self {
        Self {
            rows,
            heavy: Vec::new(),
            end: None,
        }
    }
}

/// The columns, with NULL in place of heavy values, and whether they are heavy.
fn light(family: Family) -> Select<audit_log::Entity> {
    let json = |column: Column| Expr::col((audit_log::Entity, column));
    let is_heavy = |column| family.is_json_over(json(column), LIGHT);
    let is_either = is_heavy(Column::Changes).or(is_heavy(Column::Metadata));
    let mut query = audit_log::Entity::find().select_only();
    for column in Column::iter() {
        query = match column {
            Column::Changes | Column::Metadata => {
                let value = CaseStatement::new()
                    .case(is_either.clone(), Expr::cust("NULL"))
                    .finally(json(column));
                query.column_as(Into::<SimpleExpr>::into(value), column.as_str())
            }
            column => query.column(column),
        };
    }
    let heavy = CaseStatement::new().case(is_either, 1).finally(0);
    query.column_as(Into::<SimpleExpr>::into(heavy), IS_HEAVY)
}

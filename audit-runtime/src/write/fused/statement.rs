//! The statements: change and entry in one, with what the caller gets of it.

mod delete;
mod insert;
mod update;

use sea_orm::{
    ColumnTrait, IdenStatic, Iterable, PrimaryKeyToColumn,
    sea_query::{
        Alias, CommonTableExpression, Condition, Expr, ExprTrait, InsertStatement, Query,
        ReturningClause, SelectStatement, SubQueryStatement, WithClause, WithQuery,
    },
};

pub(super) use self::update::Rows;
use super::{
    encoder::{constant, sql},
    layout::Layout,
    raised::Raised,
    row::Row,
};
use crate::{
    Outcome, audit_log,
    audited::{Audited, ColumnOf},
    entity_id::entity_type,
};

/// Whether the row was written, in what a statement about one returns.
pub(super) const WRITTEN: &str = "audit written";
/// How many entries were written, in what a statement about many rows returns.
pub(super) const COUNT: &str = "audit count";

/// The parts of a statement.
const BEFORE: &str = "audit_before";
const CHANGED: &str = "audit_changed";
const LOGGED: &str = "audit_logged";
/// What a part knows of a row besides its columns.
const ID: &str = "audit id";
const LABEL: &str = "audit label";
const CHANGES: &str = "audit changes";

/// What all statements are made from.
pub(super) struct Parts<'a, E: Audited> {
    pub(super) layout: &'a Layout<E>,
    /// The columns of the log that say the same for every row. Their values come first.
    pub(super) log: &'a [audit_log::Column],
    /// A value, by its place: those of the log, those of the key, those of the columns.
    pub(super) value: &'a dyn Fn(usize) -> Expr,
}

impl<E: Audited> Parts<'_, E> {
    /// The values of columns as the database is given them.
    fn values(
        &self,
        columns: &[ColumnOf<E>],
        first: usize,
    ) -> impl Iterator<Item = (ColumnOf<E>, Expr)> {
        let values = columns.iter().enumerate();
        values.map(move |(at, column)| (*column, column.save_as((self.value)(first + at))))
    }

    fn of_key(&self) -> Condition {
        let row = Row::stored::<E>();
        let key: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column()).collect();
        let values = self.values(&key, self.log.len());
        values.fold(Condition::all(), |all, (column, value)| {
            all.add(row.column::<E>(column).eq(value))
        })
    }

    /// A row as SeaORM reads it, and what its entry says of it.
    fn returning(&self, row: &Row, before: &Row, changes: Expr) -> ReturningClause {
        let columns = E::Column::iter().map(|column| column.select_as(row.column::<E>(column)));
        ReturningClause::Exprs(columns.chain(self.entry(before, changes)).collect())
    }

    fn entry(&self, before: &Row, changes: Expr) -> [Expr; 3] {
        let (id, label) = (self.layout.entity_id(before), self.layout.label(before));
        [id, label, changes]
    }

    /// An entry for each row.
    fn logged(&self, action: &'static str, which: Condition) -> CommonTableExpression {
        use audit_log::Column;

        let own = |name| Expr::col((CHANGED, name));
        let alike = [
            (Column::Kind, Expr::Constant(audit_log::KIND_CHANGE.into())),
            (Column::Format, Expr::Constant(audit_log::FORMAT.into())),
            (
                Column::EntityType,
                Expr::Constant(entity_type::<E>().into()),
            ),
            (Column::Action, constant(action)),
            (Column::Outcome, constant(Outcome::Success.as_str())),
            (Column::EntityId, own(ID)),
            (Column::EntityLabel, own(LABEL)),
            (Column::Changes, own(CHANGES)),
        ];
        let context = self.log.iter().enumerate();
        let context = context.map(|(at, column)| (*column, (self.value)(at)));
        let (columns, values): (Vec<_>, Vec<_>) = alike.into_iter().chain(context).unzip();
        let entries = Query::select()
            .exprs(values)
            .from(CHANGED)
            .cond_where(which)
            .to_owned();
        let insert = InsertStatement::new()
            .into_table(audit_log::Entity)
            .columns(columns)
            .select_from(entries)
            .expect("as many values as columns")
            .to_owned();
        part(LOGGED, [], insert)
    }
}

const ENTRY: [&str; 3] = [ID, LABEL, CHANGES];

fn with(
    parts: impl IntoIterator<Item = CommonTableExpression>,
    query: SelectStatement,
) -> WithQuery {
    let mut clause = WithClause::new();
    for part in parts {
        clause.cte(part);
    }
    clause.query(query)
}

fn part(
    name: &'static str,
    columns: impl IntoIterator<Item = String>,
    query: impl Into<SubQueryStatement>,
) -> CommonTableExpression {
    CommonTableExpression::new()
        .table_name(name)
        .columns(columns.into_iter().map(Alias::new))
        .query(query)
        .to_owned()
}

/// The columns of the part that holds the changed rows.
fn names<E: Audited>() -> impl Iterator<Item = String> {
    let columns = E::Column::iter().map(|column| column.as_str().to_owned());
    columns.chain(ENTRY.map(str::to_owned))
}

/// A row of a part under the names SeaORM reads it by; `raw` if its columns are as the table has them.
fn select_row<E: Audited>(part: &'static str, raw: bool) -> SelectStatement {
    let row = Row::of(part);
    let mut select = Query::select().from(part).to_owned();
    for column in E::Column::iter() {
        let value = row.column::<E>(column);
        let value = if raw { column.select_as(value) } else { value };
        select.expr_as(value, Alias::new(column.as_str()));
    }
    select
}

fn count(count: Expr) -> SelectStatement {
    Query::select().expr_as(count, COUNT).to_owned()
}

/// How many rows a part has.
fn how_many(part: &'static str, which: Condition) -> Expr {
    let count = Query::select()
        .expr(sql("count(*)", []))
        .from(part)
        .cond_where(which)
        .to_owned();
    SubQueryStatement::from(count).into()
}

/// The value, if there are as many rows as there should be.
fn unless_left_out([expected, found]: [Expr; 2], value: Expr, raised: Raised) -> Expr {
    sql(
        "CASE WHEN $1 = $2 THEN $3 ELSE $4::bigint END",
        [expected, found, value, raised.text()],
    )
}

//! The fused statements: the change, its entry, and the result for the caller.

mod delete;
mod insert;
mod update;

use sea_orm::{
    ColumnTrait, DbBackend, IdenStatic, Iterable, PrimaryKeyToColumn,
    sea_query::{
        Alias, CommonTableExpression, Condition, DynIden, Expr, ExprTrait, InsertStatement,
        IntoIden, Query, ReturningClause, SelectStatement, SubQueryStatement, TableRef, WithClause,
        WithQuery,
    },
};

pub(super) use self::update::Rows;
use crate::{
    Outcome, audit_log,
    audited::{Audited, ColumnOf, entity_type::entity_type},
    layout::{
        Layout,
        raised::Raised,
        row::{Part, RowAlias, place},
        template::{constant, sql},
    },
    write::entry::is_log,
};

/// The column with the number of entries in the result of a statement for many rows.
pub(super) const COUNT: &str = "count";

/// Columns that a part adds to those of a row.
const ID: &str = "id";
const LABEL: &str = "label";
const CHANGES: &str = "changes";
const ENTRY: [&str; 3] = [ID, LABEL, CHANGES];

/// The common parts of all statements.
pub(super) struct Parts<'a, E: Audited> {
    pub(super) layout: &'a Layout<E>,
    /// The schema of the log; `None` for the one that the connection finds.
    pub(super) schema: Option<&'a str>,
    /// The columns of the log that are equal for every row. Their values come first.
    pub(super) log: &'a [audit_log::Column],
    /// A value by its position: first those of the log, then the key, then the columns.
    pub(super) value: &'a dyn Fn(usize) -> Expr,
}

impl<E: Audited> Parts<'_, E> {
    /// The values of columns as they are sent.
    fn values(
        &self,
        columns: &[ColumnOf<E>],
        first: usize,
    ) -> impl Iterator<Item = (ColumnOf<E>, Expr)> {
        let values = columns.iter().enumerate();
        values.map(move |(at, column)| (*column, column.save_as((self.value)(first + at))))
    }

    fn of_key(&self) -> Condition {
        let row = RowAlias::Stored;
        let key: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column()).collect();
        let values = self.values(&key, self.log.len());
        values.fold(Condition::all(), |all, (column, value)| {
            all.add(row.column::<E>(column).eq(value))
        })
    }

    /// A row as SeaORM reads it, with the values of its entry.
    fn returning(&self, row: &RowAlias, before: &RowAlias, changes: Expr) -> ReturningClause {
        let columns = E::Column::iter().map(|column| column.select_as(row.column::<E>(column)));
        ReturningClause::Exprs(columns.chain(self.entry(before, changes)).collect())
    }

    fn entry(&self, before: &RowAlias, changes: Expr) -> [Expr; 3] {
        let (id, label) = (self.layout.entity_id(before), self.layout.label(before));
        [id, label, changes]
    }

    /// An entry for each row.
    fn logged(&self, action: &'static str, which: Condition) -> CommonTableExpression {
        use audit_log::Column;

        let own = |name| Part::Changed.own::<E>(name);
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
            .from(Part::Changed.name::<E>())
            .cond_where(which)
            .to_owned();
        let insert = InsertStatement::new()
            .into_table(self.table())
            .columns(columns)
            .select_from(entries)
            .expect("as many values as columns")
            // Returns no column of the log, because the account may not be allowed to read it.
            .returning(ReturningClause::Exprs(vec![Expr::Constant(1.into())]))
            .to_owned();
        part::<E>(Part::Logged, [Alias::new("one").into_iden()], insert)
    }

    fn table(&self) -> TableRef {
        audit_log::table(DbBackend::Postgres, self.schema)
    }

    /// The value, if this many entries are in the log. A trigger may have suppressed one, or a temporary table or a
    /// rule may have taken it.
    fn if_logged(&self, entries: Expr, value: Expr, template: &'static str) -> Expr {
        let written = how_many::<E>(Part::Logged, Condition::all());
        let (left_out, taken) = (Raised::NotLogged.text(), Raised::LogHidden.text());
        sql(
            template,
            [
                entries,
                written,
                left_out,
                is_log(self.schema),
                taken,
                value,
            ],
        )
    }
}

const IF_LOGGED: &str =
    "CASE WHEN $1 <> $2 THEN $3::boolean WHEN NOT $4 THEN $5::boolean ELSE $6 END";
const COUNT_IF_LOGGED: &str =
    "CASE WHEN $1 <> $2 THEN $3::bigint WHEN NOT $4 THEN $5::bigint ELSE $6 END";

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

fn part<E: Audited>(
    part: Part,
    columns: impl IntoIterator<Item = DynIden>,
    query: impl Into<SubQueryStatement>,
) -> CommonTableExpression {
    CommonTableExpression::new()
        .table_name(part.name::<E>())
        .columns(columns)
        .query(query)
        .to_owned()
}

fn places<E: Audited>() -> impl Iterator<Item = DynIden> {
    E::Column::iter().map(place::<E>)
}

fn entry() -> impl Iterator<Item = DynIden> {
    ENTRY.into_iter().map(|name| Alias::new(name).into_iden())
}

/// A row of a part with the column names that SeaORM reads; `raw` if its columns have no casts.
fn select_row<E: Audited>(part: Part, raw: bool) -> SelectStatement {
    let row = RowAlias::Of(part);
    let mut select = Query::select().from(part.name::<E>()).to_owned();
    for column in E::Column::iter() {
        let value = row.column::<E>(column);
        let value = if raw { column.select_as(value) } else { value };
        select.expr_as(value, Alias::new(column.as_str()));
    }
    select
}

/// The name of the column that says whether the row was written. It follows those of the row.
fn written<E: Audited>() -> Alias {
    let mut name = "written".to_owned();
    while E::Column::iter().any(|column| column.as_str() == name) {
        name.push('_');
    }
    Alias::new(name)
}

fn count(count: Expr) -> SelectStatement {
    Query::select().expr_as(count, COUNT).to_owned()
}

/// The number of rows of a part.
fn how_many<E: Audited>(part: Part, which: Condition) -> Expr {
    let count = Query::select()
        .expr(sql("count(*)", []))
        .from(part.name::<E>())
        .cond_where(which)
        .to_owned();
    SubQueryStatement::from(count).into()
}

/// The value, if the number of rows is right.
fn unless_left_out([expected, found]: [Expr; 2], value: Expr, raised: Raised) -> Expr {
    sql(
        "CASE WHEN $1 = $2 THEN $3 ELSE $4::bigint END",
        [expected, found, value, raised.text()],
    )
}

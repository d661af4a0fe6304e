//! The statements: change and entry in one, with what the caller gets of it.

use sea_orm::{
    ColumnTrait, IdenStatic, Iterable, PrimaryKeyToColumn,
    sea_query::{
        Alias, CommonTableExpression, Condition, DeleteStatement, Expr, ExprTrait, InsertStatement,
        IntoCondition, LockType, OnConflict, Order, Query, ReturningClause, SelectStatement,
        SubQueryStatement, UnionType, WithClause, WithQuery,
    },
};

use super::{
    encoder::{Side, constant, sql},
    layout::{Layout, Row},
    raised::Raised,
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
/// One row, from nowhere.
const ALWAYS: &str = "audit_always";
/// What a part knows of a row besides its columns.
const DIFFERS: &str = "audit differs";
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

/// Which rows a statement is about.
pub(super) enum Rows {
    /// The one with the key that is among the values.
    OfKey,
    Of(Condition),
}

impl<E: Audited> Parts<'_, E> {
    /// Inserts rows, and returns them as they are stored. `conflict` is what a row that is there already has in common.
    pub(super) fn insert(
        &self,
        columns: &[ColumnOf<E>],
        rows: usize,
        conflict: &[ColumnOf<E>],
    ) -> WithQuery {
        let mut insert = InsertStatement::new()
            .into_table(E::default().table_ref())
            .or_default_values()
            .columns(columns.iter().copied())
            .to_owned();
        for row in 0..rows {
            let first = self.log.len() + row * columns.len();
            insert.values_panic(self.values(columns, first).map(|(_, value)| value));
        }
        if !conflict.is_empty() {
            let conflict = OnConflict::columns(conflict.iter().copied());
            insert.on_conflict(conflict.to_owned().do_nothing().to_owned());
        }
        let stored = Row::stored::<E>();
        let changes = self.layout.whole_row(Side::After, &stored);
        insert.returning(self.returning(&stored, &stored, changes));

        let mut result = select_row::<E>(&Row::of(CHANGED), false);
        if conflict.is_empty() {
            let all = sql(
                "CASE WHEN $1 THEN true ELSE $2::boolean END",
                [self.all_inserted(rows), Raised::NotInserted.text()],
            );
            // A row that there always is, so that somebody asks where a trigger left out all of them.
            let always = Query::select()
                .expr_as(Expr::Constant(1.into()), ALWAYS)
                .to_owned();
            result
                .from_clear()
                .from_subquery(always, ALWAYS)
                .left_join(CHANGED, Condition::all())
                .expr_as(all, WRITTEN);
        }
        with(
            [
                part(CHANGED, names::<E>(), insert),
                self.logged("CREATE", Condition::all()),
            ],
            result,
        )
    }

    /// Whether a trigger left out none of so many.
    fn all_inserted(&self, rows: usize) -> Expr {
        match E::PrimaryKey::iter().next() {
            // Cheaper than to count it.
            Some(key) if rows == 1 => sql(
                "$1 IS NOT NULL",
                [Row::of(CHANGED).column::<E>(key.into_column())],
            ),
            _ => sql(
                "$1 = $2",
                [
                    how_many(CHANGED, Condition::all()),
                    Expr::Constant((rows as i64).into()),
                ],
            ),
        }
    }

    /// Updates rows, and returns the one as it is stored, or of many how many changed.
    pub(super) fn update(&self, rows: Rows, columns: &[ColumnOf<E>]) -> WithQuery {
        let (stored, before) = (Row::stored::<E>(), Row::of(BEFORE));
        let is_one = matches!(rows, Rows::OfKey);
        let first = self.log.len()
            + if is_one {
                E::PrimaryKey::iter().count()
            } else {
                0
            };
        let set: Vec<_> = self.values(columns, first).collect();

        let mut lock = Query::select().from(E::default().table_ref()).to_owned();
        for column in E::Column::iter() {
            lock.expr(stored.column::<E>(column));
        }
        let differs = self.layout.differs(&stored, set.iter().cloned());
        lock.expr_as(differs, DIFFERS)
            .cond_where(self.condition(rows))
            .lock(LockType::NoKeyUpdate);
        if !is_one {
            // In one order, or two of these statements would wait for each other.
            for key in E::PrimaryKey::iter() {
                lock.order_by(key.into_column(), Order::Asc);
            }
        }

        let changes = self.layout.difference(&before, &stored, columns);
        let changes = self.layout.unless_key_changed(&before, &stored, changes);
        let (names, returning) = if is_one {
            (
                names::<E>().collect(),
                self.returning(&stored, &before, changes),
            )
        } else {
            let entry = self.entry(&before, changes).into();
            (
                ENTRY.map(str::to_owned).to_vec(),
                ReturningClause::Exprs(entry),
            )
        };
        let mut update = Query::update()
            .table(E::default().table_ref())
            .values(set)
            .from(BEFORE)
            .and_where(Expr::col((BEFORE, DIFFERS)))
            .returning(returning)
            .to_owned();
        for key in E::PrimaryKey::iter() {
            let column = key.into_column();
            update.and_where(stored.column::<E>(column).eq(before.column::<E>(column)));
        }

        let result = if is_one {
            let unchanged = Query::select().expr(Expr::val(1)).from(CHANGED).to_owned();
            let mut result = select_row::<E>(&Row::of(CHANGED), false)
                .expr_as(Expr::Constant(true.into()), WRITTEN)
                .to_owned();
            let mut other = select_row::<E>(&before, true);
            let written = sql(
                "CASE WHEN $1 THEN $2::boolean ELSE false END",
                [Expr::col((BEFORE, DIFFERS)), Raised::NotUpdated.text()],
            );
            other
                .expr_as(written, WRITTEN)
                .and_where(Expr::exists(unchanged).not());
            result.union(UnionType::All, other).to_owned()
        } else {
            let differing = Expr::col((BEFORE, DIFFERS)).into_condition();
            let all = [
                how_many(BEFORE, differing),
                how_many(CHANGED, Condition::all()),
            ];
            count(unless_left_out(
                all,
                how_many(CHANGED, is_change()),
                Raised::NotUpdated,
            ))
        };
        with(
            [
                part(BEFORE, [], lock),
                part(CHANGED, names, update),
                self.logged("UPDATE", is_change()),
            ],
            result,
        )
    }

    /// Deletes the row with the key, and returns whether there was one.
    pub(super) fn delete(&self, is_alone: bool) -> WithQuery {
        let deleted = how_many(CHANGED, Condition::all());
        let count = if is_alone {
            // A row that is still to be seen was kept by a trigger, or somebody else deleted it first.
            let seen = Query::select()
                .expr(Expr::Constant(1.into()))
                .from(E::default().table_ref())
                .cond_where(self.condition(Rows::OfKey))
                .to_owned();
            sql(
                "CASE WHEN $1 = 0 AND $2 THEN $3::bigint ELSE $1 END",
                [deleted, Expr::exists(seen), Raised::NotDeleted.text()],
            )
        } else {
            deleted
        };
        with(
            [
                part(
                    CHANGED,
                    ENTRY.map(str::to_owned),
                    self.deleted(self.condition(Rows::OfKey)),
                ),
                self.logged("DELETE", Condition::all()),
            ],
            self::count(count),
        )
    }

    /// Deletes rows, and returns how many there were.
    pub(super) fn delete_many(&self, rows: Condition) -> WithQuery {
        let (stored, before) = (Row::stored::<E>(), Row::of(BEFORE));
        let mut lock = Query::select()
            .from(E::default().table_ref())
            .cond_where(rows)
            .lock(LockType::Update)
            .to_owned();
        // In one order, or two of these statements would wait for each other.
        let mut keys = Query::select().from(BEFORE).to_owned();
        for key in E::PrimaryKey::iter() {
            let column = key.into_column();
            lock.expr(stored.column::<E>(column))
                .order_by((stored.part(), column), Order::Asc);
            keys.expr(before.column::<E>(column));
        }
        let key = E::PrimaryKey::iter().map(|key| stored.column::<E>(key.into_column()));
        let locked = Expr::tuple(key).in_subquery(keys);

        let deleted = || how_many(CHANGED, Condition::all());
        let all = [how_many(BEFORE, Condition::all()), deleted()];
        with(
            [
                part(BEFORE, [], lock),
                part(
                    CHANGED,
                    ENTRY.map(str::to_owned),
                    self.deleted(locked.into_condition()),
                ),
                self.logged("DELETE", Condition::all()),
            ],
            count(unless_left_out(all, deleted(), Raised::NotDeleted)),
        )
    }

    fn deleted(&self, rows: Condition) -> DeleteStatement {
        let stored = Row::stored::<E>();
        let changes = self.layout.whole_row(Side::Before, &stored);
        Query::delete()
            .from_table(E::default().table_ref())
            .cond_where(rows)
            .returning(ReturningClause::Exprs(self.entry(&stored, changes).into()))
            .to_owned()
    }

    /// The values of columns as the database is given them.
    fn values(
        &self,
        columns: &[ColumnOf<E>],
        first: usize,
    ) -> impl Iterator<Item = (ColumnOf<E>, Expr)> {
        let values = columns.iter().enumerate();
        values.map(move |(at, column)| (*column, column.save_as((self.value)(first + at))))
    }

    fn condition(&self, rows: Rows) -> Condition {
        match rows {
            Rows::Of(condition) => condition,
            Rows::OfKey => {
                let row = Row::stored::<E>();
                let key: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column()).collect();
                let values = self.values(&key, self.log.len());
                values.fold(Condition::all(), |all, (column, value)| {
                    all.add(row.column::<E>(column).eq(value))
                })
            }
        }
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

/// A row under the names SeaORM reads it by; `raw` if its columns are as the table has them.
fn select_row<E: Audited>(row: &Row, raw: bool) -> SelectStatement {
    let mut select = Query::select().from(row.part()).to_owned();
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

/// No change, no entry.
fn is_change() -> Condition {
    sql("$1 <> '{}'", [Expr::col((CHANGED, CHANGES))]).into_condition()
}

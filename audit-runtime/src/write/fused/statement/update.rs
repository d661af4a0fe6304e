//! The fused update.

use sea_orm::{
    Iterable, PrimaryKeyToColumn,
    sea_query::{
        Alias, CommonTableExpression, Condition, Expr, ExprTrait, IntoCondition, IntoIden,
        LockType, Order, Query, ReturningClause, SelectStatement, UnionType, WithQuery,
    },
};

use super::{
    CHANGES, COUNT_IF_LOGGED, IF_LOGGED, Parts, count, entry, how_many, part, places, select_row,
    unless_left_out, with, written,
};
use crate::{
    audited::{Audited, ColumnOf},
    layout::{
        raised::Raised,
        row::{Part, RowAlias},
        template::sql,
    },
};

/// The rows of an update.
pub(in crate::write::fused) enum Rows<'a, E: Audited> {
    /// The row whose key is among the values, if these columns have the values that follow the key.
    OfKey(&'a [ColumnOf<E>]),
    Of(Condition),
}

impl<E: Audited> Parts<'_, E> {
    /// Updates rows. It returns a single row as stored, or the number of changed rows.
    pub(in crate::write::fused) fn update(
        &self,
        rows: Rows<'_, E>,
        columns: &[ColumnOf<E>],
    ) -> WithQuery {
        let (stored, before) = (RowAlias::Stored, RowAlias::Of(Part::Before));
        let first = self.log.len() + E::PrimaryKey::iter().count();
        let first = match &rows {
            Rows::OfKey(held) => first + held.len(),
            Rows::Of(_) => self.log.len(),
        };
        let set: Vec<_> = self.values(columns, first).collect();
        let changes = self.layout.difference(&before, &stored, columns);
        let mut update = Query::update()
            .table(E::default().table_ref())
            .values(set.iter().cloned())
            .and_where(Part::Before.own::<E>(DIFFERS))
            .to_owned();
        for key in E::PrimaryKey::iter() {
            let column = key.into_column();
            update.and_where(stored.column::<E>(column).eq(before.column::<E>(column)));
        }
        let logged = self.logged("UPDATE", is_change::<E>());
        let mut lock = self.lock(&set);
        match rows {
            Rows::OfKey(held) => {
                lock.cond_where(self.of_key());
                for (column, value) in self.values(held, first - held.len()) {
                    let column = stored.column::<E>(column);
                    lock.and_where(sql("$1 IS NOT DISTINCT FROM $2", [column, value]));
                }
                update
                    .from(Part::Before.name::<E>())
                    .returning(self.returning(&stored, &before, changes));
                let names = places::<E>().chain(entry());
                let changed = part::<E>(Part::Changed, names, update);
                with(
                    [locked::<E>(lock), changed, logged],
                    self.changed_or_unchanged_row(),
                )
            }
            Rows::Of(condition) => {
                lock.cond_where(condition);
                // Ordered, because two such statements could otherwise deadlock.
                for key in E::PrimaryKey::iter() {
                    lock.order_by(key.into_column(), Order::Asc);
                }
                let entries = self.entry(&before, changes).into();
                update
                    .from(Part::Before.name::<E>())
                    .returning(ReturningClause::Exprs(entries));
                let changed = part::<E>(Part::Changed, entry(), update);
                let differing = Part::Before.own::<E>(DIFFERS).into_condition();
                let all = [
                    how_many::<E>(Part::Before, differing),
                    how_many::<E>(Part::Changed, Condition::all()),
                ];
                let entries = || how_many::<E>(Part::Changed, is_change::<E>());
                let logged_all = self.if_logged(entries(), entries(), COUNT_IF_LOGGED);
                with(
                    [locked::<E>(lock), changed, logged],
                    count(unless_left_out(all, logged_all, Raised::NotUpdated)),
                )
            }
        }
    }

    /// The rows before the update, and whether it changes them.
    fn lock(&self, set: &[(ColumnOf<E>, Expr)]) -> SelectStatement {
        let stored = RowAlias::Stored;
        let others = set.iter().filter(|(column, _)| E::touch(*column).is_none());
        let differs = self.layout.differs(&stored, others.cloned());
        // By name, because an account that may not read all columns may still update the row.
        Query::select()
            .from(E::default().table_ref())
            .exprs(E::Column::iter().map(|column| stored.column::<E>(column)))
            .expr_as(differs, DIFFERS)
            .lock(LockType::NoKeyUpdate)
            .to_owned()
    }

    /// The changed row, or the locked one if nothing changes.
    fn changed_or_unchanged_row(&self) -> SelectStatement {
        let logged = self.if_logged(one(), Expr::Constant(true.into()), IF_LOGGED);
        let changes = Part::Changed.own::<E>(CHANGES);
        let logged = sql(
            "CASE WHEN $1 = '{}' THEN true ELSE $2 END",
            [changes, logged],
        );
        let changed = Query::select()
            .expr(one())
            .from(Part::Changed.name::<E>())
            .to_owned();
        let left_out = sql(
            "CASE WHEN $1 THEN $2::boolean ELSE false END",
            [Part::Before.own::<E>(DIFFERS), Raised::NotUpdated.text()],
        );
        let unchanged = select_row::<E>(Part::Before, true)
            .expr_as(left_out, written::<E>())
            .and_where(Expr::exists(changed).not())
            .to_owned();
        select_row::<E>(Part::Changed, false)
            .expr_as(logged, written::<E>())
            .union(UnionType::All, unchanged)
            .to_owned()
    }
}

/// The column of the part `before` that says whether the row changes.
const DIFFERS: &str = "differs";

fn one() -> Expr {
    Expr::Constant(1.into())
}

fn locked<E: Audited>(lock: SelectStatement) -> CommonTableExpression {
    let names = places::<E>().chain([Alias::new(DIFFERS).into_iden()]);
    part::<E>(Part::Before, names, lock)
}

/// Whether the row has changed. An unchanged row gets no entry.
fn is_change<E: Audited>() -> Condition {
    sql("$1 <> '{}'", [Part::Changed.own::<E>(CHANGES)]).into_condition()
}

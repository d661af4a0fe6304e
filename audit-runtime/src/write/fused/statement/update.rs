//! Rows changed.

use sea_orm::{
    Iterable, PrimaryKeyToColumn,
    sea_query::{
        Condition, Expr, ExprTrait, IntoCondition, LockType, Order, Query, ReturningClause,
        SelectStatement, UnionType, WithQuery,
    },
};

use super::{
    super::{encoder::sql, raised::Raised, row::Row},
    BEFORE, CHANGED, CHANGES, ENTRY, Parts, WRITTEN, count, how_many, names, part, select_row,
    unless_left_out, with,
};
use crate::audited::{Audited, ColumnOf};

/// Which rows an update is about.
pub(in crate::write::fused) enum Rows {
    /// The one with the key that is among the values.
    OfKey,
    Of(Condition),
}

impl<E: Audited> Parts<'_, E> {
    /// Updates rows, and returns the one as it is stored, or of many how many changed.
    pub(in crate::write::fused) fn update(&self, rows: Rows, columns: &[ColumnOf<E>]) -> WithQuery {
        let (stored, before) = (Row::stored::<E>(), Row::of(BEFORE));
        let keys = match rows {
            Rows::OfKey => E::PrimaryKey::iter().count(),
            Rows::Of(_) => 0,
        };
        let set: Vec<_> = self.values(columns, self.log.len() + keys).collect();
        let changes = self.layout.difference(&before, &stored, columns);
        let mut update = Query::update()
            .table(E::default().table_ref())
            .values(set.iter().cloned())
            .and_where(Expr::col((BEFORE, DIFFERS)))
            .to_owned();
        for key in E::PrimaryKey::iter() {
            let column = key.into_column();
            update.and_where(stored.column::<E>(column).eq(before.column::<E>(column)));
        }
        let logged = self.logged("UPDATE", is_change());
        let mut lock = self.lock(&set);
        match rows {
            Rows::OfKey => {
                lock.cond_where(self.of_key());
                update
                    .from(BEFORE)
                    .returning(self.returning(&stored, &before, changes));
                let changed = part(CHANGED, names::<E>(), update);
                let parts = [part(BEFORE, [], lock), changed, logged];
                with(parts, changed_or_unchanged_row::<E>())
            }
            Rows::Of(condition) => {
                lock.cond_where(condition);
                // In one order, or two of these statements would wait for each other.
                for key in E::PrimaryKey::iter() {
                    lock.order_by(key.into_column(), Order::Asc);
                }
                let entry = self.entry(&before, changes).into();
                update.from(BEFORE).returning(ReturningClause::Exprs(entry));
                let changed = part(CHANGED, ENTRY.map(str::to_owned), update);
                let parts = [part(BEFORE, [], lock), changed, logged];
                let differing = Expr::col((BEFORE, DIFFERS)).into_condition();
                let all = [
                    how_many(BEFORE, differing),
                    how_many(CHANGED, Condition::all()),
                ];
                let changed = how_many(CHANGED, is_change());
                with(
                    parts,
                    count(unless_left_out(all, changed, Raised::NotUpdated)),
                )
            }
        }
    }

    /// Rows as they are before they are set, and whether that changes them.
    fn lock(&self, set: &[(ColumnOf<E>, Expr)]) -> SelectStatement {
        let stored = Row::stored::<E>();
        let differs = self.layout.differs(&stored, set.iter().cloned());
        // By name: who may not read all of the table may still update it.
        Query::select()
            .from(E::default().table_ref())
            .exprs(E::Column::iter().map(|column| stored.column::<E>(column)))
            .expr_as(differs, DIFFERS)
            .lock(LockType::NoKeyUpdate)
            .to_owned()
    }
}

/// Whether a row changes, in the part that has it as it was.
const DIFFERS: &str = "audit differs";

/// The row that was changed, or else the one that was locked, if it was not to be changed.
fn changed_or_unchanged_row<E: Audited>() -> SelectStatement {
    let changed = Query::select()
        .expr(Expr::Constant(1.into()))
        .from(CHANGED)
        .to_owned();
    let written = sql(
        "CASE WHEN $1 THEN $2::boolean ELSE false END",
        [Expr::col((BEFORE, DIFFERS)), Raised::NotUpdated.text()],
    );
    let unchanged = select_row::<E>(BEFORE, true)
        .expr_as(written, WRITTEN)
        .and_where(Expr::exists(changed).not())
        .to_owned();
    select_row::<E>(CHANGED, false)
        .expr_as(Expr::Constant(true.into()), WRITTEN)
        .union(UnionType::All, unchanged)
        .to_owned()
}

/// No change, no entry.
fn is_change() -> Condition {
    sql("$1 <> '{}'", [Expr::col((CHANGED, CHANGES))]).into_condition()
}

//! The fused delete.

use sea_orm::{
    Iterable, PrimaryKeyToColumn,
    sea_query::{
        Condition, DeleteStatement, Expr, ExprTrait, IntoCondition, LockType, Order, Query,
        ReturningClause, WithQuery,
    },
};

use super::{COUNT_IF_LOGGED, Parts, count, entry, how_many, part, unless_left_out, with};
use crate::{
    audited::Audited,
    layout::{
        raised::Raised,
        row::{Part, RowAlias, place},
        side::Side,
        template::sql,
    },
};

impl<E: Audited> Parts<'_, E> {
    /// Deletes the row with the key, and returns whether there was one.
    pub(in crate::write::fused) fn delete(&self, is_alone: bool) -> WithQuery {
        if !is_alone {
            // The lock distinguishes a row that a trigger keeps from one that another transaction deletes first.
            return self.delete_many(self.of_key());
        }
        let deleted = how_many::<E>(Part::Changed, Condition::all());
        let logged = self.if_logged(deleted.clone(), deleted.clone(), COUNT_IF_LOGGED);
        // If the row still exists, a trigger suppressed the delete, or another transaction deleted the row first.
        let seen = Query::select()
            .expr(Expr::Constant(1.into()))
            .from(E::default().table_ref())
            .cond_where(self.of_key())
            .to_owned();
        let count = sql(
            "CASE WHEN $1 = 0 AND $2 THEN $3::bigint ELSE $4 END",
            [
                deleted,
                Expr::exists(seen),
                Raised::NotDeleted.text(),
                logged,
            ],
        );
        with(
            [
                part::<E>(Part::Changed, entry(), self.deleted(self.of_key())),
                self.logged("DELETE", Condition::all()),
            ],
            self::count(count),
        )
    }

    /// Deletes rows, and returns their number.
    pub(in crate::write::fused) fn delete_many(&self, rows: Condition) -> WithQuery {
        let (stored, before) = (RowAlias::Stored, RowAlias::Of(Part::Before));
        let mut lock = Query::select()
            .from(E::default().table_ref())
            .cond_where(rows)
            .lock(LockType::Update)
            .to_owned();
        // Ordered, because two such statements could otherwise deadlock.
        let mut keys = Query::select().from(Part::Before.name::<E>()).to_owned();
        for key in E::PrimaryKey::iter() {
            let column = key.into_column();
            lock.expr(stored.column::<E>(column))
                .order_by_expr(stored.column::<E>(column), Order::Asc);
            keys.expr(before.column::<E>(column));
        }
        let key = E::PrimaryKey::iter().map(|key| stored.column::<E>(key.into_column()));
        let locked = Expr::tuple(key).in_subquery(keys);

        let deleted = || how_many::<E>(Part::Changed, Condition::all());
        let all = [how_many::<E>(Part::Before, Condition::all()), deleted()];
        let logged = self.if_logged(deleted(), deleted(), COUNT_IF_LOGGED);
        let names = E::PrimaryKey::iter().map(|key| place::<E>(key.into_column()));
        with(
            [
                part::<E>(Part::Before, names, lock),
                part::<E>(
                    Part::Changed,
                    entry(),
                    self.deleted(locked.into_condition()),
                ),
                self.logged("DELETE", Condition::all()),
            ],
            count(unless_left_out(all, logged, Raised::NotDeleted)),
        )
    }

    fn deleted(&self, rows: Condition) -> DeleteStatement {
        let stored = RowAlias::Stored;
        let changes = self.layout.whole_row(Side::Before, &stored);
        Query::delete()
            .from_table(E::default().table_ref())
            .cond_where(rows)
            .returning(ReturningClause::Exprs(self.entry(&stored, changes).into()))
            .to_owned()
    }
}

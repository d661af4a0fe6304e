//! The fused insert.

use sea_orm::{
    Iterable, PrimaryKeyToColumn,
    sea_query::{Condition, Expr, InsertStatement, OnConflict, Query, WithQuery},
};

use super::{IF_LOGGED, Parts, entry, how_many, part, places, select_row, with, written};
use crate::{
    audited::{Audited, ColumnOf},
    layout::{
        raised::Raised,
        row::{Part, RowAlias},
        side::Side,
        template::sql,
    },
};

impl<E: Audited> Parts<'_, E> {
    /// Inserts rows, and returns them as stored. A row that conflicts in the columns `conflict` is not inserted.
    pub(in crate::write::fused) fn insert(
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
        let stored = RowAlias::Stored;
        let changes = self.layout.whole_row(Side::After, &stored);
        insert.returning(self.returning(&stored, &stored, changes));

        let mut result = select_row::<E>(Part::Changed, false);
        let yes = Expr::Constant(true.into());
        if conflict.is_empty() {
            let logged = self.if_logged(Expr::Constant((rows as i64).into()), yes, IF_LOGGED);
            let all = sql(
                "CASE WHEN $1 THEN $2 ELSE $3::boolean END",
                [self.all_inserted(rows), logged, Raised::NotInserted.text()],
            );
            // One constant row, so that the check is evaluated even if a trigger suppressed every row.
            let always = Query::select()
                .expr_as(Expr::Constant(1.into()), Part::Always.name::<E>())
                .to_owned();
            result
                .from_clear()
                .from_subquery(always, Part::Always.name::<E>())
                .left_join(Part::Changed.name::<E>(), Condition::all())
                .expr_as(all, written::<E>());
        } else {
            let inserted = how_many::<E>(Part::Changed, Condition::all());
            result.expr_as(self.if_logged(inserted, yes, IF_LOGGED), written::<E>());
        }
        let names = places::<E>().chain(entry());
        with(
            [
                part::<E>(Part::Changed, names, insert),
                self.logged("CREATE", Condition::all()),
            ],
            result,
        )
    }

    /// Whether a trigger suppressed none of the rows.
    fn all_inserted(&self, rows: usize) -> Expr {
        match E::PrimaryKey::iter().next() {
            // Cheaper than a count.
            Some(key) if rows == 1 => sql(
                "$1 IS NOT NULL",
                [RowAlias::Of(Part::Changed).column::<E>(key.into_column())],
            ),
            _ => sql(
                "$1 = $2",
                [
                    how_many::<E>(Part::Changed, Condition::all()),
                    Expr::Constant((rows as i64).into()),
                ],
            ),
        }
    }
}

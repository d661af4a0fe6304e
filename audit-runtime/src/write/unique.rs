//! Checks that columns have a unique constraint.

use sea_orm::{
    ColumnTrait, DbBackend, IdenStatic, Value,
    sea_query::{Alias, Expr},
};

use crate::{
    audited::{Audited, ColumnOf},
    dialect::Family,
};

/// The columns and values that an existing row shares with a new one.
pub(super) struct Alike<'a, E: Audited> {
    pub(super) columns: &'a [(ColumnOf<E>, Value)],
    /// Whether an insert has met a conflict already.
    pub(super) is_met: bool,
}

impl<E: Audited> Alike<'_, E> {
    /// A condition that is true if a unique index covers exactly these columns and all rows, and compares them as the
    /// columns do. It is part of the query for the row, so nothing can change in between.
    ///
    /// The constraints behind a view are unknown until an insert has met one.
    pub(super) fn are_unique(&self, backend: DbBackend) -> Expr {
        let entity = E::default();
        let (schema, table) = (entity.schema_name(), entity.table_name());
        let count = || Expr::val(self.columns.len() as i32);
        let names = || {
            let names = self.columns.iter();
            names.map(|(column, _)| Expr::val(column.as_str()))
        };
        match Family::from(backend) {
            Family::Postgres => {
                let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
                let path: Vec<_> = schema.into_iter().chain([table]).map(quoted).collect();
                let has_null = self.columns.iter().any(|(_, value)| !value.is_some());
                let own = [
                    Expr::val(path.join(".")),
                    count(),
                    Expr::val(has_null),
                    Expr::val(self.is_met),
                ];
                let places: Vec<_> = names()
                    .enumerate()
                    .map(|(at, _)| format!("${}", at + 5))
                    .collect();
                let sql = POSTGRES.replace("{names}", &places.join(", "));
                Expr::cust_with_exprs(sql, own.into_iter().chain(names()))
            }
            Family::MySql => {
                let sql = MYSQL.replace("{names}", &vec!["?"; self.columns.len()].join(", "));
                let table = || [Expr::val(schema), Expr::val(table)];
                let own = table().into_iter().chain([count()]).chain(names());
                let view = [Expr::val(self.is_met)].into_iter().chain(table());
                Expr::cust_with_exprs(sql, own.chain([count()]).chain(view))
            }
            Family::Sqlite => {
                let place = if schema.is_some() { "?, ?" } else { "?" };
                let sql = SQLITE
                    .replace("{table}", place)
                    .replace(
                        "{index}",
                        if schema.is_some() {
                            "i.name, ?"
                        } else {
                            "i.name"
                        },
                    )
                    .replace(
                        "{columns}",
                        &vec![SQLITE_COLUMN; self.columns.len()].join(" OR "),
                    );
                let of_schema = || schema.map(Expr::val);
                let of_table = || [Expr::val(table)].into_iter().chain(of_schema());
                let columns = self.columns.iter().flat_map(|(column, value)| {
                    let stored = Expr::col((Alias::new(table), *column));
                    [
                        Expr::val(column.as_str()),
                        stored,
                        column.save_as(Expr::val(value.clone())),
                    ]
                });
                let values = of_table()
                    .chain([count()])
                    .chain(of_schema())
                    .chain([count()])
                    .chain(of_schema())
                    .chain(columns)
                    .chain([count()])
                    .chain(of_table())
                    .chain(of_table())
                    .chain(names().take(1));
                Expr::cust_with_exprs(sql, values)
            }
        }
    }
}

/// A condition on MySQL that is false if a read may see uncommitted rows.
pub(super) fn reads_committed() -> Expr {
    Expr::cust(MYSQL_COMMITTED)
}

const MYSQL_COMMITTED: &str =
    "/*!80000 @@transaction_isolation */ /*M!100500 @@tx_isolation */ <> 'READ-UNCOMMITTED'";

const POSTGRES: &str = "(EXISTS (SELECT 1 FROM pg_catalog.pg_index AS i WHERE i.indrelid = to_regclass($1)
AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = $2
AND (NOT $3 OR (to_jsonb(i) ->> 'indnullsnotdistinct')::boolean)
AND $2 = (SELECT count(*) FROM generate_series(0, i.indnkeyatts - 1) AS at JOIN pg_catalog.pg_attribute AS a
ON a.attrelid = i.indrelid AND a.attnum = i.indkey[at] AND a.attcollation = i.indcollation[at]
WHERE a.attname IN ({names})))
OR $4 AND NOT $3 AND (SELECT relkind FROM pg_catalog.pg_class WHERE oid = to_regclass($1)) = 'v')";

const MYSQL: &str = "(EXISTS (SELECT 1 FROM information_schema.statistics AS s
WHERE s.table_schema = coalesce(?, DATABASE()) AND s.table_name = ? AND s.non_unique = 0 GROUP BY s.index_name
HAVING count(*) = ? AND sum(s.column_name IN ({names}) AND s.sub_part IS NULL) = ?)
OR ? AND EXISTS (SELECT 1 FROM information_schema.views AS v
WHERE v.table_schema = coalesce(?, DATABASE()) AND v.table_name = ?))";

// An integer primary key may have no index of its own.
const SQLITE: &str = r#"(EXISTS (SELECT 1 FROM pragma_index_list({table}) AS i WHERE i."unique" = 1 AND i.partial = 0
AND ? = (SELECT count(*) FROM pragma_index_xinfo({index}) AS k WHERE k."key" = 1)
AND ? = (SELECT count(*) FROM pragma_index_xinfo({index}) AS k WHERE k."key" = 1 AND ({columns})))
OR ? = 1 AND 1 = (SELECT count(*) FROM pragma_table_info({table}) AS c WHERE c.pk > 0)
AND EXISTS (SELECT 1 FROM pragma_table_info({table}) AS c
WHERE c.pk = 1 AND upper(c.type) = 'INTEGER' AND lower(c.name) = lower(?)))"#;

// An index may have another collation than its column.
const SQLITE_COLUMN: &str =
    "lower(k.name) = lower(?) AND (k.coll <> 'BINARY' OR ? COLLATE BINARY = ?)";

//! The collation of a column: which texts it compares as equal.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, sea_query::Expr};

use crate::dialect::Family;

/// The way in which a column compares texts.
#[derive(Debug)]
pub(crate) enum Equality {
    /// By bytes.
    OfBytes,
    Of(Comparison),
    /// Not in the catalog.
    Unknown,
}

/// The SQL by which a column compares two texts.
#[derive(Debug)]
pub(crate) struct Comparison(String);

impl Comparison {
    /// The condition that two texts are equal as the column compares them.
    pub(crate) fn of(&self, a: Expr, b: Expr) -> Expr {
        Expr::cust_with_exprs(self.0.clone(), [a, b])
    }
}

/// A column, by its names in the database.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    pub(crate) column: String,
}

/// Returns how this column compares its texts.
pub(crate) async fn equality<C: ConnectionTrait>(of: &Named, db: &C) -> Result<Equality, DbErr> {
    let equality = match Family::of(db) {
        Family::Postgres => on_postgres(of, db).await,
        Family::MySql => on_mysql(of, db).await,
        Family::Sqlite => on_sqlite(of, db).await,
    };
    match equality {
        // A restricted connection refuses statements given as text.
        Err(DbErr::RbacError(_) | DbErr::AccessDenied { .. }) => Ok(Equality::Unknown),
        equality => equality,
    }
}

/// The name of a table for `to_regclass`.
pub(crate) fn on_postgres_named(schema: Option<&str>, table: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table)),
        None => quoted(table),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

async fn on_postgres<C: ConnectionTrait>(of: &Named, db: &C) -> Result<Equality, DbErr> {
    let table = on_postgres_named(of.schema.as_deref(), &of.table);
    let question = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT t.typname::text AS type, t.typtype::text AS class, tn.nspname::text AS type_schema, \
         c.collname::text AS name, cn.nspname::text AS schema, c.collisdeterministic AS deterministic \
         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace tn ON tn.oid = t.typnamespace \
         LEFT JOIN pg_collation c ON c.oid = a.attcollation LEFT JOIN pg_namespace cn ON cn.oid = c.collnamespace \
         WHERE a.attrelid = to_regclass($1) AND a.attname = $2",
        [table.into(), of.column.clone().into()],
    );
    let Some(row) = db.query_one_raw(question).await? else {
        return Ok(Equality::Unknown);
    };
    let (kind, class): (String, String) = (row.try_get("", "type")?, row.try_get("", "class")?);
    let equal = |template: String| Equality::Of(Comparison(template));
    Ok(match &*kind {
        "citext" => {
            let schema = quoted(&row.try_get::<String>("", "type_schema")?);
            equal(format!("$1::{schema}.citext = $2::{schema}.citext"))
        }
        // Trailing blanks are not part of its value.
        "bpchar" => equal("$1::bpchar = $2::bpchar".to_owned()),
        "text" | "varchar" => match row.try_get::<Option<bool>>("", "deterministic")? {
            Some(false) => {
                let name = quoted(&row.try_get::<String>("", "name")?);
                let schema = quoted(&row.try_get::<String>("", "schema")?);
                equal(format!(
                    "$1 COLLATE {schema}.{name} = $2 COLLATE {schema}.{name}"
                ))
            }
            _ => Equality::OfBytes,
        },
        _ if class == "e" => Equality::OfBytes,
        _ => Equality::Unknown,
    })
}

async fn on_mysql<C: ConnectionTrait>(of: &Named, db: &C) -> Result<Equality, DbErr> {
    let question = Statement::from_sql_and_values(
        DbBackend::MySql,
        "SELECT CAST(DATA_TYPE AS CHAR) AS `type`, CAST(COLLATION_NAME AS CHAR) AS `name`, \
         CAST(CHARACTER_SET_NAME AS CHAR) AS `charset` FROM information_schema.COLUMNS \
         WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? AND COLUMN_NAME = ?",
        [
            of.schema.clone().into(),
            of.table.clone().into(),
            of.column.clone().into(),
        ],
    );
    let Some(row) = db.query_one_raw(question).await? else {
        return Ok(Equality::Unknown);
    };
    let name: Option<String> = row.try_get("", "name")?;
    let charset: Option<String> = row.try_get("", "charset")?;
    let (Some(name), Some(charset)) = (name, charset) else {
        let kind: String = row.try_get("", "type")?;
        return Ok(if kind.ends_with("binary") || kind.ends_with("blob") {
            Equality::OfBytes
        } else {
            Equality::Unknown
        });
    };
    // Other binary collations ignore trailing blanks.
    if name.ends_with("_nopad_bin") || name == "utf8mb4_0900_bin" {
        return Ok(Equality::OfBytes);
    }
    if !is_plain(&name) || !is_plain(&charset) {
        return Ok(Equality::Unknown);
    }
    Ok(Equality::Of(Comparison(format!(
        "CONVERT(? USING {charset}) COLLATE {name} = CONVERT(? USING {charset})"
    ))))
}

async fn on_sqlite<C: ConnectionTrait>(of: &Named, db: &C) -> Result<Equality, DbErr> {
    let question = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "SELECT columns.coll AS name FROM pragma_index_list(?, ?) AS indexes \
         JOIN pragma_index_xinfo(indexes.name, ?) AS columns WHERE indexes.origin = 'pk' AND columns.name = ?",
        [
            of.table.clone().into(),
            of.schema.clone().into(),
            of.schema.clone().into(),
            of.column.clone().into(),
        ],
    );
    let Some(row) = db.query_one_raw(question).await? else {
        return Ok(Equality::Unknown);
    };
    let name: String = row.try_get("", "name")?;
    Ok(if name == "BINARY" {
        Equality::OfBytes
    } else if is_plain(&name) {
        Equality::Of(Comparison(format!("? = ? COLLATE {name}")))
    } else {
        Equality::Unknown
    })
}

/// Whether a name needs no quotes.
fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|char| char.is_ascii_alphanumeric() || char == '_')
}

//! Compares the columns of `audit_log` with those that [`tables`](super::tables) creates.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::tables;
use crate::{Error, dialect::Dialect};

/// Returns the differences, column by column: type, collation, a missing default, or a required value.
///
/// It ignores columns that are missing or additional.
pub(super) async fn differences<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Vec<String>, Error> {
    let catalog = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::MySql | Dialect::MariaDb => MYSQL,
        Dialect::Sqlite => SQLITE,
    };
    let catalog = Statement::from_string(db.get_database_backend(), catalog);
    let found = Column::find_by_statement(catalog).all(db).await?;
    let pairs = expected(dialect).into_iter().filter_map(|expected| {
        let found = found.iter().find(|found| found.name == expected.name)?;
        difference(&expected, found)
    });
    Ok(pairs.collect())
}

#[derive(Debug, FromQueryResult)]
struct Column {
    name: String,
    kind: String,
    is_required: i64,
    has_default: i64,
    /// `None` if any value is accepted.
    collation: Option<String>,
}

impl Column {
    /// Whether every insert must give it a value.
    fn needs_value(&self) -> bool {
        self.is_required != 0 && self.has_default == 0
    }
}

fn difference(expected: &Column, found: &Column) -> Option<String> {
    let name = &expected.name;
    let kind = canonical(&found.kind);
    if kind != expected.kind {
        return Some(format!("`{name}` is {kind}, not {}", expected.kind));
    }
    if let Some(collation) = &expected.collation
        && found.collation.as_ref() != Some(collation)
    {
        return Some(format!("`{name}` has not the collation {collation}"));
    }
    if expected.has_default != 0 && found.has_default == 0 {
        return Some(format!("`{name}` has no default"));
    }
    (found.needs_value() && !expected.needs_value()).then(|| format!("`{name}` is NOT NULL"))
}

/// Parsed from the statement that creates the table, so that there is no second list of columns.
fn expected(dialect: Dialect) -> Vec<Column> {
    let [create, ..] = &*tables::statements(dialect) else {
        return Vec::new();
    };
    // MySQL and MariaDB: one for the whole table.
    let of_table = create.rsplit_once(" COLLATE=").map(|(_, name)| name);
    let columns = create.lines().filter_map(|line| {
        let line = line.trim().strip_prefix(['"', '`'])?;
        let (name, definition) = line.split_once(['"', '`'])?;
        let kind = definition.trim_start().split([' ', ',']).next()?;
        let has_default = ["DEFAULT", "GENERATED", "AUTO_INCREMENT", "AUTOINCREMENT"]
            .iter()
            .any(|word| definition.contains(word));
        let collation = match definition.split_once(r#"COLLATE ""#) {
            Some((_, rest)) => rest.split('"').next(),
            None => of_table.filter(|_| kind.starts_with("varchar")),
        };
        Some(Column {
            name: name.to_owned(),
            kind: canonical(kind),
            collation: collation.map(str::to_owned),
            is_required: definition.contains("NOT NULL").into(),
            has_default: has_default.into(),
        })
    });
    columns.collect()
}

/// Normalizes a type. Catalogs use another name, or add a display width.
fn canonical(kind: &str) -> String {
    let kind = kind
        .to_ascii_lowercase()
        .replace("character varying", "varchar")
        .replace("timestamp with time zone", "timestamptz");
    match kind.split_once('(') {
        Some((integer @ ("bigint" | "smallint"), _)) => integer.to_owned(),
        _ => kind,
    }
}

const POSTGRES: &str = "SELECT attname::text AS name, format_type(atttypid, atttypmod) AS kind,
    attnotnull::int::bigint AS is_required, (atthasdef OR attidentity <> '')::int::bigint AS has_default,
    collname::text AS collation
FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation
WHERE attrelid = to_regclass('audit_log') AND attnum > 0 AND NOT attisdropped";

// MariaDB returns the default NULL as text.
const MYSQL: &str = "SELECT column_name AS `name`, CAST(column_type AS char) AS `kind`,
    CAST(is_nullable = 'NO' AS signed) AS `is_required`,
    CAST(COALESCE(column_default, 'NULL') <> 'NULL' OR extra LIKE '%auto_increment%' AS signed) AS `has_default`,
    CAST(collation_name AS char) AS `collation`
FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'audit_log'";

const SQLITE: &str = r#"SELECT name, type AS kind, "notnull" AS is_required,
    dflt_value IS NOT NULL OR pk > 0 AS has_default,
    NULL AS collation
FROM pragma_table_info('audit_log')"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_read_whole() {
        for dialect in [
            Dialect::Postgres,
            Dialect::MySql,
            Dialect::MariaDb,
            Dialect::Sqlite,
        ] {
            let columns = expected(dialect);
            assert_eq!(columns.len(), 26, "{dialect:?}");
            let with_default = columns.iter().filter(|column| column.has_default != 0);
            let with_default: Vec<_> = with_default.map(|column| &*column.name).collect();
            assert_eq!(with_default, ["id", "recorded_at"], "{dialect:?}");
        }
    }
}

//! The tables of audited entities.

use sea_orm::{ConnectionTrait, sea_query::ColumnType};

use super::{
    super::{collation::on_postgres_named, entities::AuditedTable},
    ask::ask,
    report::{Code, Finding, Severity},
};
use crate::{Error, dialect::Dialect};

/// Examines a table and its columns, and returns whether all exist.
pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    table: &AuditedTable,
    findings: &mut Vec<Finding>,
) -> Result<bool, Error> {
    let catalog = match dialect {
        Dialect::Postgres => COLUMNS_POSTGRES,
        Dialect::MySql | Dialect::MariaDb => COLUMNS_MYSQL,
        Dialect::Sqlite => COLUMNS_SQLITE,
    };
    let found: Vec<[String; 4]> = ask(db, catalog, place(dialect, table)).await?;
    let name = name(dialect, table);
    if found.is_empty() {
        let what = format!(
            "does not exist, or this account does not see it: it is the table of the entity {}",
            table.entity_type()
        );
        let why = "Run the migration that creates it";
        findings.push(Finding::new(
            Code::TableMissing,
            Severity::Error,
            name,
            what,
            why,
        ));
        return Ok(false);
    }
    let engine = &found[0][3];
    if !engine.is_empty() && engine != "InnoDB" {
        let stored = Finding::new(
            Code::TableStorage,
            Severity::Error,
            &*name,
            format!("is stored by {engine}"),
            "Only InnoDB rolls a change back with its entry",
        );
        findings.push(stored.mended_by([format!("ALTER TABLE {name} ENGINE = InnoDB")]));
    }
    let mut is_whole = true;
    for column in table.columns() {
        let object = format!("{name}.{}", column.name);
        let is_it = |found: &&[String; 4]| match dialect {
            Dialect::Postgres => found[0] == column.name,
            // These ignore the case of column names.
            Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => {
                found[0].eq_ignore_ascii_case(column.name)
            }
        };
        let Some([_, kind, required, _]) = found.iter().find(is_it) else {
            findings.push(Finding::new(
                Code::ColumnMissing,
                Severity::Error,
                object,
                "is not there",
                "Run the migration that adds it",
            ));
            is_whole = false;
            continue;
        };
        let expected = match column.is_cast {
            true => &[][..],
            false => kinds(dialect, &column.column_type),
        };
        if let Some(first) = expected.first()
            && !expected.contains(&&**kind)
        {
            let drift = Finding::new(
                Code::ColumnType,
                Severity::Warning,
                object,
                format!("is {kind}, and in the entity {first}"),
                "Its values may be read, logged and taken back otherwise than they are",
            );
            findings.push(drift.mended_by([retyped(
                dialect,
                &name,
                column.name,
                first,
                required == "NO",
            )]));
        }
    }
    Ok(is_whole)
}

fn retyped(dialect: Dialect, table: &str, column: &str, kind: &str, is_required: bool) -> String {
    match dialect {
        Dialect::Postgres => {
            let column = format!("\"{}\"", column.replace('"', "\"\""));
            format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}")
        }
        Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => {
            let required = if is_required { " NOT NULL" } else { "" };
            format!("ALTER TABLE {table} MODIFY `{column}` {kind}{required}")
        }
    }
}

/// The types that a column may have, that of the entity first; none if any type is accepted.
fn kinds(dialect: Dialect, of: &ColumnType) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres => match of {
            ColumnType::TinyInteger | ColumnType::SmallInteger | ColumnType::TinyUnsigned => {
                &["smallint"]
            }
            ColumnType::Integer => &["integer"],
            ColumnType::BigInteger => &["bigint"],
            ColumnType::Float => &["real"],
            ColumnType::Double => &["double precision"],
            ColumnType::Decimal(_) => &["numeric"],
            ColumnType::Boolean => &["boolean"],
            ColumnType::Uuid => &["uuid"],
            ColumnType::Json | ColumnType::JsonBinary => &["jsonb", "json"],
            ColumnType::Timestamp | ColumnType::DateTime => &["timestamp without time zone"],
            ColumnType::TimestampWithTimeZone => &["timestamp with time zone"],
            ColumnType::Date => &["date"],
            ColumnType::Time => &["time without time zone"],
            ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => &["bytea"],
            ColumnType::String(_) | ColumnType::Text => {
                &["text", "character varying", "character", "citext", "name"]
            }
            _ => &[],
        },
        Dialect::MySql | Dialect::MariaDb => match of {
            ColumnType::SmallInteger => &["smallint"],
            ColumnType::Integer => &["int"],
            ColumnType::BigInteger => &["bigint"],
            ColumnType::Float => &["float"],
            ColumnType::Double => &["double"],
            ColumnType::Boolean => &["tinyint"],
            ColumnType::Date => &["date"],
            ColumnType::Time => &["time"],
            _ => &[],
        },
        // Its columns take values of any type.
        Dialect::Sqlite => &[],
    }
}

/// The name of the table in statements.
pub(super) fn name(dialect: Dialect, table: &AuditedTable) -> String {
    match dialect {
        Dialect::MySql | Dialect::MariaDb => {
            let quoted = |name: &str| format!("`{}`", name.replace('`', "``"));
            match table.schema() {
                Some(schema) => format!("{}.{}", quoted(schema), quoted(table.table())),
                None => quoted(table.table()),
            }
        }
        Dialect::Postgres | Dialect::Sqlite => on_postgres_named(table.schema(), table.table()),
    }
}

/// The values of a catalog query about a table.
pub(super) fn place(dialect: Dialect, table: &AuditedTable) -> Vec<sea_orm::Value> {
    match dialect {
        Dialect::Postgres => vec![name(dialect, table).into()],
        Dialect::MySql | Dialect::MariaDb => {
            vec![
                table.schema().map(str::to_owned).into(),
                table.table().into(),
            ]
        }
        Dialect::Sqlite => vec![table.table().into()],
    }
}

const COLUMNS_POSTGRES: &str = "SELECT attname::text, format_type(atttypid, NULL), CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END, ''
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attrelid = to_regclass($1) AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped";

const COLUMNS_MYSQL: &str = "SELECT CAST(column_name AS char), CAST(data_type AS char), CAST(is_nullable AS char), CAST(engine AS char)
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?";

const COLUMNS_SQLITE: &str = "SELECT name, type, '', '' FROM pragma_table_xinfo(?)";

/// Finds foreign keys that change rows of the table without an entry.
pub(super) async fn cascades<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    table: &AuditedTable,
    is_guarded: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let (catalog, severity) = match dialect {
        // A guard sees cascades.
        Dialect::Postgres | Dialect::Sqlite if is_guarded => return Ok(()),
        Dialect::Postgres => (CASCADES_POSTGRES, Severity::Warning),
        Dialect::Sqlite => (CASCADES_SQLITE, Severity::Warning),
        // Their triggers do not see cascades.
        Dialect::MySql | Dialect::MariaDb => (CASCADES_MYSQL, Severity::Error),
    };
    let found: Vec<[String; 3]> = ask(db, catalog, place(dialect, table)).await?;
    let name = name(dialect, table);
    for [constraint, drop, add] in found {
        let cascade = Finding::new(
            Code::Cascade,
            severity,
            format!("{name}.{constraint}"),
            "is a foreign key that changes or deletes rows by itself",
            "These changes leave no entry: let the application delete children by audited writes",
        );
        let statement = |text: &String| !text.is_empty();
        let mend = [drop, add].into_iter().filter(statement);
        findings.push(cascade.mended_by(mend.map(|rest| format!("ALTER TABLE {name} {rest}"))));
    }
    Ok(())
}

const CASCADES_POSTGRES: &str = "SELECT conname::text, '', format('DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', conname, conname,
    regexp_replace(pg_get_constraintdef(oid), ' ON (UPDATE|DELETE) (CASCADE|SET NULL|SET DEFAULT)( \\([^)]*\\))?', '', 'g'))
FROM pg_constraint WHERE conrelid = to_regclass($1) AND contype = 'f' AND conparentid = 0
AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))";

const CASCADES_MYSQL: &str = "SELECT CAST(constraint_name AS char), CAST(CONCAT('DROP FOREIGN KEY `', constraint_name, '`') AS char),
    CAST(CONCAT('ADD CONSTRAINT `', constraint_name, '` FOREIGN KEY (', (
        SELECT GROUP_CONCAT('`', k.column_name, '`' ORDER BY k.ordinal_position) FROM information_schema.key_column_usage AS k
        WHERE k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name AND k.table_name = r.table_name
    ), ') REFERENCES `', r.unique_constraint_schema, '`.`', r.referenced_table_name, '` (', (
        SELECT GROUP_CONCAT('`', k.referenced_column_name, '`' ORDER BY k.ordinal_position) FROM information_schema.key_column_usage AS k
        WHERE k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name AND k.table_name = r.table_name
    ), ')') AS char)
FROM information_schema.referential_constraints AS r
WHERE r.constraint_schema = COALESCE(?, DATABASE()) AND r.table_name = ?
AND (delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT'))";

// SQLite cannot drop a constraint.
const CASCADES_SQLITE: &str = "SELECT group_concat(\"from\"), '', '' FROM pragma_foreign_key_list(?)
WHERE on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR on_update IN ('CASCADE', 'SET NULL', 'SET DEFAULT') GROUP BY id";

//! Reads a guard on SQLite, MySQL and MariaDB: triggers, with their texts from the catalog.

use sea_orm::DatabaseConnection;

use super::{
    super::{
        ask::{NONE, ask},
        tables::{name, place},
    },
    Found, Object, Part,
    expected::{Created, created},
};
use crate::{Error, dialect::Dialect, schema::entities::AuditedTable};

pub(super) async fn found(
    db: &DatabaseConnection,
    dialect: Dialect,
    table: &AuditedTable,
) -> Result<Found, Error> {
    let catalog = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::MySql | Dialect::MariaDb | Dialect::Postgres => MYSQL,
    };
    let mut texts: Vec<[String; 1]> = ask(db, catalog, place(dialect, table)).await?;
    let mut unseen = Vec::new();
    if dialect.hides_triggers() {
        texts.extend(procedures(db, &mut unseen).await?);
    }
    let triggers = texts.iter().filter_map(|[text]| created(text));
    let (beside, triggers): (Vec<Created>, Vec<_>) = triggers.partition(Created::is_shared);
    Ok(Found {
        parts: vec![Part {
            name: name(dialect, table),
            triggers: triggers.into_iter().map(Object::from).collect(),
        }],
        beside: beside.into_iter().map(Object::from).collect(),
        unseen,
        places: Vec::new(),
    })
}

// SQLite ignores the case of names.
const SQLITE: &str = r"SELECT sql FROM main.sqlite_master WHERE type = 'trigger' AND name LIKE 'audit\_guard\_%' ESCAPE '\'
AND (lower(tbl_name) IN ('audit_log', 'audit_guard_never', 'audit_guard_pending', 'audit_guard_mark') OR lower(tbl_name) = lower(?))";

const MYSQL: &str = r"SELECT CAST(CONCAT('CREATE TRIGGER `', trigger_name, '` ', action_timing, ' ', event_manipulation,
    ' ON `', event_object_table, '` FOR EACH ROW ', COALESCE(action_statement, '')) AS char)
FROM information_schema.triggers WHERE trigger_name LIKE 'audit\_guard\_%' AND (
    event_object_schema = COALESCE(?, DATABASE()) AND event_object_table = ?
    OR event_object_schema = DATABASE() AND event_object_table IN ('audit_log', 'audit_guard_pending', 'audit_guard_mark'))";

/// The texts of procedures that this account can see.
async fn procedures(
    db: &DatabaseConnection,
    unseen: &mut Vec<String>,
) -> Result<Vec<[String; 1]>, Error> {
    let names: Vec<[String; 1]> = ask(db, PROCEDURES, NONE).await?;
    let mut texts = Vec::new();
    for [name] in names {
        // The catalog has constants in another form.
        let question = format!("SHOW CREATE PROCEDURE `{}`", name.replace('`', "``"));
        let shown: Vec<[String; 3]> = ask(db, &question, NONE).await?;
        let mut shown = shown.iter().filter_map(|[_, _, text]| {
            let (_, text) = text.split_once(" PROCEDURE ")?;
            Some([format!("CREATE PROCEDURE {text}")])
        });
        match shown.next() {
            Some(text) => texts.push(text),
            None => unseen.push(name),
        }
    }
    Ok(texts)
}

const PROCEDURES: &str = r"SELECT CAST(routine_name AS char) FROM information_schema.routines
WHERE routine_schema = DATABASE() AND routine_type = 'PROCEDURE' AND routine_name LIKE 'audit\_guard\_%'";

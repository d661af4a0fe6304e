//! The triggers that make the log append-only, and the one that sets `recorded_at` on MySQL and MariaDB.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::{privilege::may, purge_only};
use crate::{Error, dialect::Dialect};

macro_rules! refusal {
    () => {
        "
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END "
    };
}

pub(super) fn statements(dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Postgres => POSTGRES.map(String::from).to_vec(),
        Dialect::MySql | Dialect::MariaDb => MYSQL.map(String::from).to_vec(),
        Dialect::Sqlite => SQLITE.map(String::from).to_vec(),
    }
}

/// Returns the triggers that are missing, disabled or changed, as far as this account can see them.
pub(super) async fn defects<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Vec<String>, Error> {
    let catalog = match dialect {
        Dialect::Postgres => return names(db, &postgres_defects()).await,
        Dialect::MySql | Dialect::MariaDb => MYSQL_CATALOG,
        Dialect::Sqlite => SQLITE_CATALOG,
    };
    let catalog = Statement::from_string(db.get_database_backend(), catalog);
    let found = Trigger::find_by_statement(catalog).all(db).await?;
    let hides_triggers = dialect.hides_triggers();
    if hides_triggers && found.is_empty() && !may(db, "TRIGGER").await? {
        return Ok(Vec::new());
    }
    let is_there = |statement: &str| {
        let is_it = |found: &Trigger| {
            found.name == name(statement) && is_same(&found.definition, statement)
        };
        found.iter().any(is_it)
    };
    let others = purge_only::triggers(dialect);
    let statements = statements(dialect);
    let defects = statements.iter().filter(|statement| {
        let other = others.iter().find(|(of, _)| *of == name(statement));
        !is_there(statement) && !other.is_some_and(|(_, other)| is_there(other))
    });
    Ok(defects
        .map(|statement| name(statement).to_owned())
        .collect())
}

/// Creates these triggers again.
pub(super) async fn repair<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    triggers: Vec<String>,
) -> Result<(), Error> {
    tracing::warn!(
        ?triggers,
        "creating triggers of audit_log that were missing, disabled or changed"
    );
    for statement in creation(dialect, &triggers) {
        if let Err(error) = db.execute_unprepared(&statement).await {
            let source = error.into();
            return Err(Error::NotAppendOnly { triggers, source });
        }
    }
    Ok(())
}

/// The statements that create these triggers again.
pub(super) fn creation(dialect: Dialect, triggers: &[String]) -> Vec<String> {
    let drop = triggers.iter().filter_map(|name| match dialect {
        // The statements that create them also replace them.
        Dialect::Postgres => None,
        Dialect::MySql | Dialect::MariaDb => Some(format!("DROP TRIGGER IF EXISTS `{name}`")),
        Dialect::Sqlite => Some(format!(r#"DROP TRIGGER IF EXISTS "{name}""#)),
    });
    drop.chain(statements(dialect)).collect()
}

#[derive(Debug, FromQueryResult)]
struct Trigger {
    name: String,
    definition: String,
}

/// The name in a statement that creates a trigger.
fn name(statement: &str) -> &str {
    statement.split(['"', '`']).nth(1).unwrap_or_default()
}

/// Whether a text in the catalog, which may omit the beginning, equals the statement.
fn is_same(found: &str, statement: &str) -> bool {
    let [found, statement] =
        [found, statement].map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    !found.is_empty() && statement.ends_with(&found)
}

async fn names<C: ConnectionTrait>(db: &C, question: &str) -> Result<Vec<String>, Error> {
    let question = Statement::from_string(db.get_database_backend(), question);
    let rows = db.query_all_raw(question).await?;
    let names = rows.iter().map(|row| row.try_get("", "name"));
    Ok(names.collect::<Result<_, _>>()?)
}

/// Compares timing and event (`tgtype`): BEFORE UPDATE OR DELETE of each row, BEFORE TRUNCATE of each statement. With
/// retention: BEFORE UPDATE of each row, refusing all or all but erasures, and AFTER DELETE of each statement, allowing
/// only purges.
fn postgres_defects() -> String {
    let bodies = purge_only::bodies()
        .map(|(name, body)| format!("('{name}', $audit_body${body}$audit_body$)"))
        .join(", ");
    format!(
        "WITH log AS (SELECT pg_class.oid, quote_ident(nspname) AS schema FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = to_regclass('audit_log')),
functions AS (SELECT proname FROM (VALUES {bodies}) AS expected(name, body) JOIN log ON true
    JOIN pg_proc ON proname = expected.name AND pronamespace = to_regnamespace(log.schema)
        AND prosrc = replace(expected.body, '@log@', log.schema)),
triggers AS (SELECT tgname, tgtype, prosrc, CASE WHEN pronamespace = to_regnamespace(log.schema) THEN proname END AS function
    FROM log JOIN pg_trigger ON tgrelid = log.oid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE tgenabled = 'A' AND tgqual IS NULL AND tgattr::text = ''),
purges AS (SELECT FROM triggers JOIN functions ON proname = function
    WHERE tgname = 'audit_log_purge_only' AND tgtype = 8 AND function = 'audit_log_purge_only'
    AND EXISTS (SELECT FROM functions WHERE proname = 'audit_retention_wrote')),
erasures AS (SELECT FROM triggers JOIN functions ON proname = function
    WHERE tgname = 'audit_log_append_only' AND tgtype = 19 AND function = 'audit_log_erase_only'
    AND (SELECT count(*) FROM functions WHERE proname IN ('audit_retention_wrote', 'audit_retention_erased')) = 2)
SELECT expected.name AS name
FROM (VALUES ('audit_log_append_only', 27, 19), ('audit_log_no_truncate', 34, 34)) AS expected(name, type, type_with_purges)
WHERE NOT EXISTS (SELECT FROM triggers
    WHERE tgname = expected.name AND prosrc = $body${REFUSAL}$body$
    AND (tgtype = expected.type OR tgtype = expected.type_with_purges AND EXISTS (SELECT FROM purges)))
AND NOT (expected.name = 'audit_log_append_only' AND EXISTS (SELECT FROM purges) AND EXISTS (SELECT FROM erasures))"
    )
}

const REFUSAL: &str = refusal!();

// MariaDB shows the names of triggers to an account without `TRIGGER`, but not their statements.
const MYSQL_CATALOG: &str = "SELECT CAST(trigger_name AS char) AS `name`, CAST(CONCAT(action_timing, ' ', event_manipulation,
    ' ON `audit_log` FOR EACH ROW ', action_statement) AS char) AS `definition`
FROM information_schema.triggers
WHERE event_object_schema = DATABASE() AND event_object_table = 'audit_log' AND action_statement IS NOT NULL";

// Compared from the name on, because SQLite does not keep the words before it.
const SQLITE_CATALOG: &str = r#"SELECT name, substr(sql, instr(sql, '"')) AS definition
FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'"#;

// ALWAYS, so that it also fires if `session_replication_role` is `replica`.
const POSTGRES: [&str; 5] = [
    concat!(
        r#"CREATE OR REPLACE FUNCTION "audit_log_append_only"() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$"#,
        refusal!(),
        "$$"
    ),
    r#"CREATE OR REPLACE TRIGGER "audit_log_append_only" BEFORE UPDATE OR DELETE ON "audit_log"
FOR EACH ROW EXECUTE FUNCTION "audit_log_append_only"()"#,
    r#"CREATE OR REPLACE TRIGGER "audit_log_no_truncate" BEFORE TRUNCATE ON "audit_log"
FOR EACH STATEMENT EXECUTE FUNCTION "audit_log_append_only"()"#,
    r#"ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_append_only""#,
    r#"ALTER TABLE "audit_log" ENABLE ALWAYS TRIGGER "audit_log_no_truncate""#,
];

// `SET timestamp` does not change SYSDATE, but SYSDATE is in the session's zone. In the hour that such a zone repeats
// when its clock is set back, the result may be off by one hour. Setting another zone for the statement would avoid
// that, but would leave the session in it if the statement is killed.
const MYSQL: [&str; 3] = [
    "CREATE TRIGGER IF NOT EXISTS `audit_log_no_update` BEFORE UPDATE ON `audit_log` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: UPDATE refused'",
    "CREATE TRIGGER IF NOT EXISTS `audit_log_no_delete` BEFORE DELETE ON `audit_log` FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: DELETE refused'",
    "CREATE TRIGGER IF NOT EXISTS `audit_log_recorded_at` BEFORE INSERT ON `audit_log` FOR EACH ROW
SET NEW.`recorded_at` = CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00')",
];

// INSERT OR REPLACE deletes without firing delete triggers.
const SQLITE: [&str; 3] = [
    r#"CREATE TRIGGER IF NOT EXISTS "audit_log_no_update" BEFORE UPDATE ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: UPDATE refused'); END"#,
    r#"CREATE TRIGGER IF NOT EXISTS "audit_log_no_delete" BEFORE DELETE ON "audit_log"
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: DELETE refused'); END"#,
    r#"CREATE TRIGGER IF NOT EXISTS "audit_log_no_replace" BEFORE INSERT ON "audit_log"
WHEN EXISTS (SELECT 1 FROM "audit_log" WHERE "id" = NEW."id")
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: REPLACE refused'); END"#,
];

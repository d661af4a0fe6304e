//! Examines the settings of the server and the session that endanger committed entries.

use std::time::Duration;

use chrono::Utc;
use sea_orm::ConnectionTrait;

use super::{
    ask::{NONE, ask},
    report::{Code, Finding, Severity},
};
use crate::{Error, dialect::Dialect};

pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let catalog = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::MySql | Dialect::MariaDb => MYSQL,
        Dialect::Sqlite => SQLITE,
    };
    // The problem, the setting, its value, and the fix.
    let found: Vec<[String; 4]> = ask(db, catalog, NONE).await?;
    for [problem, object, value, mend] in found {
        let (code, severity, why) = meaning(&problem);
        let mend = mend.split(";\n").filter(|statement| !statement.is_empty());
        findings.push(
            Finding::new(code, severity, object, format!("is {value}"), why)
                .mended_by(mend.map(str::to_owned)),
        );
    }
    clock(db, dialect, findings).await
}

fn meaning(problem: &str) -> (Code, Severity, &'static str) {
    match problem {
        "durability" => (
            Code::Durability,
            Severity::Error,
            "A commit that succeeded may be lost in a crash, or worse",
        ),
        "local" => (
            Code::Durability,
            Severity::Note,
            "A commit that succeeded may be lost when the primary is",
        ),
        "replica" => (
            Code::Setting,
            Severity::Error,
            "Triggers that are not ENABLE ALWAYS do not fire, and foreign keys are not checked",
        ),
        "strict" => (
            Code::Setting,
            Severity::Error,
            "Values that do not fit are stored as others",
        ),
        "autocommit" => (
            Code::Setting,
            Severity::Error,
            "An event outside of a unit is never committed",
        ),
        "float" => (
            Code::Setting,
            Severity::Warning,
            "Floating point numbers are logged rounded",
        ),
        "binlog" => (
            Code::Setting,
            Severity::Warning,
            "recorded_at differs on replicas: use ROW or MIXED",
        ),
        "foreign keys" => (
            Code::Setting,
            Severity::Warning,
            "Foreign keys are not checked in this session, nor is what a guard refuses at the commit",
        ),
        "standby" => (
            Code::Standby,
            Severity::Note,
            "Nothing can be written by this connection",
        ),
        "event trigger" => (
            Code::EventTrigger,
            Severity::Note,
            "It runs at each change of the schema, and may change or refuse what migrations do to the log",
        ),
        "subscription" => (
            Code::Subscription,
            Severity::Warning,
            "Replicated rows of audited tables come without entries, unless the log is replicated, too",
        ),
        _ => (
            Code::Setting,
            Severity::Error,
            "What the database checks by itself is not checked in this session",
        ),
    }
}

// Settings of a database or role are read from the catalog, because older sessions do not have them.
const POSTGRES: &str = "SELECT 'durability', name, setting, 'ALTER SYSTEM SET ' || name || E' = on;\nSELECT pg_reload_conf()'
    FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'
UNION ALL SELECT CASE setting WHEN 'off' THEN 'durability' ELSE 'local' END, name, setting, CASE source
    WHEN 'session' THEN 'SET synchronous_commit = on' ELSE E'ALTER SYSTEM SET synchronous_commit = on;\nSELECT pg_reload_conf()' END
    FROM pg_settings WHERE name = 'synchronous_commit' AND setting IN ('off', 'local')
    AND source NOT IN ('database', 'user', 'database user')
UNION ALL SELECT 'replica', name, setting, CASE source WHEN 'session' THEN 'SET session_replication_role = origin'
    ELSE E'ALTER SYSTEM RESET session_replication_role;\nSELECT pg_reload_conf()' END
    FROM pg_settings WHERE name = 'session_replication_role' AND setting = 'replica'
    AND source NOT IN ('database', 'user', 'database user')
UNION ALL SELECT 'float', name, setting, 'SET extra_float_digits = 1'
    FROM pg_settings WHERE name = 'extra_float_digits' AND setting::int < 1
UNION ALL SELECT CASE WHEN setting = 'session_replication_role=replica' THEN 'replica'
    WHEN setting = 'synchronous_commit=off' THEN 'durability' ELSE 'local' END,
    concat_ws(' ', split_part(setting, '=', 1), 'of', nullif(setrole, 0)::regrole, datname), split_part(setting, '=', 2),
    CASE WHEN setrole = 0 THEN format('ALTER DATABASE %I RESET %s', datname, split_part(setting, '=', 1))
        WHEN datname IS NULL THEN format('ALTER ROLE %s RESET %s', setrole::regrole, split_part(setting, '=', 1))
        ELSE format('ALTER ROLE %s IN DATABASE %I RESET %s', setrole::regrole, datname, split_part(setting, '=', 1)) END
    FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase, unnest(setconfig) AS setting
    WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND setting IN ('session_replication_role=replica', 'synchronous_commit=off', 'synchronous_commit=local')
UNION ALL SELECT 'standby', 'pg_is_in_recovery', 'true', '' WHERE pg_is_in_recovery()
UNION ALL SELECT 'event trigger', evtname::text, 'enabled', '' FROM pg_event_trigger WHERE evtenabled <> 'D'
UNION ALL SELECT DISTINCT 'subscription', srrelid::regclass::text, 'written by a subscription', '' FROM pg_subscription_rel
    WHERE EXISTS (SELECT FROM pg_trigger WHERE tgrelid = srrelid AND tgname LIKE 'audit\\_guard\\_%')";

const MYSQL: &str = "SELECT problem, name, CAST(value AS char), mend FROM (
    SELECT 'durability' AS problem, 'innodb_flush_log_at_trx_commit' AS name, @@innodb_flush_log_at_trx_commit AS value,
        'SET GLOBAL innodb_flush_log_at_trx_commit = 1' AS mend, @@innodb_flush_log_at_trx_commit <> 1 AS is_so
    UNION ALL SELECT 'durability', 'sync_binlog', @@sync_binlog, 'SET GLOBAL sync_binlog = 1', @@log_bin AND @@sync_binlog <> 1
    UNION ALL SELECT 'strict', 'sql_mode', 'not strict', 'SET SESSION sql_mode = CONCAT_WS('','', NULLIF(@@sql_mode, ''''), ''STRICT_TRANS_TABLES'')',
        @@sql_mode NOT LIKE '%STRICT\\_%'
    UNION ALL SELECT 'autocommit', 'autocommit', 'off', 'SET SESSION autocommit = 1', NOT @@autocommit
    UNION ALL SELECT 'foreign keys', 'foreign_key_checks', 'off', 'SET SESSION foreign_key_checks = 1', NOT @@foreign_key_checks
    UNION ALL SELECT 'binlog', 'binlog_format', 'STATEMENT', 'SET SESSION binlog_format = ''ROW''',
        @@log_bin AND @@binlog_format = 'STATEMENT'
) AS settings WHERE is_so";

const SQLITE: &str = "SELECT 'foreign keys', 'foreign_keys', 'off', 'PRAGMA foreign_keys = ON'
    FROM pragma_foreign_keys WHERE foreign_keys = 0
UNION ALL SELECT 'durability', 'synchronous', 'off', 'PRAGMA synchronous = FULL' FROM pragma_synchronous WHERE synchronous = 0
UNION ALL SELECT 'checks', 'ignore_check_constraints', 'on', 'PRAGMA ignore_check_constraints = OFF'
    FROM pragma_ignore_check_constraints WHERE ignore_check_constraints = 1
UNION ALL SELECT 'checks', 'writable_schema', 'on', 'PRAGMA writable_schema = OFF'
    FROM pragma_writable_schema WHERE writable_schema = 1";

/// Compares the server's clock with that of this machine. The duration of the query does not count.
async fn clock<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let question = match dialect {
        Dialect::Postgres => "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint::text",
        Dialect::MySql | Dialect::MariaDb => {
            "SELECT CAST(CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS signed) AS char)"
        }
        // SQLite has the clock of this machine.
        Dialect::Sqlite => return Ok(()),
    };
    let before = Utc::now().timestamp_millis();
    let answer: Vec<[String; 1]> = ask(db, question, NONE).await?;
    let after = Utc::now().timestamp_millis();
    let Some(there) = answer.first().and_then(|[text]| text.parse::<i64>().ok()) else {
        return Ok(());
    };
    let half = (after - before) / 2;
    let difference = (there - before - half).abs();
    if difference > TOLERANCE.as_millis() as i64 + half {
        findings.push(Finding::new(
            Code::Clock,
            Severity::Warning,
            "the server's clock",
            format!(
                "differs from that of this machine by {} s",
                difference / 1000
            ),
            "`timestamp` and `recorded_at` of an entry contradict each other",
        ));
    }
    Ok(())
}

const TOLERANCE: Duration = Duration::from_secs(2);

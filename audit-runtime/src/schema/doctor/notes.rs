//! Finds notes of guards that have not become entries.

use sea_orm::DatabaseConnection;

use super::{
    ask::{NONE, ask, if_readable},
    report::{Code, Finding, Severity},
};
use crate::{Error, dialect::Dialect};

pub(super) async fn examine(
    db: &DatabaseConnection,
    dialect: Dialect,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let (catalog, mend) = match dialect {
        // Only running transactions have notes.
        Dialect::Postgres => return Ok(()),
        Dialect::MySql | Dialect::MariaDb => (MYSQL, Some(COLLECT_ON_MYSQL)),
        Dialect::Sqlite => (SQLITE, None),
    };
    let found: Vec<[String; 2]> = if_readable(ask(db, catalog, NONE).await)?;
    for [notes, refused] in found {
        let (severity, what) = match (&*notes, &*refused) {
            ("0", _) => continue,
            (_, "0") => (Severity::Note, format!("has {notes} notes")),
            _ => (
                Severity::Warning,
                format!(
                    "has {notes} notes, {refused} of changes that were to be refused and were committed with PRAGMA foreign_keys = OFF"
                ),
            ),
        };
        let why = "These changes do not show in the trail yet";
        let notes = Finding::new(Code::Notes, severity, "audit_guard_pending", what, why);
        let notes = notes.mended_by(mend.map(str::to_owned));
        findings.push(notes.or_by("audit_runtime::schema::collect(&db)"));
    }
    if dialect == Dialect::Sqlite {
        never(db, findings).await?;
    }
    Ok(())
}

/// Finds rows in the table that notes refer to, which must be empty.
async fn never(db: &DatabaseConnection, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let found: Vec<[String; 1]> = if_readable(ask(db, NEVER, NONE).await)?;
    if found.is_empty() {
        return Ok(());
    }
    let never = Finding::new(
        Code::GuardChanged,
        Severity::Error,
        "audit_guard_never",
        "has rows",
        "No guard refuses anything while it has",
    );
    findings.push(never.mended_by(["DELETE FROM main.audit_guard_never".to_owned()]));
    Ok(())
}

// A running unit has notes for a moment.
const MYSQL: &str = "SELECT CAST(COUNT(*) AS char), '0' FROM `audit_guard_pending`
WHERE `recorded_at` < CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00') - INTERVAL 1 MINUTE";

const COLLECT_ON_MYSQL: &str = "CALL audit_guard_collect(NULL, 0, 9223372036854775807, @moved)";

const SQLITE: &str = "SELECT CAST(count(*) AS text), CAST(count(never) AS text) FROM main.audit_guard_pending
WHERE never IS NOT NULL OR recorded_at < strftime('%Y-%m-%dT%H:%M:%f', 'now', '-1 minute') || '000+00:00'";

const NEVER: &str = "SELECT CAST(id AS text) FROM main.audit_guard_never";

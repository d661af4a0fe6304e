//! Settings of a session that endanger the log.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Statement};

use super::privilege::may;
use crate::{Error, dialect::Family};

/// Logs a warning for each setting of this session under which entries are lost, rounded or replicated wrongly.
pub(super) async fn warn<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let question = match Family::from(backend) {
        Family::Postgres => POSTGRES,
        Family::MySql => MYSQL,
        Family::Sqlite => return Ok(()),
    };
    let rows = db
        .query_all_raw(Statement::from_string(backend, question))
        .await?;
    let mut settings = HashMap::new();
    for row in rows {
        let (name, value): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        settings.insert(name, value);
    }
    for warning in warnings(&settings) {
        tracing::warn!("{warning}");
    }
    Ok(())
}

/// Logs a warning if this account owns the log, because it can switch off the protection.
pub(super) async fn warn_of_owner<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    if is_owner(db).await? {
        tracing::warn!(
            "this account owns audit_log, so it can switch off what protects it: \
             connect the application by another, see audit_runtime::schema::grants"
        );
    }
    Ok(())
}

/// Whether this account owns the log.
pub(super) async fn is_owner<C: ConnectionTrait>(db: &C) -> Result<bool, Error> {
    let backend = db.get_database_backend();
    match Family::from(backend) {
        Family::Postgres => {
            let question = Statement::from_string(backend, OWNER);
            Ok(db.query_one_raw(question).await?.is_some())
        }
        // There, the right to drop it counts as ownership.
        Family::MySql => may(db, "DROP").await,
        Family::Sqlite => Ok(false),
    }
}

fn warnings(settings: &HashMap<String, String>) -> Vec<&'static str> {
    let is = |name, value| settings.get(name).is_some_and(|found| found == value);
    let digits = settings.get("extra_float_digits");
    let rounds = digits.is_some_and(|digits| digits.parse().is_ok_and(|digits: i32| digits < 1));
    let warnings = [
        (
            rounds,
            "extra_float_digits is below 1: floating point numbers are logged rounded",
        ),
        (
            is("autocommit", "OFF"),
            "autocommit is off: an event outside of a unit is never committed",
        ),
        (
            is("log_bin", "ON") && is("binlog_format", "STATEMENT"),
            "binlog_format is STATEMENT: recorded_at differs on replicas; use ROW or MIXED",
        ),
    ];
    let warnings = warnings.into_iter().filter(|(is_so, _)| *is_so);
    warnings.map(|(_, warning)| warning).collect()
}

const POSTGRES: &str =
    "SELECT name, setting AS value FROM pg_settings WHERE name = 'extra_float_digits'";

const OWNER: &str = "SELECT 1 FROM pg_class
WHERE oid = to_regclass('audit_log') AND pg_has_role(current_user, relowner, 'MEMBER')";

// A variable that this server lacks is omitted.
const MYSQL: &str =
    "SHOW VARIABLES WHERE Variable_name IN ('autocommit', 'log_bin', 'binlog_format')";

#[cfg(test)]
mod tests {
    use super::warnings;

    #[test]
    fn each_dangerous_setting_is_warned_of() {
        for (settings, expected) in [
            (vec![("extra_float_digits", "0")], 1),
            (vec![("extra_float_digits", "-15")], 1),
            (vec![("extra_float_digits", "1")], 0),
            (vec![("autocommit", "OFF")], 1),
            (
                vec![
                    ("autocommit", "ON"),
                    ("log_bin", "ON"),
                    ("binlog_format", "ROW"),
                ],
                0,
            ),
            (vec![("log_bin", "ON"), ("binlog_format", "STATEMENT")], 1),
            (vec![("log_bin", "OFF"), ("binlog_format", "STATEMENT")], 0),
            (vec![], 0),
        ] {
            let named = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
            let found = warnings(&settings.iter().map(named).collect());
            assert_eq!(found.len(), expected, "{settings:?}: {found:?}");
        }
    }
}

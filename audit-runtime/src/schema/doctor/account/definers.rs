//! Finds triggers whose definer no longer exists.

use sea_orm::ConnectionTrait;

use super::super::{
    ask::{NONE, ask, if_readable},
    report::{Code, Finding, Severity},
};
use crate::Error;

/// On MySQL and MariaDB, every write that fires such a trigger fails.
pub(super) async fn examine<C: ConnectionTrait>(
    db: &C,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let found: Vec<[String; 4]> = if_readable(ask(db, DEFINERS, NONE).await)?;
    for [trigger, definer, create, table] in found {
        let gone = Finding::new(
            Code::Definer,
            Severity::Error,
            &*trigger,
            format!("runs with the rights of {definer}, an account that does not exist"),
            format!("Every write to {table} fails"),
        );
        let drop = format!("DROP TRIGGER `{trigger}`");
        findings.push(gone.mended_by([drop, create]));
    }
    Ok(())
}

const DEFINERS: &str = "SELECT CAST(trigger_name AS char), CAST(definer AS char), CAST(CONCAT('CREATE TRIGGER `', trigger_name, '` ',
    action_timing, ' ', event_manipulation, ' ON `', event_object_table, '` FOR EACH ROW ', action_statement) AS char),
    CAST(event_object_table AS char)
FROM information_schema.triggers
WHERE event_object_schema = DATABASE() AND trigger_name LIKE 'audit\\_%' AND NOT EXISTS (
    SELECT 1 FROM mysql.user WHERE CAST(CONCAT(user, '@', host) AS binary) = CAST(definer AS binary))";

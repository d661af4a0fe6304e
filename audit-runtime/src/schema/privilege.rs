//! The privileges of an account on the log, on MySQL and MariaDB.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::Error;

/// Whether this account has a privilege on the log, granted on the server, the database or the table.
pub(super) async fn may<C: ConnectionTrait>(db: &C, privilege: &str) -> Result<bool, Error> {
    let question = Statement::from_sql_and_values(DbBackend::MySql, MYSQL, [privilege.into()]);
    Ok(db.query_one_raw(question).await?.is_some())
}

// A grantee is written as 'user'@'host'.
const MYSQL: &str = "SELECT 1 FROM (
    SELECT grantee, privilege_type FROM information_schema.user_privileges
    UNION ALL SELECT grantee, privilege_type FROM information_schema.schema_privileges
    WHERE DATABASE() LIKE table_schema
    UNION ALL SELECT grantee, privilege_type FROM information_schema.table_privileges
    WHERE table_schema = DATABASE() AND table_name = 'audit_log'
) AS `granted`
WHERE privilege_type = ? AND CAST(grantee AS binary) = CAST(CONCAT('''',
    LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1),
    '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''') AS binary)";

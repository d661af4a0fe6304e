//! The rights of an account on the log, on MySQL and MariaDB.

mod grant;

use sea_orm::{ConnectionTrait, DbBackend, Statement};

pub(super) use self::grant::{Grant, quoted};
use crate::Error;

/// Whether this account has a privilege on the log.
pub(super) async fn may<C: ConnectionTrait>(db: &C, privilege: &str) -> Result<bool, Error> {
    may_on(db, privilege, None, "audit_log").await
}

/// Whether this account has a privilege on a table: its own or one of a role that is active, on the server, the database
/// or the table.
pub(super) async fn may_on<C: ConnectionTrait>(
    db: &C,
    privilege: &str,
    schema: Option<&str>,
    table: &str,
) -> Result<bool, Error> {
    let database = match schema {
        Some(schema) => Some(schema.to_owned()),
        None => database(db).await?,
    };
    let Some(database) = database else {
        return Ok(false);
    };
    // The tables of `information_schema` do not include roles.
    let grants = shown(db, "SHOW GRANTS", &database, table).await?;
    Ok(grants.iter().any(|grant| grant.gives(privilege)))
}

/// The database of this connection.
pub(super) async fn database<C: ConnectionTrait>(db: &C) -> Result<Option<String>, Error> {
    let question = Statement::from_string(DbBackend::MySql, "SELECT DATABASE() AS `name`");
    match db.query_one_raw(question).await? {
        Some(row) => Ok(row.try_get("", "name")?),
        None => Ok(None),
    }
}

/// The grants on a table in a `SHOW GRANTS`.
pub(super) async fn shown<C: ConnectionTrait>(
    db: &C,
    show: &str,
    database: &str,
    table: &str,
) -> Result<Vec<Grant>, Error> {
    let show = Statement::from_string(DbBackend::MySql, show);
    let mut grants = Vec::new();
    for row in db.query_all_raw(show).await? {
        let line: String = row.try_get_by(0)?;
        grants.extend(Grant::on_table(&line, database, table));
    }
    Ok(grants)
}

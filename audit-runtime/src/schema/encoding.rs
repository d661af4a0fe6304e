//! Checks the encoding of the database.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Error, dialect::Family};

/// Refuses a PostgreSQL database with another encoding than UTF-8. Other databases have an encoding per column, or only
/// one.
pub(super) async fn check<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    match Family::of(db) {
        Family::Postgres => {}
        Family::MySql | Family::Sqlite => return Ok(()),
    }
    let question = Statement::from_string(
        DbBackend::Postgres,
        "SELECT current_setting('server_encoding') AS encoding",
    );
    if let Some(row) = db.query_one_raw(question).await? {
        let encoding: String = row.try_get("", "encoding")?;
        if encoding != "UTF8" {
            return Err(Error::NotUtf8 { encoding });
        }
    }
    Ok(())
}

//! The transactions of holds and purges. Only one of them runs at a time.

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel, Statement,
};

use crate::{
    AuditContext, ConnectionExt, Error, Unit,
    dialect::{Dialect, is_missing},
    write::begin_at,
};

/// Begins a unit at READ COMMITTED: other levels do not see a hold that was placed meanwhile.
pub(super) async fn transaction(
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<Unit<DatabaseTransaction>, Error> {
    let transaction = begin_at(db, Some(IsolationLevel::ReadCommitted)).await?;
    Ok(db.audited(context).adopt(transaction))
}

/// Waits until no other purge and no hold is in progress.
pub(super) async fn take_turn(unit: &Unit<DatabaseTransaction>) -> Result<(), Error> {
    let lock = match Dialect::of(unit).await? {
        Dialect::Postgres => "SELECT pg_advisory_xact_lock(hashtext('audit_hold'))",
        Dialect::MySql | Dialect::MariaDb => "SELECT id FROM audit_mutex WHERE id = 1 FOR UPDATE",
        // The transaction has begun as the only writer.
        Dialect::Sqlite => return Ok(()),
    };
    let lock = Statement::from_string(unit.get_database_backend(), lock);
    unit.query_all_raw(lock).await.map_err(missing)?;
    Ok(())
}

/// The time of the database, as in `recorded_at`.
pub(super) async fn now(db: &impl ConnectionTrait) -> Result<DateTime<Utc>, Error> {
    let clock = match Dialect::of(db).await? {
        Dialect::Postgres => "SELECT clock_timestamp() AS recorded_at",
        Dialect::MySql | Dialect::MariaDb => {
            "SELECT CONVERT_TZ(SYSDATE(6), @@SESSION.time_zone, '+00:00') AS recorded_at"
        }
        Dialect::Sqlite => {
            "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00' AS recorded_at"
        }
    };
    let clock = Statement::from_string(db.get_database_backend(), clock);
    let row = db.query_one_raw(clock).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the database's clock".to_owned()))?;
    Ok(row.try_get("", "recorded_at")?)
}

/// Converts an error of a statement on a retention table.
pub(super) fn missing(error: DbErr) -> Error {
    let tables = [
        "audit_hold",
        "audit_floor",
        "audit_purge",
        "audit_mutex",
        "audit_erase_id",
        "audit_archive",
    ];
    if tables.iter().any(|table| is_missing(&error, table)) {
        return Error::RetentionMissing(error.into());
    }
    error.into()
}

//! Removal of an empty log.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use super::{guard, installed};
use crate::{Error, audit_log};

/// Drops what `install` created, unless there is an entry.
///
/// The log stays locked from the look at it to its end, so that no entry written in between is lost.
pub(super) async fn drop_if_empty<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let backend = db.get_database_backend();
    if installed::has_log(db).await? {
        let dropped = drop_log_if_empty(db).await;
        if backend == DbBackend::MySql {
            db.execute_unprepared("UNLOCK TABLES").await?;
        }
        dropped?;
    }
    // MySQL refuses to drop a view while tables are locked, hence only now.
    db.execute_unprepared("DROP VIEW IF EXISTS audit_entries")
        .await?;
    db.execute_unprepared("DROP TABLE IF EXISTS audit_log_version")
        .await?;
    if backend == DbBackend::Postgres {
        db.execute_unprepared("DROP FUNCTION IF EXISTS audit_log_append_only()")
            .await?;
    }
    Ok(())
}

async fn drop_log_if_empty<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let lock = match backend {
        DbBackend::Postgres => Some("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE"),
        DbBackend::MySql => Some("LOCK TABLES audit_log WRITE"),
        // Nobody else writes during an immediate transaction.
        _ => None,
    };
    if let Some(lock) = lock {
        db.execute_unprepared(lock).await?;
    }
    if audit_log::Entity::find().one(db).await?.is_some() {
        return Err(Error::LogNotEmpty);
    }
    // PostgreSQL refuses to drop a table that a view or function depends on.
    if backend == DbBackend::Postgres {
        db.execute_unprepared("DROP VIEW IF EXISTS audit_entries")
            .await?;
        guard::drop_shared(db).await?;
    }
    db.execute_unprepared("DROP TABLE audit_log").await?;
    Ok(())
}

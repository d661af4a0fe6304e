//! Drops the log, if it is empty.

use sea_orm::{ConnectionTrait, EntityTrait};

use super::{guard, installed};
use crate::{Error, audit_log, dialect::Family};

/// Drops everything that `install` created, unless the log has an entry.
///
/// The log stays locked between the check and the drop, so that no entry is lost.
pub(super) async fn drop_if_empty<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let family = Family::of(db);
    if installed::has_log(db).await? {
        let dropped = drop_log_if_empty(db).await;
        match family {
            Family::MySql => {
                db.execute_unprepared("UNLOCK TABLES").await?;
            }
            Family::Postgres | Family::Sqlite => {}
        }
        dropped?;
    }
    // MySQL refuses to drop a view or another table while tables are locked, hence only now.
    match family {
        Family::MySql => guard::drop_shared(db).await?,
        Family::Postgres | Family::Sqlite => {}
    }
    db.execute_unprepared("DROP VIEW IF EXISTS audit_entries")
        .await?;
    db.execute_unprepared("DROP TABLE IF EXISTS audit_log_version")
        .await?;
    match family {
        Family::Postgres => {
            db.execute_unprepared("DROP FUNCTION IF EXISTS audit_log_append_only()")
                .await?;
        }
        Family::MySql | Family::Sqlite => {}
    }
    Ok(())
}

async fn drop_log_if_empty<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let family = Family::of(db);
    let lock = match family {
        Family::Postgres => Some("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE"),
        Family::MySql => Some("LOCK TABLES audit_log WRITE"),
        // An immediate transaction excludes other writers.
        Family::Sqlite => None,
    };
    if let Some(lock) = lock {
        db.execute_unprepared(lock).await?;
    }
    if audit_log::Entity::find().one(db).await?.is_some() {
        return Err(Error::LogNotEmpty);
    }
    match family {
        // A table that a view or function depends on cannot be dropped.
        Family::Postgres => {
            db.execute_unprepared("DROP VIEW IF EXISTS audit_entries")
                .await?;
        }
        Family::MySql | Family::Sqlite => {}
    }
    match family {
        Family::Postgres | Family::Sqlite => guard::drop_shared(db).await?,
        Family::MySql => {}
    }
    db.execute_unprepared("DROP TABLE audit_log").await?;
    Ok(())
}

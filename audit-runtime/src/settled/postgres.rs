//! The settled id on PostgreSQL. A transaction that inserts an entry locks the table before it takes an id, and holds the
//! lock until it ends.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use super::{Blocker, Horizon};
use crate::Error;

/// A candidate is settled when every transaction that held a lock after it was seen has ended.
pub(super) async fn look<C: ConnectionTrait>(horizon: &mut Horizon, db: &C) -> Result<(), Error> {
    let last = last_id(db).await?;
    // A separate, later statement. It contains every transaction that took an id up to `last` and has not committed.
    let holders = Holder::find_by_statement(statement(HOLDERS))
        .all(db)
        .await?;

    if let Some((candidate, before)) = &horizon.candidate
        && !holders.iter().any(|holder| holder.is_among(before))
    {
        horizon.settled = horizon.settled.max(*candidate);
        horizon.candidate = None;
    }
    if holders.is_empty() {
        horizon.settled = horizon.settled.max(last);
    } else if horizon.candidate.is_none() && last > horizon.settled {
        let names = holders.iter().map(|holder| holder.name.clone());
        horizon.candidate = Some((last, names.collect()));
    }
    let waits_for = |holder: &Holder| match &horizon.candidate {
        Some((_, before)) => holder.is_among(before),
        None => false,
    };
    let blocking = holders.iter().filter(|holder| waits_for(holder));
    horizon.blockers = blocking.map(Holder::blocker).collect();
    Ok(())
}

/// A transaction that may have written an entry.
#[derive(FromQueryResult)]
struct Holder {
    /// Its virtual id, which no other transaction gets.
    name: String,
    pid: Option<i32>,
    application: Option<String>,
}

impl Holder {
    fn is_among(&self, names: &[String]) -> bool {
        // A transaction gets another name when it is prepared.
        self.is_prepared() || names.contains(&self.name)
    }

    fn is_prepared(&self) -> bool {
        self.pid.is_none() || self.name.starts_with("-1/")
    }

    fn blocker(&self) -> Blocker {
        match self.pid {
            Some(pid) if !self.is_prepared() => Blocker::Session {
                pid,
                application: self.application.clone(),
            },
            _ => Blocker::Prepared,
        }
    }
}

async fn last_id<C: ConnectionTrait>(db: &C) -> Result<i64, Error> {
    #[derive(FromQueryResult)]
    struct Last {
        id: i64,
        is_standby: bool,
    }
    let last = Last::find_by_statement(statement(LAST)).one(db).await?;
    match last {
        Some(last) if last.is_standby => Err(Error::Standby),
        last => Ok(last.map_or(0, |last| last.id)),
    }
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}

const LAST: &str =
    "SELECT coalesce(max(id), 0) AS id, pg_is_in_recovery() AS is_standby FROM audit_log";

// A writer to a partitioned log may hold only the lock of a partition.
const HOLDERS: &str = "SELECT DISTINCT virtualtransaction AS name, locks.pid, application_name AS application
FROM pg_locks AS locks LEFT JOIN pg_stat_activity AS sessions ON sessions.pid = locks.pid
WHERE locktype = 'relation' AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (relation = 'audit_log'::regclass OR relation IN (SELECT relid FROM pg_partition_tree('audit_log'::regclass)))
AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

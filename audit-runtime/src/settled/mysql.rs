//! The settled id on MySQL and MariaDB. A session at `READ UNCOMMITTED` sees the rows of open transactions.

use std::{
    collections::{BTreeMap, HashSet},
    mem,
    time::Instant,
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, IsolationLevel, Statement, TransactionSession,
    TransactionTrait,
};

use super::{Blocker, Horizon, last_id};
use crate::{Error, write::shield::to_the_end};

/// The maximum number of ids that one call passes, so that a long transaction does not make it read all later ids.
const MOST: usize = 50_000;

pub(super) async fn look<C>(horizon: &mut Horizon, db: &C) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    horizon.blockers.clear();
    let mut last = last_id(db).await?;
    if last <= horizon.settled {
        return Ok(());
    }
    // The order matters: an id that is inserted before the first read and committed before the second is in the second.
    let inserted = ids(db, IsolationLevel::ReadUncommitted, horizon.settled).await?;
    let committed = ids(db, IsolationLevel::ReadCommitted, horizon.settled).await?;
    for page in [&inserted, &committed] {
        if page.len() == MOST {
            last = last.min(page[MOST - 1]);
        }
    }
    let is_committed: HashSet<_> = committed.iter().copied().collect();
    let open = inserted.into_iter().find(|id| !is_committed.contains(id));

    let known = mem::take(&mut horizon.gaps);
    let now = Instant::now();
    let mut before = horizon.settled;
    // Gaps behind the first one are tracked as well, so that all of them age at the same time.
    for id in committed.into_iter().filter(|id| *id <= last) {
        let gap = (before + 1, id - 1);
        before = id;
        if gap.0 <= gap.1 {
            let since = known_since(&known, gap).unwrap_or(now);
            let open = open.filter(|open| *open < id);
            if open.is_some() || now.duration_since(since) < horizon.patience {
                horizon.gaps.insert(gap.0, (gap.1, since));
                let missing = Blocker::Missing { entry: gap.0 };
                let blocker = open.map_or(missing, |entry| Blocker::Uncommitted { entry });
                horizon.blockers.push(blocker);
            }
        }
        if horizon.blockers.is_empty() {
            horizon.settled = id;
        }
    }
    horizon.blockers.truncate(1);
    Ok(())
}

/// The time since when these ids are known to have no committed row, perhaps as part of a longer gap.
fn known_since(
    known: &BTreeMap<i64, (i64, Instant)>,
    (first, last): (i64, i64),
) -> Option<Instant> {
    let (_, (known_last, since)) = known.range(..=first).next_back()?;
    (last <= *known_last).then_some(*since)
}

/// The ids after this one that a transaction at this level sees.
async fn ids<C>(db: &C, level: IsolationLevel, after: i64) -> Result<Vec<i64>, Error>
where
    C: TransactionTrait + Clone + Send + 'static,
{
    let db = db.clone();
    // The clustered index, because a row reaches the other indexes later.
    let question = Statement::from_sql_and_values(
        DbBackend::MySql,
        format!(
            "SELECT id FROM audit_log FORCE INDEX (PRIMARY) WHERE id > ? ORDER BY id LIMIT {MOST}"
        ),
        [after.into()],
    );
    let rows = to_the_end(async move {
        let transaction = db.begin_with_config(Some(level), None).await?;
        let rows = transaction.query_all_raw(question).await?;
        transaction.commit().await?;
        Ok::<_, DbErr>(rows)
    });
    let rows = rows.await?;
    let ids = rows.iter().map(|row| row.try_get("", "id"));
    Ok(ids.collect::<Result<_, _>>()?)
}

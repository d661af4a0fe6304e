//! Detects purges that deleted the entries needed for a past state.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait};
use serde::{Deserialize, Serialize};

use super::{Moment, log_rows::Conditions};
use crate::{
    Error,
    audit_log::{self, Column, KIND_EVENT, with_action},
    error::Reason,
};

/// The metadata key of a PURGE entry with, by entity type, the newest entry that was ever deleted.
pub(crate) const NEWEST: &str = "newest";

/// The same for entries that are not in an archive either.
pub(crate) const DESTROYED: &str = "destroyed";

/// The newest entry about a type that was ever deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Newest {
    pub(crate) id: i64,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Newest {
    /// The newest entries that left the log, by type; `None` if the PURGE entry does not contain them.
    pub(crate) fn all_of(purge: &audit_log::Model) -> Option<BTreeMap<String, Self>> {
        let newest = purge.metadata.as_ref()?.get(NEWEST)?;
        serde_json::from_value(newest.clone()).ok()
    }

    /// The same for entries that are not in an archive either.
    pub(crate) fn destroyed_of(purge: &audit_log::Model) -> Option<BTreeMap<String, Self>> {
        match purge.metadata.as_ref()?.get(DESTROYED) {
            Some(newest) => serde_json::from_value(newest.clone()).ok(),
            None => Self::all_of(purge),
        }
    }

    #[cfg(feature = "retention")]
    pub(crate) fn include(&mut self, other: Self) {
        self.id = self.id.max(other.id);
        self.recorded_at = self.recorded_at.max(other.recorded_at);
    }

    /// Whether it may have come after the moment.
    fn follows(self, moment: Moment) -> bool {
        match moment {
            Moment::At(instant) => instant < self.recorded_at,
            Moment::Before(id) => id <= self.id,
            Moment::After(id) => id < self.id,
        }
    }
}

/// Whether entries that describe a moment are gone from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gone {
    No,
    /// An archive has all of them.
    ToArchive,
    ForGood,
}

/// Whether entries about one of these types from after the moment may be gone.
pub(super) async fn gone_after<C: ConnectionTrait>(
    moment: Moment,
    entity_types: &[String],
    db: &C,
) -> Result<Gone, Error> {
    let Some(purge) = last_purge(db).await? else {
        return Ok(Gone::No);
    };
    let follows = |newest: Option<_>| {
        let newest = of_types(newest, entity_types, &purge);
        newest.into_iter().any(|newest| newest.follows(moment))
    };
    Ok(if follows(Newest::destroyed_of(&purge)) {
        Gone::ForGood
    } else if follows(Newest::all_of(&purge)) {
        Gone::ToArchive
    } else {
        Gone::No
    })
}

/// The newest entry about one of these types that may have been deleted.
pub(super) async fn newest_purged<C: ConnectionTrait>(
    entity_types: &[String],
    db: &C,
) -> Result<Option<i64>, Error> {
    let Some(purge) = last_purge(db).await? else {
        return Ok(None);
    };
    let newest = of_types(Newest::all_of(&purge), entity_types, &purge);
    Ok(newest.into_iter().map(|newest| newest.id).max())
}

/// The entries about some types that may be missing, by their ids.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missing {
    /// The newest one that may be gone for good.
    destroyed: i64,
    /// The newest one that may be gone.
    gone: i64,
}

impl Missing {
    /// The reason why entries between two ids may be missing. Without `before`, up to the newest.
    pub(super) fn between(self, after: i64, before: Option<i64>) -> Option<Reason> {
        let is_empty = before.is_some_and(|before| before - after < 2);
        let reason = match after < self.destroyed {
            true => Reason::Purged,
            false => Reason::Archived,
        };
        (!is_empty && after < self.gone).then_some(reason)
    }
}

/// Which entries about these types may be missing from the log or, if an archive is read, from both.
pub(super) async fn missing<C: ConnectionTrait>(
    entity_types: &[String],
    reads_archive: bool,
    db: &C,
) -> Result<Missing, Error> {
    let purge = last_purge(db).await?;
    let newest = |of: fn(&audit_log::Model) -> Option<BTreeMap<String, Newest>>| {
        let newest = purge
            .iter()
            .flat_map(|purge| of_types(of(purge), entity_types, purge));
        newest.map(|newest| newest.id).max().unwrap_or(0)
    };
    let destroyed = newest(Newest::destroyed_of);
    Ok(Missing {
        destroyed,
        gone: match reads_archive {
            true => destroyed,
            false => destroyed.max(newest(Newest::all_of)),
        },
    })
}

/// The newest entries of these types that may have been deleted.
fn of_types(
    newest: Option<BTreeMap<String, Newest>>,
    entity_types: &[String],
    purge: &audit_log::Model,
) -> Vec<Newest> {
    let Some(newest) = newest else {
        // The purge may have deleted any earlier entry.
        return vec![Newest {
            id: purge.id,
            recorded_at: purge.recorded_at,
        }];
    };
    let of_these = newest
        .into_iter()
        .filter(|(of, _)| entity_types.contains(of));
    of_these.map(|(_, newest)| newest).collect()
}

async fn last_purge<C: ConnectionTrait>(db: &C) -> Result<Option<audit_log::Model>, Error> {
    let purges = Conditions::all([
        Column::Kind.eq(KIND_EVENT).into(),
        with_action("PURGE", db.get_database_backend()),
    ]);
    Ok(purges.next(db, None, 1, true).await?.pop())
}

/// Whether entries before the moment are missing from the rows that the conditions cover. The first id of a log is 1.
pub(super) async fn gone_before<C: ConnectionTrait>(
    moment: Moment,
    everything: &Conditions,
    db: &C,
) -> Result<Gone, Error> {
    let first = everything.next(db, None, 1, false).await?.pop();
    let is_missing = first.is_some_and(|first| {
        first.id > 1
            && match moment {
                Moment::At(instant) => instant < first.recorded_at,
                Moment::Before(id) => id < first.id,
                Moment::After(id) => id < first.id - 1,
            }
    });
    if !is_missing {
        return Ok(Gone::No);
    }
    let purge = last_purge(db).await?;
    let destroyed = purge.as_ref().map(Newest::destroyed_of);
    let is_archived = !everything.reads_archive()
        && matches!(destroyed, Some(Some(destroyed)) if destroyed.is_empty());
    Ok(if is_archived {
        Gone::ToArchive
    } else {
        Gone::ForGood
    })
}

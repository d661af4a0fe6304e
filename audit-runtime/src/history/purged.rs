//! Whether a purge deleted entries that told of a moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait};
use serde::{Deserialize, Serialize};

use super::{Moment, log_rows::Conditions};
use crate::{
    Error,
    audit_log::{self, Column, KIND_EVENT, with_action},
};

/// Where the metadata of a PURGE entry tells, by entity type, the newest entry that was ever deleted.
pub(crate) const NEWEST: &str = "newest";

/// The newest entry about a type that was ever deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Newest {
    id: i64,
    recorded_at: DateTime<Utc>,
}

impl Newest {
    /// What a PURGE entry tells, by type; `None` if it does not tell.
    pub(crate) fn all_of(purge: &audit_log::Model) -> Option<BTreeMap<String, Self>> {
        let newest = purge.metadata.as_ref()?.get(NEWEST)?;
        serde_json::from_value(newest.clone()).ok()
    }

    #[cfg(feature = "retention")]
    pub(crate) fn include(&mut self, id: i64, recorded_at: DateTime<Utc>) {
        self.id = self.id.max(id);
        self.recorded_at = self.recorded_at.max(recorded_at);
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

/// Whether entries about one of these types may have been deleted that came after the moment.
pub(super) async fn is_purged_after<C: ConnectionTrait>(
    moment: Moment,
    entity_types: &[String],
    db: &C,
) -> Result<bool, Error> {
    let newest = newest_of(entity_types, db).await?;
    Ok(newest.into_iter().any(|newest| newest.follows(moment)))
}

/// The newest entry about one of these types that may have been deleted.
pub(super) async fn newest_purged<C: ConnectionTrait>(
    entity_types: &[String],
    db: &C,
) -> Result<Option<i64>, Error> {
    let newest = newest_of(entity_types, db).await?;
    Ok(newest.into_iter().map(|newest| newest.id).max())
}

/// By type, the newest entry that may have been deleted.
async fn newest_of<C: ConnectionTrait>(
    entity_types: &[String],
    db: &C,
) -> Result<Vec<Newest>, Error> {
    let purges = Conditions::all([
        Column::Kind.eq(KIND_EVENT).into(),
        with_action("PURGE", db.get_database_backend()),
    ]);
    let purge = purges.next(db, None, 1, true).await?.pop();
    let Some(purge) = purge else {
        return Ok(Vec::new());
    };
    let Some(newest) = Newest::all_of(&purge) else {
        // It may have deleted whatever came before it.
        let all = Newest {
            id: purge.id,
            recorded_at: purge.recorded_at,
        };
        return Ok(vec![all]);
    };
    let of_these = newest
        .into_iter()
        .filter(|(of, _)| entity_types.contains(of));
    Ok(of_these.map(|(_, newest)| newest).collect())
}

/// Whether entries before the moment are missing. The first id of a log is 1.
pub(super) async fn is_purged_before<C: ConnectionTrait>(
    moment: Moment,
    db: &C,
) -> Result<bool, Error> {
    let first = Conditions::all([]).next(db, None, 1, false).await?.pop();
    Ok(first.is_some_and(|first| {
        first.id > 1
            && match moment {
                Moment::At(instant) => instant < first.recorded_at,
                Moment::Before(id) => id < first.id,
                Moment::After(id) => id < first.id - 1,
            }
    }))
}

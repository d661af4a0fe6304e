//! The status of feeds: position, lag and holder.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;

use super::{
    position::missing,
    tables::{feed, rejected},
};
use crate::{
    Error,
    audit_log::{self, Column},
    dialect::clock::now,
};

/// The progress of a feed, for a metric or a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Lag {
    /// The feed.
    pub feed: String,
    /// All entries up to this one have been delivered or set aside.
    pub position: i64,
    /// Whether it holds back a purge.
    pub required: bool,
    /// The number of entries that are not delivered yet.
    pub entries: u64,
    /// The time when the oldest of them was recorded.
    pub oldest: Option<DateTime<Utc>>,
    /// The age of the oldest.
    pub age: Duration,
    /// The number of entries that are set aside.
    pub rejected: u64,
    /// The number of failures since the last success.
    pub failures: u64,
    /// The time of the last failure.
    pub failed_at: Option<DateTime<Utc>>,
    /// The message of the last failure.
    pub failure: Option<String>,
    /// The process that delivers it.
    pub holder: Option<String>,
}

/// An entry that a sink rejected and the feed set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rejection {
    /// The entry.
    pub entry: i64,
    /// The time when it was set aside.
    pub rejected_at: DateTime<Utc>,
    /// The sink's reason.
    pub why: String,
}

/// Returns the progress of each feed, by name. It counts the entries that are not delivered yet.
///
/// # Errors
///
/// [`Error::FeedMissing`], or an error of the database.
pub async fn lags(db: &DatabaseConnection) -> Result<Vec<Lag>, Error> {
    let feeds = feed::Entity::find().order_by_asc(feed::Column::Name);
    let feeds = feeds.all(db).await.map_err(missing)?;
    let now = now(db).await?;
    let mut lags = Vec::new();
    for feed in feeds {
        let ahead = || audit_log::Entity::find().filter(Column::Id.gt(feed.position));
        let oldest = ahead()
            .select_only()
            .column(Column::RecordedAt)
            .order_by_asc(Column::Id)
            .into_tuple::<DateTime<Utc>>()
            .one(db)
            .await?;
        let rejected =
            rejected::Entity::find().filter(rejected::Column::Feed.eq(feed.name.as_str()));
        let age = oldest.and_then(|oldest| (now - oldest).to_std().ok());
        lags.push(Lag {
            entries: ahead().count(db).await?,
            rejected: rejected.count(db).await.map_err(missing)?,
            position: feed.position,
            required: feed.required,
            oldest,
            age: age.unwrap_or_default(),
            failures: feed.failures.unsigned_abs(),
            failed_at: feed.failed_at,
            failure: feed.failure,
            holder: feed
                .holder
                .filter(|_| feed.held_until.is_some_and(|until| until > now)),
            feed: feed.name,
        });
    }
    Ok(lags)
}

/// Returns the entries that a feed has set aside, in the order of their ids.
///
/// # Errors
///
/// [`Error::FeedMissing`], or an error of the database.
pub async fn rejections(db: &DatabaseConnection, feed: &str) -> Result<Vec<Rejection>, Error> {
    let rows = rejected::Entity::find()
        .filter(rejected::Column::Feed.eq(feed))
        .order_by_asc(rejected::Column::EntryId)
        .all(db)
        .await
        .map_err(missing)?;
    let rejection = |row: rejected::Model| Rejection {
        entry: row.entry_id,
        rejected_at: row.rejected_at,
        why: row.why,
    };
    Ok(rows.into_iter().map(rejection).collect())
}

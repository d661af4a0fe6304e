//! Reads archived entries together with those of the log.
//!
//! The log is read before the list of files. A file is listed before its entries leave the log, so an entry that moves
//! meanwhile is found.

#![cfg_attr(
    not(feature = "archive"),
    allow(dead_code, reason = "without that feature, nothing is an archive")
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    pin::Pin,
};

use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::budget::Deadline;
use crate::{
    Error,
    audit_log::{self, Column},
};

/// The table `audit_archive`: the files of an archive.
#[allow(unreachable_pub, reason = "as the derive generates")]
pub(crate) mod file {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_archive")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub file: String,
        pub policy: String,
        pub state: String,
        pub worker: String,
        pub lease_until: DateTimeUtc,
        pub first_id: i64,
        pub last_id: i64,
        pub first_at: DateTimeUtc,
        pub last_at: DateTimeUtc,
        pub entries: i64,
        pub bytes: i64,
        pub sha256: String,
        pub purge_id: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The state of a file that was compared with the log, which may still have its entries.
pub(crate) const VERIFIED: &str = "verified";
/// The state of a file whose entries have all left the log.
pub(crate) const PURGED: &str = "purged";

/// Reads entries from the files of an archive.
pub(crate) trait Cold: Debug + Send + Sync {
    /// The first entries of a file that a search finds, in its order.
    fn find<'a>(&'a self, file: &'a file::Model, search: &'a Search<'a>) -> Finding<'a>;

    /// The ids of records in a file whose entries pass the tests, without duplicates within a part of the file.
    fn entity_ids<'a>(&'a self, file: &'a file::Model, tests: &'a [Test]) -> EntityIds<'a>;
}

pub(crate) type Finding<'a> = Pin<Box<dyn Future<Output = Result<Found, Error>> + Send + 'a>>;
pub(crate) type EntityIds<'a> = BoxStream<'a, Result<BTreeSet<String>, Error>>;

/// The entries found in a file.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: Vec<audit_log::Model>,
    /// The id up to which the file was read, if time ran out before its end.
    pub(crate) end: Option<i64>,
}

/// A search in one file.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) tests: &'a [Test],
    /// Only entries after this id, in the order of the search.
    pub(crate) after: Option<i64>,
    pub(crate) limit: usize,
    pub(crate) newest_first: bool,
    /// After it, the search ends with the next part of a file that goes beyond [`after`](Self::after).
    pub(crate) deadline: Deadline,
}

/// A test of one column, which every wanted entry passes.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Text(Column, Vec<String>),
    /// Records by their types and ids.
    Records(Vec<Records>),
    Present(Column),
    Small(Column, i16),
    Uuid(Column, Uuid),
    NotBefore(Column, DateTime<Utc>),
    Before(Column, DateTime<Utc>),
    #[cfg(any(
        all(feature = "axum", feature = "viewer"),
        feature = "cli",
        feature = "test"
    ))]
    Above(Column, i64),
    #[cfg(feature = "cli")]
    AtMost(Column, i64),
}

/// Records of a type, under its current and former names.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    pub(crate) entity_types: Vec<String>,
    pub(crate) entity_ids: BTreeSet<String>,
}

impl Test {
    pub(crate) fn columns(&self) -> Vec<Column> {
        vec![match self {
            Self::Records(_) => return vec![Column::EntityType, Column::EntityId],
            Self::Text(column, _)
            | Self::Present(column)
            | Self::Small(column, _)
            | Self::Uuid(column, _)
            | Self::NotBefore(column, _)
            | Self::Before(column, _) => *column,
            #[cfg(any(
                all(feature = "axum", feature = "viewer"),
                feature = "cli",
                feature = "test"
            ))]
            Self::Above(column, _) => *column,
            #[cfg(feature = "cli")]
            Self::AtMost(column, _) => *column,
        }]
    }
}

impl Search<'_> {
    /// Whether an id comes after the start of the search.
    pub(crate) fn begins_before(&self, id: i64) -> bool {
        match (self.after, self.newest_first) {
            (None, _) => true,
            (Some(after), false) => after < id,
            (Some(after), true) => id < after,
        }
    }

    /// The first and the last id of a file, in the order of the search.
    fn ends(&self, file: &file::Model) -> (i64, i64) {
        match self.newest_first {
            false => (file.first_id, file.last_id),
            true => (file.last_id, file.first_id),
        }
    }

    /// A key that orders entries as the search does.
    fn rank(&self, id: i64) -> i64 {
        if self.newest_first {
            id.saturating_neg()
        } else {
            id
        }
    }
}

/// Entries of the log and of files.
pub(super) struct Merged {
    pub(super) rows: Vec<audit_log::Model>,
    /// The id up to which they are complete, if time ran out.
    pub(super) end: Option<i64>,
}

/// Adds the entries of files to those of the log.
///
/// Even after the deadline, a search reads a part of the first file, and of every file with entries at its start. So
/// each page makes progress.
pub(super) async fn merged<C: ConnectionTrait>(
    hot: Vec<audit_log::Model>,
    cold: &dyn Cold,
    search: &Search<'_>,
    db: &C,
) -> Result<Merged, Error> {
    let mut files = files(db).await?;
    files.retain(|file| search.begins_before(search.ends(file).1));
    files.sort_by_key(|file| search.rank(search.ends(file).0));
    let hot = hot.into_iter().map(|row| (search.rank(row.id), row));
    let mut rows: BTreeMap<_, _> = hot.collect();
    let next = search
        .after
        .map(|after| search.rank(after).saturating_add(1));
    let mut end = None;
    for (nth, file) in files.iter().enumerate() {
        let first = search.rank(search.ends(file).0);
        let is_later = |last: (&i64, _)| *last.0 < first;
        if rows.len() == search.limit && rows.last_key_value().is_some_and(is_later) {
            break;
        }
        let has_next = nth == 0 || next.is_some_and(|next| first <= next);
        if !has_next && search.deadline.is_over() {
            end = earlier(end, first - 1);
            break;
        }
        let found = cold.find(file, search).await?;
        for row in found.rows {
            rows.entry(search.rank(row.id)).or_insert(row);
        }
        while rows.len() > search.limit {
            rows.pop_last();
        }
        if let Some(id) = found.end {
            end = earlier(end, search.rank(id));
        }
    }
    if let Some(end) = end {
        rows.retain(|rank, _| *rank <= end);
    }
    // A full page ends at its last entry.
    end = end.filter(|_| rows.len() < search.limit);
    Ok(Merged {
        rows: rows.into_values().collect(),
        end: end.map(|rank| search.rank(rank)),
    })
}

fn earlier(end: Option<i64>, other: i64) -> Option<i64> {
    Some(end.map_or(other, |end: i64| end.min(other)))
}

/// The files with entries.
pub(super) async fn files<C: ConnectionTrait>(db: &C) -> Result<Vec<file::Model>, Error> {
    let files = file::Entity::find().filter(file::Column::State.is_in([VERIFIED, PURGED]));
    files.all(db).await.map_err(|error| {
        #[cfg(feature = "archive")]
        if crate::dialect::is_missing(&error, "audit_archive") {
            return Error::RetentionMissing(error.into());
        }
        error.into()
    })
}

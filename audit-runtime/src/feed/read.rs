//! Reads the next entries of a feed, in bounded memory.

use futures_util::TryStreamExt;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::Value as Json;

use super::{position::run, tables::rejected};
use crate::{
    Entry, Error,
    audit_log::{self, Column},
};

/// The limits of one batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) entries: u64,
    /// A single entry may exceed it.
    pub(super) bytes: usize,
}

/// The entries of the next batch.
pub(super) struct Next {
    pub(super) entries: Vec<Entry>,
    /// The position after their delivery.
    pub(super) last: i64,
    /// Whether a limit was reached.
    pub(super) is_full: bool,
}

/// Reads the entries after the position that are settled and not set aside.
pub(super) async fn next(
    feed: &str,
    position: i64,
    settled: i64,
    limits: Limits,
    db: &DatabaseConnection,
) -> Result<Next, Error> {
    let set_aside = rejected::Entity::find()
        .select_only()
        .column(rejected::Column::EntryId)
        .filter(rejected::Column::Feed.eq(feed))
        .filter(rejected::Column::EntryId.gt(position));
    let rows = audit_log::Entity::find()
        .filter(Column::Id.gt(position))
        .filter(Column::Id.lte(settled))
        .filter(Column::Id.not_in_subquery(set_aside.into_query()))
        .order_by_asc(Column::Id)
        .limit(limits.entries);
    let db = db.clone();
    run(async move {
        // As a stream, so that entries beyond the limits are never in memory.
        let mut stream = rows.stream(&db).await?;
        let (mut entries, mut bytes) = (Vec::<Entry>::new(), 0);
        let mut is_full = false;
        while let Some(row) = stream.try_next().await? {
            bytes += weight(&row);
            if bytes > limits.bytes && !entries.is_empty() {
                is_full = true;
                break;
            }
            entries.push(row.into());
        }
        is_full |= entries.len() as u64 == limits.entries;
        let last = match entries.last() {
            Some(entry) if is_full => entry.id,
            _ => settled,
        };
        Ok(Next {
            entries,
            last,
            is_full,
        })
    })
    .await
}

/// The approximate size of an entry in memory.
fn weight(row: &audit_log::Model) -> usize {
    let jsons = [&row.changes, &row.metadata].map(|json| json.as_ref().map_or(0, json_weight));
    let texts = [
        &row.entity_id,
        &row.entity_label,
        &row.actor_name,
        &row.user_agent,
        &row.reason,
    ];
    let texts = texts.map(|text| text.as_ref().map_or(0, String::len));
    FIXED + jsons.iter().sum::<usize>() + texts.iter().sum::<usize>()
}

fn json_weight(json: &Json) -> usize {
    FIXED_JSON
        + match json {
            Json::String(text) => text.len(),
            Json::Array(items) => items.iter().map(json_weight).sum(),
            Json::Object(fields) => {
                let fields = fields.iter();
                fields
                    .map(|(name, value)| name.len() + json_weight(value))
                    .sum()
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        }
}

/// The short columns, and the entry itself.
const FIXED: usize = 1024;
const FIXED_JSON: usize = 64;

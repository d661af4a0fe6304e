//! Questions to the log.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{IntoValueTuple, ValueTuple},
};
use serde::Serialize;
use uuid::Uuid;

use super::{Cursor, Entry};
use crate::{
    Error, Pending,
    audit_log::{self, Column, KIND_CHANGE},
    audited::{Audited, KeyOf},
    dialect::is_missing_table,
    entity_id::{entity_id_of, entity_type},
    write::Outcome,
};

/// The most entries a page holds, whatever was asked for.
const PAGE_LIMIT: u64 = 200;

/// The history of one row: its changes, and the events about it.
#[derive(Clone, Debug)]
pub struct History {
    entity_type: String,
    key: ValueTuple,
    entity_id: fn(ValueTuple, DbBackend) -> String,
    newest_first: bool,
}

/// Some entries, and where to go on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// The entries, in the order asked for.
    pub entries: Vec<Entry>,
    /// The cursor of the next page; `None` if this was the last.
    pub next: Option<Cursor>,
}

impl History {
    /// The history of the row with this id, oldest first.
    ///
    /// Ids compare by bytes: of a key that the table compares without case, give the spelling that is stored.
    pub fn of<E: Audited>(id: impl Into<KeyOf<E>>) -> Self {
        Self {
            entity_type: entity_type::<E>().into_owned(),
            key: id.into().into_value_tuple(),
            entity_id: entity_id_of::<E>,
            newest_first: false,
        }
    }

    /// Newest entries first.
    #[must_use]
    pub fn newest_first(self) -> Self {
        Self {
            newest_first: true,
            ..self
        }
    }

    /// One page: at most `limit` entries (and at most 200) after the cursor, or from the start.
    ///
    /// The order is that of the entries' ids, which for one row is the order of the changes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidCursor`] for a cursor of another query, [`Error::LogMissing`], or what the database says.
    pub fn page<'a, C: ConnectionTrait>(
        &self,
        db: &'a C,
        after: Option<Cursor>,
        limit: u64,
    ) -> Pending<'a, Page> {
        let entity_id = (self.entity_id)(self.key.clone(), db.get_database_backend());
        let fingerprint = format!("{:?}", (&self.entity_type, &entity_id, self.newest_first));
        let limit = limit.clamp(1, PAGE_LIMIT);
        let query = audit_log::Entity::find()
            .filter(Column::EntityType.eq(&*self.entity_type))
            .filter(Column::EntityId.eq(entity_id))
            // One more than asked for tells whether there is a next page.
            .limit(limit + 1);
        let newest_first = self.newest_first;
        Box::pin(async move {
            let after = after.map(|cursor| cursor.id(&fingerprint)).transpose()?;
            let query = match (newest_first, after) {
                (true, Some(id)) => query.filter(Column::Id.lt(id)),
                (false, Some(id)) => query.filter(Column::Id.gt(id)),
                (_, None) => query,
            };
            let query = if newest_first {
                query.order_by_desc(Column::Id)
            } else {
                query.order_by_asc(Column::Id)
            };
            let mut rows = query.all(db).await.map_err(failed)?;
            let more = rows.len() as u64 > limit;
            rows.truncate(limit as usize);
            let next = rows
                .last()
                .filter(|_| more)
                .map(|last| Cursor::after(last.id, &fingerprint));
            let entries = rows
                .into_iter()
                .map(Entry::try_from)
                .collect::<Result<_, _>>()?;
            Ok(Page { entries, next })
        })
    }

    /// Whether the changeset was committed: what to ask after [`Error::CommitUnknown`].
    ///
    /// `false` may become `true` while the server still works on the lost connection. A unit that changed
    /// nothing left no entry, and there is nothing to know. Denied and failed events do not count: those of
    /// a unit are there even if it was rolled back.
    ///
    /// # Errors
    ///
    /// [`Error::LogMissing`], or what the database says.
    pub fn committed<C: ConnectionTrait>(changeset_id: Uuid, db: &C) -> Pending<'_, bool> {
        Box::pin(async move {
            let entry = audit_log::Entity::find()
                .filter(Column::ChangesetId.eq(changeset_id))
                // Denied and failed events outlive a unit that was rolled back.
                .filter(
                    Column::Kind
                        .eq(KIND_CHANGE)
                        .or(Column::Outcome.eq(Outcome::Success.as_str())),
                )
                .limit(1)
                .one(db)
                .await
                .map_err(failed)?;
            Ok(entry.is_some())
        })
    }
}

fn failed(error: DbErr) -> Error {
    if is_missing_table(&error) {
        Error::LogMissing(error.into())
    } else {
        error.into()
    }
}

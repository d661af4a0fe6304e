//! The timeline of a field: every value that it had.

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, sea_query::ValueTuple};

use super::{
    Entry, History, PastValue,
    field::FieldFilter,
    log_rows::Archived,
    names::{Names, Told, index},
    purged::missing,
    state_at::read,
};
use crate::{
    Error,
    audited::{Audited, ColumnOf, entity_type::entity_types},
    encode::Encoded,
};

/// A value that a field had for a time.
///
/// If entries about the entity type, and possibly about this row, have left the log or the archive, the value is
/// [`Unknown`](PastValue::Unknown), for [`Reason::Archived`](crate::Reason::Archived) or
/// [`Reason::Purged`](crate::Reason::Purged), and `since` is `None`.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
/// let roles = user::Entity::timeline(ann.id, user::Column::Role, &db).await?;
/// assert_eq!(roles[1].value, Some(audit_runtime::PastValue::Known("admin".into())));
/// assert_eq!(roles[1].since.as_ref().map(|entry| entry.actor.id()), Some("7"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tenure {
    /// The value; `None` if the row did not exist.
    pub value: Option<PastValue>,
    /// The entry that set the value. `None` for a value before the first entry, and next to missing entries.
    pub since: Option<Entry>,
}

pub(crate) async fn of<E: Audited, C: ConnectionTrait>(
    key: ValueTuple,
    column: ColumnOf<E>,
    archive: Option<Archived>,
    db: &C,
) -> Result<Vec<Tenure>, Error> {
    let reads_archive = archive.is_some();
    let mut question = History::of_key::<E>(key);
    question.fields.push(FieldFilter::of_column::<E>(column));
    question.archive = archive;
    let entries: Vec<Entry> = question.stream(db).try_collect().await?;
    // Read last, so that it includes all entries that left meanwhile.
    let missing = missing(&entity_types::<E>(), reads_archive, db).await?;
    let (names, column_index) = (Names::of::<E>(), index::<E>(column));
    let without_entry = |value| Tenure {
        value: Some(value),
        since: None,
    };

    let mut tenures = Vec::new();
    let mut last = 0;
    for entry in entries {
        let told = names.told(&entry, column_index);
        let (Told::Change(change) | Told::Perhaps(_, change)) = told else {
            continue;
        };
        let value = |side: &Option<Encoded>| {
            let side = side.as_ref();
            side.map(|side| read::<E>(&entry, told, column, Some(side)))
        };
        let (before, after) = (value(&change.before), value(&change.after));
        let gap = missing
            .between(last, Some(entry.id))
            .map(PastValue::Unknown);
        if gap.is_some() || tenures.is_empty() {
            tenures.extend(gap.into_iter().chain(before).map(without_entry));
        }
        last = entry.id;
        tenures.push(Tenure {
            value: after,
            since: Some(entry),
        });
    }
    let gap = missing.between(last, None).map(PastValue::Unknown);
    tenures.extend(gap.map(without_entry));
    Ok(tenures)
}

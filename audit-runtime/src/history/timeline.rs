//! The timeline of a field: every value that it had.

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, sea_query::ValueTuple};

use super::{
    Entry, History, PastValue,
    field::FieldFilter,
    names::{Names, Told, index},
    state_at::read,
};
use crate::{
    Error,
    audited::{Audited, ColumnOf},
    encode::Encoded,
};

/// A value that a field had for a time.
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
    /// The value; `None` where the row was gone.
    pub value: Option<PastValue>,
    /// The entry that gave it: who, when, from where. `None` for the value from before the first entry.
    pub since: Option<Entry>,
}

pub(super) async fn of<E: Audited, C: ConnectionTrait>(
    key: ValueTuple,
    column: ColumnOf<E>,
    db: &C,
) -> Result<Vec<Tenure>, Error> {
    let mut question = History::of_key::<E>(key);
    question.fields.push(FieldFilter::of_column::<E>(column));
    let (names, column_index) = (Names::of::<E>(), index::<E>(column));

    let mut tenures = Vec::new();
    let mut entries = question.stream(db);
    while let Some(entry) = entries.try_next().await? {
        let told = names.told(&entry, column_index);
        let (Told::Change(change) | Told::Perhaps(_, change)) = told else {
            continue;
        };
        let value = |side: &Option<Encoded>| {
            let side = side.as_ref();
            side.map(|side| read::<E>(&entry, told, column, Some(side)))
        };
        let (before, after) = (value(&change.before), value(&change.after));
        if tenures.is_empty() && before.is_some() {
            tenures.push(Tenure {
                value: before,
                since: None,
            });
        }
        tenures.push(Tenure {
            value: after,
            since: Some(entry),
        });
    }
    Ok(tenures)
}

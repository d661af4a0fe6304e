//! Every value that one field of a row had.

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, sea_query::ValueTuple};

use super::{
    Entry, History, PastValue,
    field::{FieldFilter, named, names},
    state_at::read,
};
use crate::{
    Error,
    audited::{Audited, ColumnOf},
    changes::Change,
    encode::Encoded,
};

/// A value that a field had for a time.
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
    let names = names::<E>(column);
    let value = |side: Option<&Encoded>| side.map(|side| read::<E>(column, Some(side)));

    let mut tenures = Vec::new();
    let mut entries = question.stream(db);
    while let Some(entry) = entries.try_next().await? {
        let Some(Change { before, after }) = named(&entry.changes, &names) else {
            continue;
        };
        if tenures.is_empty() && before.is_some() {
            tenures.push(Tenure {
                value: value(before.as_ref()),
                since: None,
            });
        }
        tenures.push(Tenure {
            value: value(after.as_ref()),
            since: Some(entry),
        });
    }
    Ok(tenures)
}

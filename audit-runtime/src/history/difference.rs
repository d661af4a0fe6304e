//! The difference between a row's states at two moments.

use sea_orm::{ConnectionTrait, sea_query::ValueTuple};

use super::{Moment, Past, PastValue, log_rows::Archived, state_at::state_at};
use crate::{
    Error,
    audited::{Audited, ColumnOf, FieldPolicy},
    changes::{Change, Changes},
    encode::{encode, same},
    error::Reason,
};

/// A row at two moments, and the difference.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// let created = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
/// audit.update(ann.id, user::Patch::new().role("guest")).await?;
///
/// let difference = user::Entity::history_between(ann.id, &created, chrono::Utc::now(), &db).await?;
/// let changes = serde_json::to_value(difference.changes())?;
/// assert_eq!(changes, serde_json::json!({ "role": { "before": "user", "after": "guest" } }));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference<E: Audited> {
    /// The row at the first moment, if there was one.
    pub before: Option<Past<E>>,
    /// The row at the second moment, if there was one.
    pub after: Option<Past<E>>,
}

impl<E: Audited> Difference<E> {
    /// The fields that are known to differ. If one of the rows does not exist, all known fields of the other.
    pub fn changes(&self) -> Changes {
        Changes::from_iter(self.columns().into_iter().filter_map(|column| {
            let field = E::field(column);
            let value = |past: &Option<Past<E>>| past.as_ref().map(|past| past.get(column).clone());
            let change = match (value(&self.before), value(&self.after)) {
                _ if field.policy == FieldPolicy::Key => return None,
                (Some(PastValue::Known(before)), Some(PastValue::Known(after))) => {
                    (!same(&before, &after)).then(|| Change {
                        before: Some(encode(&before)),
                        after: Some(encode(&after)),
                    })
                }
                (None, Some(PastValue::Known(after))) => Some(Change {
                    before: None,
                    after: Some(encode(&after)),
                }),
                (Some(PastValue::Known(before)), None) => Some(Change {
                    before: Some(encode(&before)),
                    after: None,
                }),
                _ => None,
            };
            Some((field.name, change?))
        }))
    }

    /// The fields that may differ, each with the reason why that is unknown.
    pub fn unknown(&self) -> Vec<(&'static str, Reason)> {
        let mut unknown: Vec<(&'static str, Reason)> = Vec::new();
        for past in [&self.before, &self.after].into_iter().flatten() {
            for (field, reason) in past.unknown() {
                if unknown.iter().all(|(known, _)| *known != field) {
                    unknown.push((field, reason.clone()));
                }
            }
        }
        unknown
    }

    fn columns(&self) -> Vec<ColumnOf<E>> {
        let past = self.before.iter().chain(&self.after).next();
        past.map(|past| past.iter().map(|(column, _)| column).collect())
            .unwrap_or_default()
    }
}

pub(crate) async fn between<E: Audited, C: ConnectionTrait>(
    key: ValueTuple,
    from: Moment,
    to: Moment,
    archive: Option<Archived>,
    db: &C,
) -> Result<Difference<E>, Error> {
    Ok(Difference {
        before: state_at(key.clone(), from, archive.clone(), db).await?,
        after: state_at(key, to, archive, db).await?,
    })
}

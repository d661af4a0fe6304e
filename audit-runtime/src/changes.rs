//! The difference of two rows, field by field.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sea_orm::{Iterable, ModelTrait, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::audited::{Audited, ColumnOf, FieldPolicy, ModelOf};
use crate::encode::{Encoded, encode, same};

mod stored;

/// What changed, by field name.
///
/// Serializes as it is stored. What plain JSON cannot say stands beside the value, out of reach of what is in it.
///
/// ```
/// use audit_runtime::changes::Changes;
/// use audit_runtime::encode::Encoded;
/// use serde_json::json;
///
/// let stored = json!({
///     "phone": { "before_is": "redacted", "after": null },
///     "role": { "before": "user", "after": "admin" },
/// });
/// let changes: Changes = serde_json::from_value(stored.clone())?;
///
/// let phone = changes.get("phone").unwrap();
/// assert_eq!(phone.before, Some(Encoded::Redacted));
/// assert_eq!(phone.after, Some(Encoded::Plain(json!(null))));
///
/// assert_eq!(changes.before(), json!({ "role": "user" }));
/// assert_eq!(changes.after(), json!({ "phone": null, "role": "admin" }));
/// assert_eq!(
///     changes.diff(),
///     json!([
///         { "field": "phone", "before_is": "redacted", "after": null },
///         { "field": "role", "before": "user", "after": "admin" },
///     ]),
/// );
/// assert_eq!(serde_json::to_value(&changes)?, stored);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(BTreeMap<Cow<'static, str>, Change>);

/// One field before and after. A CREATE has only `after`s, a DELETE only `before`s.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "stored::Stored")]
pub struct Change {
    /// The value before, if there was a row before.
    pub before: Option<Encoded>,
    /// The value after, if there is a row after.
    pub after: Option<Encoded>,
}

impl Changes {
    /// All fields of a row that came to be.
    pub fn created<E: Audited>(after: &ModelOf<E>) -> Self {
        Self::of_fields::<E>(|column, keep| {
            Some(Change {
                before: None,
                after: Some(keep(&after.get(column))),
            })
        })
    }

    /// All fields of a row that ceased to be.
    pub fn deleted<E: Audited>(before: &ModelOf<E>) -> Self {
        Self::of_fields::<E>(|column, keep| {
            Some(Change {
                before: Some(keep(&before.get(column))),
                after: None,
            })
        })
    }

    /// The fields in which two states of a row differ. Values are compared by meaning:
    /// 1.10 and 1.1 do not differ, nor does one instant in two time zones.
    pub fn updated<E: Audited>(before: &ModelOf<E>, after: &ModelOf<E>) -> Self {
        Self::of_fields::<E>(|column, keep| {
            let (before, after) = (before.get(column), after.get(column));
            (!same(&before, &after)).then(|| Change {
                before: Some(keep(&before)),
                after: Some(keep(&after)),
            })
        })
    }

    /// The change of one field.
    pub fn get(&self, field: &str) -> Option<&Change> {
        self.0.get(field)
    }

    /// The fields and their changes, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Change)> {
        self.0
            .iter()
            .map(|(field, change)| (field.as_ref(), change))
    }

    /// How many fields changed.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values before, as an object by field. Redacted ones are absent.
    pub fn before(&self) -> Json {
        self.side(|change| change.before.as_ref())
    }

    /// The values after, as an object by field. Redacted ones are absent.
    pub fn after(&self) -> Json {
        self.side(|change| change.after.as_ref())
    }

    /// The changes as an array of `{"field", "before", "after"}`, by field.
    /// Where a value is not plain JSON, `before_is` and `after_is` say what it is.
    pub fn diff(&self) -> Json {
        let change = |(field, change): (&str, &Change)| {
            let mut entry = Map::new();
            entry.insert("field".to_owned(), field.into());
            entry.extend(
                stored::parts(change).map(|(key, json)| (key.to_owned(), json.into_owned())),
            );
            Json::Object(entry)
        };
        self.iter().map(change).collect()
    }

    /// As it is stored.
    pub(crate) fn to_json(&self) -> Json {
        let fields = self.iter().map(|(field, change)| {
            let parts =
                stored::parts(change).map(|(key, json)| (key.to_owned(), json.into_owned()));
            (field.to_owned(), Json::Object(parts.collect()))
        });
        Json::Object(fields.collect())
    }

    fn side(&self, of: impl Fn(&Change) -> Option<&Encoded>) -> Json {
        let fields = self.iter().filter_map(|(field, change)| {
            let json = of(change)?.json()?;
            Some((field.to_owned(), json.into_owned()))
        });
        Json::Object(fields.collect())
    }

    fn of_fields<E: Audited>(
        change: impl Fn(ColumnOf<E>, fn(&Value) -> Encoded) -> Option<Change>,
    ) -> Self {
        let changes = ColumnOf::<E>::iter().filter_map(|column| {
            let field = E::field(column);
            let keep = match field.policy {
                FieldPolicy::Key | FieldPolicy::Skip => return None,
                FieldPolicy::Record => encode,
                FieldPolicy::Redact => redact,
            };
            Some((field.name.into(), change(column, keep)?))
        });
        Self(changes.collect())
    }
}

/// That a value was cleared is no secret.
fn redact(value: &Value) -> Encoded {
    if value.is_some() {
        Encoded::Redacted
    } else {
        Encoded::NULL
    }
}

//! The field-level difference of two rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::encode::Encoded;

mod rows;
mod stored;
#[cfg(test)]
mod tests;

/// Changed fields, by name.
///
/// It serializes to the stored form. A marker beside a value says what plain JSON cannot express.
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
///
/// Deserialization accepts any JSON. A form that this version does not know becomes [`Encoded::Unknown`].
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The value before, if there was a row before.
    pub before: Option<Encoded>,
    /// The value after, if there is a row after.
    pub after: Option<Encoded>,
}

impl Changes {
    /// Replaces the value before of a field by its JSON text, which plain JSON cannot repeat.
    pub(crate) fn with_text_before(mut self, field: &str, text: &str) -> Self {
        let change = self.0.get_mut(field);
        if let Some(before) = change.and_then(|change| change.before.as_mut()) {
            *before = Encoded::of_text(text);
        }
        self
    }

    /// Changes in a format that this version does not read: the names of the fields, without values.
    pub(crate) fn of_format(format: i16, stored: &Json) -> Self {
        let unknown = || Some(Encoded::Unknown(format!("format {format}")));
        let fields = stored.as_object().into_iter().flatten();
        let fields = fields.map(|(field, _)| {
            let change = Change {
                before: unknown(),
                after: unknown(),
            };
            (field.clone().into(), change)
        });
        Self(fields.collect())
    }

    pub(crate) fn from_iter(changes: impl Iterator<Item = (&'static str, Change)>) -> Self {
        Self(
            changes
                .map(|(field, change)| (field.into(), change))
                .collect(),
        )
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

    /// The number of changed fields.
    #[must_use]
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
    /// If a value is not plain JSON, `before_is` and `after_is` say what it is.
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

    /// Keeps only these fields, as if the others had been skipped when they were written.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|field, _| is_kept(field));
    }

    /// Removes the values of these fields, as if they had been redacted when they were written.
    pub(crate) fn redact(&mut self, is_redacted: impl Fn(&str) -> bool) {
        let fields = self.0.iter_mut().filter(|(field, _)| is_redacted(field));
        let sides = fields.flat_map(|(_, change)| [&mut change.before, &mut change.after]);
        for value in sides.flatten().filter(|value| **value != Encoded::NULL) {
            *value = Encoded::Redacted;
        }
    }

    /// The stored form.
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
}

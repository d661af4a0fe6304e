//! The field-level difference of two rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

#[cfg(feature = "postgres-array")]
use sea_orm::{
    ColumnTrait,
    sea_query::{ArrayType, ColumnType},
};
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
///
/// Reads any JSON: what this version does not know of is [`Encoded::Unknown`].
#[derive(Clone, Debug, Default, PartialEq)]
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
                after: Some(keep(&value::<E>(after, column))),
            })
        })
    }

    /// All fields of a row that ceased to be.
    pub fn deleted<E: Audited>(before: &ModelOf<E>) -> Self {
        Self::of_fields::<E>(|column, keep| {
            Some(Change {
                before: Some(keep(&value::<E>(before, column))),
                after: None,
            })
        })
    }

    /// The fields in which two states of a row differ. Values are compared by meaning:
    /// 1.10 and 1.1 do not differ, nor does one instant in two time zones.
    pub fn updated<E: Audited>(before: &ModelOf<E>, after: &ModelOf<E>) -> Self {
        Self::of_fields::<E>(|column, keep| {
            let (before, after) = (value::<E>(before, column), value::<E>(after, column));
            (!same(&before, &after)).then(|| Change {
                before: Some(keep(&before)),
                after: Some(keep(&after)),
            })
        })
    }

    /// As a format has it that this version does not read: the fields that are named, and nothing of their values.
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

    /// Leaves these fields alone, as if the others had been skipped when they were written.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|field, _| is_kept(field));
    }

    /// Takes the values of these fields away, as if they had been redacted when they were written.
    pub(crate) fn redact(&mut self, is_redacted: impl Fn(&str) -> bool) {
        let fields = self.0.iter_mut().filter(|(field, _)| is_redacted(field));
        let sides = fields.flat_map(|(_, change)| [&mut change.before, &mut change.after]);
        for value in sides.flatten().filter(|value| **value != Encoded::NULL) {
            *value = Encoded::Redacted;
        }
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

/// A column's value. SeaORM has a list of structs as an array, also where the column is one JSON document.
fn value<E: Audited>(row: &ModelOf<E>, column: ColumnOf<E>) -> Value {
    match row.get(column) {
        #[cfg(feature = "postgres-array")]
        Value::Array(ArrayType::Json, items) if is_document(column) => {
            let json = |item: &Value| match item {
                Value::Json(Some(json)) => Json::clone(json),
                _ => Json::Null,
            };
            let items = items.map(|items| items.iter().map(json).collect::<Json>());
            Value::Json(items.map(Box::new))
        }
        value => value,
    }
}

#[cfg(feature = "postgres-array")]
fn is_document(column: impl ColumnTrait) -> bool {
    matches!(
        column.def().get_column_type(),
        ColumnType::Json | ColumnType::JsonBinary
    )
}

/// That a value was cleared is no secret.
fn redact(value: &Value) -> Encoded {
    if value.is_some() {
        Encoded::Redacted
    } else {
        Encoded::NULL
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::Changes;
    use crate::encode::Encoded;

    mod account {
        use sea_orm::entity::prelude::*;

        use crate::audited::{Audited, Field, FieldPolicy};

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "account")]
        pub(super) struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(column_name = "account_name")]
            pub name: String,
            pub balance: f64,
            pub settings: Option<Json>,
            pub phone: Option<String>,
            pub seen_at: DateTimeUtc,
        }

        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub(super) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}

        impl Audited for Entity {
            fn field(column: Column) -> Field {
                let (name, policy) = match column {
                    Column::Id => ("id", FieldPolicy::Key),
                    Column::Name => ("name", FieldPolicy::Record),
                    Column::Balance => ("balance", FieldPolicy::Record),
                    Column::Settings => ("settings", FieldPolicy::Record),
                    Column::Phone => ("phone", FieldPolicy::Redact),
                    Column::SeenAt => ("seen_at", FieldPolicy::Skip),
                };
                Field { name, policy }
            }
        }
    }

    fn row() -> account::Model {
        account::Model {
            id: 1,
            name: "jane".to_owned(),
            balance: 1.5,
            settings: None,
            phone: Some("555".to_owned()),
            seen_at: Default::default(),
        }
    }

    #[test]
    fn a_new_row_is_all_after() {
        let stored = json!({
            "name": { "after": "jane" },
            "balance": { "after": 1.5 },
            "settings": { "after": null },
            "phone": { "after_is": "redacted" },
        });
        let changes = Changes::created::<account::Entity>(&row());
        assert_eq!(to_value(&changes).unwrap(), stored);
        assert_eq!(changes.before(), json!({}));
        assert_eq!(
            changes.after(),
            json!({ "name": "jane", "balance": 1.5, "settings": null })
        );
    }

    #[test]
    fn a_deleted_row_is_all_before() {
        let changes = Changes::deleted::<account::Entity>(&account::Model {
            phone: None,
            ..row()
        });
        let stored = json!({
            "name": { "before": "jane" },
            "balance": { "before": 1.5 },
            "settings": { "before": null },
            "phone": { "before": null },
        });
        assert_eq!(to_value(&changes).unwrap(), stored);
    }

    #[test]
    fn an_update_is_what_differs() {
        let before = row();
        let after = account::Model {
            name: "jane\0".to_owned(),
            settings: Some(json!(null)),
            phone: None,
            seen_at: chrono::Utc::now(),
            ..row()
        };
        let stored = json!({
            "name": { "before": "jane", "after": "amFuZQA=", "after_is": "base64" },
            "settings": { "before": null, "after": null, "after_is": "json_null" },
            "phone": { "before_is": "redacted", "after": null },
        });
        let changes = Changes::updated::<account::Entity>(&before, &after);
        assert_eq!(to_value(&changes).unwrap(), stored);
        assert_eq!(changes.len(), 3);
        let fields: Vec<_> = changes.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["name", "phone", "settings"]);
    }

    #[test]
    fn no_difference_in_meaning_is_no_change() {
        let before = account::Model {
            balance: f64::NAN,
            settings: Some(json!({ "a": 1, "b": 2 })),
            ..row()
        };
        let after = account::Model {
            seen_at: chrono::Utc::now(),
            settings: Some(json!({ "b": 2.0, "a": 1 })),
            ..before.clone()
        };
        assert!(Changes::updated::<account::Entity>(&before, &after).is_empty());
    }

    #[test]
    fn another_shape_is_unknown_in_its_field() {
        let strange = [
            (
                json!(1),
                json!({ "before_is": "no change", "after_is": "no change" }),
            ),
            (
                json!({}),
                json!({ "before_is": "no change", "after_is": "no change" }),
            ),
            (
                json!({ "before": 1, "since": 2 }),
                json!({ "before_is": "since" }),
            ),
            (
                json!({ "before": 1, "before_is": "sealed" }),
                json!({ "before_is": "sealed" }),
            ),
            (
                json!({ "before": 1, "before_is": null }),
                json!({ "before_is": "null" }),
            ),
            (
                json!({ "before": 1, "before_is": ["a"] }),
                json!({ "before_is": "[\"a\"]" }),
            ),
            (
                json!({ "before_is": "json_null" }),
                json!({ "before_is": "json_null" }),
            ),
            (
                json!({ "after_is": "base64" }),
                json!({ "after_is": "base64" }),
            ),
            (
                json!({ "before": 1, "before_is": "redacted", "after": 2 }),
                json!({ "before_is": "redacted", "after": 2 }),
            ),
        ];
        for (stored, read) in strange {
            let changes = json!({ "a": stored, "b": { "before": 1, "after": 2 } });
            let changes: Changes = serde_json::from_value(changes).unwrap();
            let known = json!({ "before": 1, "after": 2 });
            assert_eq!(
                to_value(&changes).unwrap(),
                json!({ "a": read, "b": known })
            );
            let change = changes.get("a").unwrap();
            let unknown = [&change.before, &change.after].into_iter().flatten();
            let unknown = unknown.filter(|side| matches!(side, Encoded::Unknown(_)));
            assert!(unknown.count() > 0, "{stored}");
        }
        assert!(serde_json::from_value::<Changes>(json!([])).is_err());
    }
}

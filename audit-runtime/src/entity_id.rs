//! Which record: the text of its key, and the name of its type.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDateTime, SubsecRound, TimeDelta, Timelike};
use sea_orm::sea_query::{ColumnType, ValueTuple};
use sea_orm::{ColumnTrait, DbBackend, Iterable, PrimaryKeyToColumn, Value};
use serde_json::Value as Json;

use crate::audited::Audited;
use crate::encode::{Encoded, ValueKind, decode, json};
use crate::text::identity;
use crate::withheld::apply_policy;

/// The text of a key, at most 512 characters and different for every key of one type.
///
/// A single key is its encoding, unquoted; a composite one is a compact JSON array in the order of the key.
/// Text of 512 characters or more, or with U+0000, becomes a prefix and a SHA-256.
///
/// ```
/// use audit_runtime::encode::entity_id;
///
/// assert_eq!(entity_id(&[7.into()]), "7");
/// assert_eq!(entity_id(&["jane".into()]), "jane");
/// assert_eq!(entity_id(&[7.into(), "jane".into()]), r#"[7,"jane"]"#);
/// assert_eq!(entity_id(&["a".repeat(600).into()]).chars().count(), 512);
/// ```
pub fn entity_id(key: &[Value]) -> String {
    let text = match key {
        [value] => text_of(value),
        _ => key.iter().map(json_of).collect::<Json>().to_string(),
    };
    capped(text)
}

/// The text of a key that an application gives as text.
pub(crate) fn capped(text: String) -> String {
    const LIMIT: usize = 512;

    match identity(&text, LIMIT) {
        Cow::Borrowed(_) => text,
        Cow::Owned(capped) => capped,
    }
}

/// The text of an entity's key, whether it comes from a row or from a caller.
pub(crate) fn entity_id_of<E: Audited>(key: ValueTuple, backend: DbBackend) -> String {
    let key: Vec<Value> = unpadded::<E>(key, backend).into_iter().collect();
    entity_id(&key)
}

/// The key that an entity id is the text of; `None` where the id is a hash, or the key has another type since.
pub(crate) fn key_from<E: Audited>(id: &str) -> Option<ValueTuple> {
    let key = key_like::<E>(id)?;
    let values: Vec<_> = key.clone().into_iter().collect();
    (entity_id(&values) == id).then_some(key)
}

/// The key that a text means, be it written as in an entity id or in another way.
pub(crate) fn key_like<E: Audited>(id: &str) -> Option<ValueTuple> {
    let kinds: Vec<_> = E::PrimaryKey::iter()
        .map(|key| ValueKind::of::<E>(key.into_column()))
        .collect();
    let values = match &kinds[..] {
        [kind] => vec![value_like(id, kind)?],
        _ => {
            let parts: Vec<Json> = serde_json::from_str(id).ok()?;
            if parts.len() != kinds.len() {
                return None;
            }
            let values = parts.into_iter().zip(&kinds);
            values
                .map(|(json, kind)| not_null(json, kind))
                .collect::<Option<_>>()?
        }
    };
    Some(tuple(values))
}

/// A key of these values.
pub(crate) fn tuple(values: Vec<Value>) -> ValueTuple {
    match <[Value; 1]>::try_from(values) {
        Ok([one]) => ValueTuple::One(one),
        Err(mut values) => match &mut values[..] {
            [a, b] => ValueTuple::Two(a.clone(), b.clone()),
            [a, b, c] => ValueTuple::Three(a.clone(), b.clone(), c.clone()),
            _ => ValueTuple::Many(values),
        },
    }
}

/// A key as the driver sends it: an instant has microseconds, and the rest is cut off.
pub(crate) fn as_sent(key: ValueTuple, backend: DbBackend) -> ValueTuple {
    if backend == DbBackend::Sqlite {
        return key;
    }
    // PostgreSQL counts from the year 2000, and cuts toward it.
    let is_rounded_up = |at: NaiveDateTime| {
        backend == DbBackend::Postgres && at.year() < 2000 && !at.nanosecond().is_multiple_of(1_000)
    };
    let step = |at| match is_rounded_up(at) {
        true => TimeDelta::microseconds(1),
        false => TimeDelta::zero(),
    };
    let sent = |value| match value {
        Value::ChronoTime(Some(at)) => Value::ChronoTime(Some(at.trunc_subsecs(6))),
        Value::ChronoDateTime(Some(at)) => {
            Value::ChronoDateTime(Some(at.trunc_subsecs(6) + step(at)))
        }
        Value::ChronoDateTimeUtc(Some(at)) => {
            Value::ChronoDateTimeUtc(Some(at.trunc_subsecs(6) + step(at.naive_utc())))
        }
        Value::ChronoDateTimeLocal(Some(at)) => {
            Value::ChronoDateTimeLocal(Some(at.trunc_subsecs(6) + step(at.naive_utc())))
        }
        Value::ChronoDateTimeWithTimeZone(Some(at)) => {
            Value::ChronoDateTimeWithTimeZone(Some(at.trunc_subsecs(6) + step(at.naive_utc())))
        }
        value => value,
    };
    tuple(key.into_iter().map(sent).collect())
}

/// The value that a text means in a column of this kind: the text itself, or what it is the JSON of.
pub(crate) fn value_like(text: &str, kind: &ValueKind) -> Option<Value> {
    let unquoted = || not_null(serde_json::from_str(text).ok()?, kind);
    not_null(text.into(), kind).or_else(unquoted)
}

fn not_null(json: Json, kind: &ValueKind) -> Option<Value> {
    let value = decode(&Encoded::Plain(json), kind).ok()?;
    value.is_some().then_some(value)
}

/// A key without the blanks that fill up `char(n)`.
///
/// PostgreSQL shows them and MySQL does not, unless it is told to, and to neither are they part of the value.
/// What a driver sends is no `char(n)`: with them it is not equal to anything stored.
pub(crate) fn unpadded<E: Audited>(mut key: ValueTuple, backend: DbBackend) -> ValueTuple {
    let values: Vec<&mut Value> = match &mut key {
        _ if backend == DbBackend::Sqlite => Vec::new(),
        ValueTuple::One(a) => vec![a],
        ValueTuple::Two(a, b) => vec![a, b],
        ValueTuple::Three(a, b, c) => vec![a, b, c],
        ValueTuple::Many(values) => values.iter_mut().collect(),
    };
    for (column, value) in E::PrimaryKey::iter().zip(values) {
        if let Value::String(Some(text)) = value
            && is_char::<E>(column.into_column())
        {
            text.truncate(text.trim_end_matches(' ').len());
        }
    }
    key
}

/// What entries call an entity by, and what they called it before.
pub(crate) fn entity_types<E: Audited>() -> Vec<String> {
    apply_policy::<E>();
    type_names::<E>()
}

pub(crate) fn type_names<E: Audited>() -> Vec<String> {
    let former = E::FORMER_ENTITY_TYPES.iter();
    let former = former.map(|name| type_in_log((*name).into()).into_owned());
    let mut types = vec![type_name::<E>().into_owned()];
    for name in former {
        if !types.contains(&name) {
            types.push(name);
        }
    }
    types
}

/// What entries call an entity by: the name it was given, or that of its table.
/// Tables of one name in two schemas are two entities.
///
/// Whoever asks is about to write or read entries of it, so what of them is shown is settled here.
pub(crate) fn entity_type<E: Audited>() -> Cow<'static, str> {
    apply_policy::<E>();
    type_name::<E>()
}

fn type_name<E: Audited>() -> Cow<'static, str> {
    let entity = E::default();
    let name = match (E::ENTITY_TYPE, entity.schema_name()) {
        (Some(name), _) => name.into(),
        (None, None) => entity.table_name().into(),
        (None, Some(schema)) => Cow::from(format!("{schema}.{}", entity.table_name())),
    };
    type_in_log(name)
}

fn type_in_log(name: Cow<'static, str>) -> Cow<'static, str> {
    const LIMIT: usize = 64;

    match identity(&name, LIMIT) {
        Cow::Borrowed(_) => name,
        Cow::Owned(capped) => capped.into(),
    }
}

/// The text of a value: its encoding, unquoted.
pub(crate) fn text_of(value: &Value) -> String {
    match json_of(value) {
        Json::String(text) => text,
        json => json.to_string(),
    }
}

/// Of a value that cannot be read back it is the `Debug`, for two keys are two ids; no entry has such an id.
fn json_of(value: &Value) -> Json {
    json::of(value).unwrap_or_else(|| format!("{value:?}").into())
}

fn is_char<E: Audited>(column: E::Column) -> bool {
    matches!(column.def().get_column_type(), ColumnType::Char(_))
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::{entity_id_of, entity_type};

    mod country {
        use sea_orm::entity::prelude::*;

        use crate::audited::{Audited, Field, FieldPolicy};

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(schema_name = "geo", table_name = "country")]
        pub(super) struct Model {
            #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(8))")]
            pub code: String,
            #[sea_orm(primary_key, auto_increment = false)]
            pub name: String,
        }

        #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
        pub(super) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}

        impl Audited for Entity {
            fn field(_: Column) -> Field {
                Field {
                    name: "",
                    policy: FieldPolicy::Key,
                }
            }
        }
    }

    #[test]
    fn the_padding_of_a_char_column_is_no_part_of_a_key() {
        let key = || ("de  ".to_owned(), "x  ".to_owned());
        let id = |backend| {
            entity_id_of::<country::Entity>(
                sea_orm::sea_query::IntoValueTuple::into_value_tuple(key()),
                backend,
            )
        };
        assert_eq!(id(DbBackend::Postgres), r#"["de","x  "]"#);
        assert_eq!(id(DbBackend::Sqlite), r#"["de  ","x  "]"#);
        assert_eq!(id(DbBackend::MySql), r#"["de","x  "]"#);
    }

    #[test]
    fn a_table_is_known_with_its_schema() {
        assert_eq!(entity_type::<country::Entity>(), "geo.country");
    }
}

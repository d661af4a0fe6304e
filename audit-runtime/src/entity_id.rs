//! Converts the key of an audited entity's row to its text in the log, and back.

use chrono::{Datelike, NaiveDateTime, SubsecRound, TimeDelta, Timelike};
use sea_orm::{
    ColumnTrait, DbBackend, Iterable, PrimaryKeyToColumn, Value,
    sea_query::{ColumnType, ValueTuple},
};
use serde_json::Value as Json;

use crate::{
    audited::Audited,
    dialect::Family,
    encode::{Encoded, ValueKind, decode, entity_id::entity_id},
};

/// Returns the text of an entity's key, from a row or from a caller.
pub(crate) fn entity_id_of<E: Audited>(key: ValueTuple, backend: DbBackend) -> String {
    let key: Vec<Value> = unpadded::<E>(key, backend).into_iter().collect();
    entity_id(&key)
}

/// Parses an entity id. `None` if it is a hash, or the type of the key has changed.
pub(crate) fn key_from<E: Audited>(id: &str) -> Option<ValueTuple> {
    let key = key_like::<E>(id)?;
    let values: Vec<_> = key.clone().into_iter().collect();
    (entity_id(&values) == id).then_some(key)
}

/// Parses a key in the notation of an entity id, or in another one.
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

/// Builds a key of these values.
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

/// Truncates a key as the driver does: instants have microseconds.
pub(crate) fn as_sent(key: ValueTuple, backend: DbBackend) -> ValueTuple {
    let family = Family::from(backend);
    if family.sends_nanoseconds() {
        return key;
    }
    // PostgreSQL counts from the year 2000 and truncates toward it.
    let is_rounded_up = |at: NaiveDateTime| {
        family.rounds_toward_2000() && at.year() < 2000 && !at.nanosecond().is_multiple_of(1_000)
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

/// Parses a value for a column of this kind: the text itself, or its content as JSON.
pub(crate) fn value_like(text: &str, kind: &ValueKind) -> Option<Value> {
    let unquoted = || not_null(serde_json::from_str(text).ok()?, kind);
    not_null(text.into(), kind).or_else(unquoted)
}

fn not_null(json: Json, kind: &ValueKind) -> Option<Value> {
    let value = decode(&Encoded::Plain(json), kind).ok()?;
    value.is_some().then_some(value)
}

/// Removes the blanks that pad a `char(n)`.
///
/// They do not belong to the value. PostgreSQL returns them; MySQL does not, unless configured to. A driver sends a
/// parameter as text, and with the blanks it equals no stored value.
pub(crate) fn unpadded<E: Audited>(mut key: ValueTuple, backend: DbBackend) -> ValueTuple {
    let values: Vec<&mut Value> = match &mut key {
        _ if !Family::from(backend).pads_char() => Vec::new(),
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

fn is_char<E: Audited>(column: E::Column) -> bool {
    matches!(column.def().get_column_type(), ColumnType::Char(_))
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::entity_id_of;

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
        assert_eq!(
            crate::audited::entity_type::entity_type::<country::Entity>(),
            "geo.country"
        );
    }
}

//! Support for generated patches and drafts: setters, deserialization from JSON, and `Debug`.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    marker::PhantomData,
};

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ActiveValue, ColumnTrait, Value};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Unexpected, Visitor},
};
use serde_json::Value as Json;

use super::entity::{ActiveModelOf, Allowlist, Audited, ColumnOf, FieldPolicy};
use super::refused::{Refused, quoted};

/// Returns the keys of a JSON object that the allowlist `A` refuses, in their order.
///
/// The error of deserializing `A` names them. This function is for a caller that records them.
pub fn refused_keys<A: Allowlist>(json: &Json) -> Vec<&str> {
    let accepted = accepted_keys::<A>();
    let keys = json
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys());
    keys.map(String::as_str)
        .filter(|key| !accepted.contains_key(key))
        .collect()
}

/// The fields of an allowlist, read from a JSON object.
#[allow(missing_debug_implementations, reason = "the values may be secret")]
pub struct Fields<A> {
    /// The values by the field's name in JSON, also if an alias was used.
    values: BTreeMap<&'static str, Json>,
    allowlist: PhantomData<A>,
}

impl<A: Allowlist> Fields<A> {
    /// Reads the whole object, because the error names every refused key.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_map`, because its error quotes a string in full.
        deserializer.deserialize_any(Self {
            values: BTreeMap::new(),
            allowlist: PhantomData,
        })
    }

    /// Takes a field (RFC 7396): an absent field is unchanged, `null` is NULL.
    pub fn take<'de, T, E>(&mut self, column: ColumnOf<A::Owner>) -> Result<ActiveValue<T>, E>
    where
        T: Deserialize<'de> + Into<Value>,
        E: Error,
    {
        let Some((key, value)) = self.remove(column) else {
            return Ok(ActiveValue::NotSet);
        };
        if value.is_null() && !column.def().is_null() {
            return Err(E::custom(format_args!("`{key}` cannot be null")));
        }
        read::<A, T, E>(column, key, T::deserialize(value))
    }

    /// As [`take`](Self::take), with the model's own `deserialize_with`, which also decides what `null` means.
    pub fn take_with<T, E>(
        &mut self,
        column: ColumnOf<A::Owner>,
        function: impl FnOnce(Json) -> Result<T, serde_json::Error>,
    ) -> Result<ActiveValue<T>, E>
    where
        T: Into<Value>,
        E: Error,
    {
        match self.remove(column) {
            Some((key, value)) => read::<A, T, E>(column, key, function(value)),
            None => Ok(ActiveValue::NotSet),
        }
    }

    fn remove(&mut self, column: ColumnOf<A::Owner>) -> Option<(&'static str, Json)> {
        let key = *keys::<A>(column).first()?;
        Some((key, self.values.remove(key)?))
    }
}

fn read<A: Allowlist, T: Into<Value>, E: Error>(
    column: ColumnOf<A::Owner>,
    key: &str,
    result: Result<T, serde_json::Error>,
) -> Result<ActiveValue<T>, E> {
    result.map(ActiveValue::Set).map_err(|error| {
        if shows_values::<A>(column) {
            E::custom(format_args!("`{key}`: {}", shortened(&error.to_string())))
        } else {
            // serde's own message contains the value.
            E::custom(format_args!("`{key}`: invalid value"))
        }
    })
}

impl<'de, A: Allowlist> Visitor<'de> for Fields<A> {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "an object with fields among {}",
            quoted(&allowed_keys::<A>())
        )
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Err(E::invalid_type(Unexpected::Other("a string"), &self))
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<Self, M::Error> {
        let accepted = accepted_keys::<A>();
        let mut refused = Refused::default();
        let mut repeated = None;
        while let Some(key) = map.next_key::<String>()? {
            let Some(key) = accepted.get(key.as_str()) else {
                map.next_value::<IgnoredAny>()?;
                refused.add(&key);
                continue;
            };
            let value = map.next_value()?;
            match self.values.entry(*key) {
                Entry::Vacant(entry) => _ = entry.insert(value),
                Entry::Occupied(entry) => repeated = Some(*entry.key()),
            }
        }
        if !refused.is_empty() {
            return Err(M::Error::custom(refused.message(&allowed_keys::<A>())));
        }
        match repeated {
            Some(key) => Err(M::Error::custom(format_args!("`{key}` appears twice"))),
            None => Ok(self),
        }
    }
}

/// The value to write. `Unchanged` counts as not set.
pub fn value<T: Clone + Into<Value>>(field: &ActiveValue<T>) -> ActiveValue<Value> {
    match field {
        ActiveValue::Set(value) => ActiveValue::Set(value.clone().into()),
        ActiveValue::Unchanged(_) | ActiveValue::NotSet => ActiveValue::NotSet,
    }
}

/// Builds a new row: `ActiveModelBehavior::new`, with the values of the draft.
pub fn into_row<A: Allowlist>(draft: &A) -> ActiveModelOf<A::Owner> {
    let mut row = <ActiveModelOf<A::Owner> as ActiveModelBehavior>::new();
    for (column, value) in draft.values() {
        if let ActiveValue::Set(value) = value {
            row.set(column, value);
        }
    }
    row
}

/// `Debug` without the values of redacted and skipped fields.
pub fn debug<A: Allowlist>(
    allowlist: &A,
    name: &str,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut debug = formatter.debug_struct(name);
    for (column, value) in allowlist.values() {
        let field = A::Owner::field(column).name;
        match value {
            ActiveValue::Set(value) if shows_values::<A>(column) => debug.field(field, &value),
            ActiveValue::Set(_) => debug.field(field, &"redacted"),
            ActiveValue::Unchanged(_) | ActiveValue::NotSet => {
                debug.field(field, &format_args!("NotSet"))
            }
        };
    }
    debug.finish()
}

fn shows_values<A: Allowlist>(column: ColumnOf<A::Owner>) -> bool {
    match A::Owner::field(column).policy {
        FieldPolicy::Key | FieldPolicy::Record => true,
        FieldPolicy::Redact | FieldPolicy::Skip => false,
    }
}

/// Keeps both ends of a message, because it may quote a long value.
fn shortened(message: &str) -> String {
    const START: usize = 120;
    const END: usize = 60;

    let length = message.chars().count();
    if length <= START + END {
        return message.to_owned();
    }
    let mut short: String = message.chars().take(START).collect();
    short.push('…');
    short.extend(message.chars().skip(length - END));
    short
}

/// The names of the allowlist's fields in JSON.
pub(crate) fn allowed_keys<A: Allowlist>() -> Vec<&'static str> {
    let columns = A::default().values();
    columns
        .iter()
        .filter_map(|(column, _)| keys::<A>(*column).first().copied())
        .collect()
}

/// Every key that sets a field, with the field's name in JSON.
pub(crate) fn accepted_keys<A: Allowlist>() -> BTreeMap<&'static str, &'static str> {
    let columns = A::default().values().into_iter();
    columns
        .flat_map(|(column, _)| {
            let keys = keys::<A>(column);
            let name = keys.first().copied();
            keys.into_iter().filter_map(move |key| Some((key, name?)))
        })
        .collect()
}

fn keys<A: Allowlist>(column: ColumnOf<A::Owner>) -> Vec<&'static str> {
    match A::keys(column) {
        Some(keys) => keys.to_vec(),
        None => vec![column.json_key()],
    }
}

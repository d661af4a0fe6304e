//! The state of a row at a moment.

use sea_orm::{
    ActiveModelTrait, IdenStatic, Iterable, PrimaryKeyToColumn, TryIntoModel, Value,
    sea_query::ValueTuple,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Map, Value as Json};

use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy, ModelOf, entity_type::entity_type},
    encode::encode,
    error::{DatabaseError, Reason},
    stored_row::takes,
};

/// A row at a moment: for each column the value, or the reason why it is unknown.
///
/// It serializes as `{"known": {"role": "admin"}, "unknown": {"phone": "it is redacted"}}`.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.delete::<user::Entity>(ann.id).await?;
/// let deletion = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
///
/// let past = user::Entity::state_at(ann.id, Moment::before(&deletion), &db).await?.ok_or("no row")?;
/// assert_eq!(past.value(user::Column::Role), Some(&"user".into()));
/// assert_eq!(past.unknown().count(), 0);
/// assert_eq!(past.model()?, ann);
/// assert_eq!(user::Entity::state_at(ann.id, &deletion, &db).await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Past<E: Audited> {
    pub(super) entity_id: String,
    pub(super) values: Vec<(ColumnOf<E>, PastValue)>,
}

/// The value of a column at a moment, or the reason why it is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum PastValue {
    /// The value, in the column's type.
    Known(Value),
    /// The value is unknown.
    Unknown(Reason),
}

impl<E: Audited> Past<E> {
    /// Returns the value of a column, or the reason why it is unknown.
    pub fn get(&self, column: ColumnOf<E>) -> &PastValue {
        let index = ColumnOf::<E>::iter().position(|other| same(&other, &column));
        &self.values[index.unwrap_or_default()].1
    }

    /// Returns the value of a column, if it is known.
    pub fn value(&self, column: ColumnOf<E>) -> Option<&Value> {
        match self.get(column) {
            PastValue::Known(value) => Some(value),
            PastValue::Unknown(_) => None,
        }
    }

    /// Returns all columns, in the order of the entity.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (ColumnOf<E>, &PastValue)> {
        self.values.iter().map(|(column, value)| (*column, value))
    }

    /// Returns the unknown fields, each with the reason.
    pub fn unknown(&self) -> impl Iterator<Item = (&'static str, &Reason)> {
        self.iter().filter_map(|(column, value)| match value {
            PastValue::Known(_) => None,
            PastValue::Unknown(reason) => Some((E::field(column).name, reason)),
        })
    }

    /// Converts to the entity's `Model`.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownFields`] names the fields that are unknown, or whose value the field's current type does not
    /// accept.
    pub fn model(&self) -> Result<ModelOf<E>, Error> {
        let unfit = |(column, value): (ColumnOf<E>, &PastValue)| match value {
            PastValue::Known(value) => {
                (!takes::<E>(column, value)).then_some((column, Reason::Unfit))
            }
            PastValue::Unknown(reason) => Some((column, reason.clone())),
        };
        let unknown: Vec<_> = self
            .iter()
            .filter_map(unfit)
            .map(|(column, reason)| (E::field(column).name.to_owned(), reason))
            .collect();
        if !unknown.is_empty() {
            return Err(Error::UnknownFields {
                entity_type: entity_type::<E>().into_owned(),
                entity_id: self.entity_id.clone(),
                fields: unknown,
            });
        }
        let mut row = <ActiveModelOf<E> as ActiveModelTrait>::default();
        for (column, value) in self.iter() {
            if let PastValue::Known(value) = value {
                row.try_set(column, value.clone())
                    .map_err(DatabaseError::scrubbed)?;
            }
        }
        Ok(row.try_into_model().map_err(DatabaseError::scrubbed)?)
    }

    /// Builds a row from the value of each column, without hidden values.
    pub(super) fn of(
        entity_id: String,
        key: &ValueTuple,
        mut value: impl FnMut(ColumnOf<E>) -> PastValue,
    ) -> Self {
        let values =
            ColumnOf::<E>::iter().map(|column| (column, shown::<E>(column, value(column))));
        let mut past = Self {
            entity_id,
            values: values.collect(),
        };
        for (column, value) in E::PrimaryKey::iter().zip(key.clone()) {
            past.set(column.into_column(), PastValue::Known(value));
        }
        past
    }

    pub(super) fn set(&mut self, column: ColumnOf<E>, value: PastValue) {
        let slot = self
            .values
            .iter_mut()
            .find(|(other, _)| same(other, &column));
        if let Some((_, slot)) = slot {
            *slot = shown::<E>(column, value);
        }
    }
}

/// Hides the values of redacted and skipped fields, except that a redacted field is NULL.
fn shown<E: Audited>(column: ColumnOf<E>, value: PastValue) -> PastValue {
    match (E::field(column).policy, value) {
        (FieldPolicy::Skip, _) => PastValue::Unknown(Reason::Skipped),
        (FieldPolicy::Redact, PastValue::Known(value)) if value.is_some() => {
            PastValue::Unknown(Reason::Redacted)
        }
        (_, value) => value,
    }
}

// A derived impl would require comparable columns.
impl<E: Audited> PartialEq for Past<E> {
    fn eq(&self, other: &Self) -> bool {
        let values = |past| Self::iter(past).map(|(_, value)| value);
        self.entity_id == other.entity_id && values(self).eq(values(other))
    }
}

impl<E: Audited> Serialize for Past<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut known = Map::new();
        let mut unknown = Map::new();
        for (column, value) in self.iter() {
            let field = E::field(column).name.to_owned();
            match value {
                PastValue::Known(value) => {
                    let json = encode(value).json().map(|json| json.into_owned());
                    known.insert(field, json.unwrap_or_default());
                }
                PastValue::Unknown(reason) => {
                    unknown.insert(field, Json::String(reason.to_string()));
                }
            }
        }
        let mut past = serializer.serialize_struct("Past", 2)?;
        past.serialize_field("known", &known)?;
        past.serialize_field("unknown", &unknown)?;
        past.end()
    }
}

pub(super) fn same<C: IdenStatic>(a: &C, b: &C) -> bool {
    a.as_str() == b.as_str()
}

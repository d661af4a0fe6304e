//! The restoration of a deleted row.

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, Iterable, PrimaryKeyToColumn, Value};

use super::{
    super::{
        Entry,
        names::{Names, Told, index},
        past::same,
        recorded::{read_change, takes},
    },
    checks::UNFIT,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy},
    changes::Change,
    encode::DecodeError,
    error::DatabaseError,
};

/// A deleted row to be inserted again: what [`Writer::restore`](crate::Writer::restore) takes.
///
/// It has what the entry says, and that stays as it is. What the entry could not say, a redacted password say, is
/// [filled](Self::fill) in.
#[derive(Clone, Debug)]
#[must_use = "a restoration is written by `Writer::restore`"]
pub struct Restoration<E: Audited> {
    pub(crate) row: ActiveModelOf<E>,
    pub(crate) entry: i64,
    pub(crate) entity_id: String,
    /// The columns whose values the entry says, the key among them.
    pub(crate) known: Vec<ColumnOf<E>>,
}

impl<E: Audited> Restoration<E> {
    /// What the entry says, by field.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let known = self.known.iter().copied();
        known.filter_map(|column| {
            let value = self.row.get(column).into_value()?;
            Some((E::field(column).name, value))
        })
    }

    /// The fields that are not set: the database will give them their default, if they have one.
    pub fn missing(&self) -> Vec<&'static str> {
        ColumnOf::<E>::iter()
            .filter(|column| self.row.get(*column).is_not_set())
            .map(|column| E::field(column).name)
            .collect()
    }

    /// Sets a field of which the entry says nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`] for a field that the entry tells of, for the restored row is to be the deleted one, and
    /// for a value that is none of the field's type.
    pub fn fill(mut self, column: ColumnOf<E>, value: impl Into<Value>) -> Result<Self, Error> {
        let field = E::field(column).name;
        let refused = |problem: &str| Error::Irreversible {
            entry: self.entry,
            problem: format!("`{field}` {problem}"),
            fields: vec![field.to_owned()],
        };
        if self.known.iter().any(|known| same(known, &column)) {
            return Err(refused("is in the entry, and is restored as it was"));
        }
        let value = value.into();
        if !takes::<E>(column, &value) {
            return Err(refused("has no such value"));
        }
        let set = self.row.try_set(column, value);
        set.map_err(DatabaseError::scrubbed)?;
        Ok(self)
    }
}

impl Entry {
    /// The row that this entry deleted, to be inserted again.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`] for an entry that is no deletion of such a row, or has values that do not read as the
    /// columns' types of today.
    pub fn restoration<E: Audited>(&self) -> Result<Restoration<E>, Error> {
        self.check_is::<E>("DELETE")?;
        let mut row = <ActiveModelOf<E> as ActiveModelBehavior>::new();
        let mut known = Vec::new();
        let mut set = |column, value| {
            known.push(column);
            row.try_set(column, value)
                .map_err(|error| Error::from(DatabaseError::scrubbed(error)))
        };
        for (column, value) in E::PrimaryKey::iter().zip(self.key::<E>()?) {
            set(column.into_column(), value)?;
        }
        let all_names = Names::of::<E>();
        let mut refused = Vec::new();
        for column in ColumnOf::<E>::iter() {
            if let FieldPolicy::Key | FieldPolicy::Skip = E::field(column).policy {
                continue;
            }
            let read = match all_names.told(self, index::<E>(column)) {
                Told::Change(Change { before: None, .. }) | Told::Nothing => continue,
                told => read_change::<E>(told, column),
            };
            match read {
                Ok((Some(value), _)) if takes::<E>(column, &value) => set(column, value)?,
                Ok((Some(_), _)) => {
                    refused.push((E::field(column).name.to_owned(), UNFIT.to_owned()));
                }
                Ok((None, _)) | Err(DecodeError::Redacted) => {}
                Err(error) => refused.push((E::field(column).name.to_owned(), error.to_string())),
            }
        }
        self.refuse(refused)?;
        Ok(Restoration {
            row,
            entry: self.id,
            entity_id: self.entity_id.clone().unwrap_or_default(),
            known,
        })
    }
}

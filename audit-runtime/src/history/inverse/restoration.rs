//! The restoration of a deleted row.

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, Iterable, PrimaryKeyToColumn, Value};

use super::{
    super::{
        Entry,
        names::{Names, Told, index},
        past::same,
        recorded::read_change,
    },
    checks::UNFIT,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy},
    changes::Change,
    encode::DecodeError,
    error::DatabaseError,
    stored_row::takes,
};

/// A deleted row, ready to be inserted again by [`Writer::restore`](crate::Writer::restore).
///
/// The values that the entry contains are fixed. [`fill`](Self::fill) sets the others, such as a redacted password.
///
/// ```
#[doc = include_str!("../../guide/example.txt")]
/// audit.delete::<user::Entity>(ann.id).await?;
/// let deletion = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
/// let restoration = deletion.restoration::<user::Entity>()?;
/// assert!(restoration.missing().is_empty());
/// assert_eq!(audit.restore(restoration).await?, ann);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a restoration is written by `Writer::restore`"]
pub struct Restoration<E: Audited> {
    /// On the heap, because a row of many columns has kilobytes and a future contains it more than once.
    pub(crate) row: Box<ActiveModelOf<E>>,
    pub(crate) entry: i64,
    pub(crate) entity_id: String,
    /// The columns whose values the entry contains, including the key.
    pub(crate) known: Vec<ColumnOf<E>>,
}

impl<E: Audited> Restoration<E> {
    /// The values that the entry contains, by field.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let known = self.known.iter().copied();
        known.filter_map(|column| {
            let value = self.row.get(column).into_value()?;
            Some((E::field(column).name, value))
        })
    }

    /// The fields without a value. The database gives them their default, if they have one. Fields with `touch` are
    /// not among them, because the restoration sets them.
    pub fn missing(&self) -> Vec<&'static str> {
        ColumnOf::<E>::iter()
            .filter(|column| self.row.get(*column).is_not_set() && E::touch(*column).is_none())
            .map(|column| E::field(column).name)
            .collect()
    }

    /// Sets a field that the entry does not contain.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`] for a field that the entry contains, because the restored row must equal the deleted
    /// one, for a field with `touch`, and for a value of another type than the field's.
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
        if E::touch(column).is_some() {
            return Err(refused("is set by the restoration itself"));
        }
        let value = value.into();
        if !takes::<E>(column, &value) {
            return Err(refused("cannot hold such a value"));
        }
        let set = self.row.try_set(column, value);
        set.map_err(DatabaseError::scrubbed)?;
        Ok(self)
    }
}

impl Entry {
    /// The row that this entry deleted, ready to be inserted again.
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`] for an entry that is not a deletion of such a row, or has values that cannot be read as
    /// the columns' current types.
    pub fn restoration<E: Audited>(&self) -> Result<Restoration<E>, Error> {
        self.check_is::<E>("DELETE")?;
        let mut row = Box::new(<ActiveModelOf<E> as ActiveModelBehavior>::new());
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

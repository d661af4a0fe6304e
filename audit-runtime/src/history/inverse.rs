//! The inverse of an entry: reverts an update, restores a deleted row.

use std::{any::type_name, marker::PhantomData};

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, Iterable, PrimaryKeyToColumn, Value,
    sea_query::ValueTuple,
};

use super::{
    Entry, Kind,
    names::{Names, Told, index},
    past::same,
    recorded::{read_change, takes},
};
use crate::{
    Error,
    audited::{
        ActiveModelOf, Audited, ColumnOf, FieldPolicy, Patch,
        entity_type::{entity_type, entity_types},
        names::field_names,
    },
    changes::Change,
    encode::DecodeError,
    entity_id::key_from,
    error::DatabaseError,
};

/// The inverse of an entry's change, limited to an allowlist: what [`Writer::revert`](crate::Writer::revert) takes.
#[derive(Clone, Debug)]
pub struct Inverse<P: Patch> {
    pub(crate) entry: i64,
    pub(crate) key: ValueTuple,
    pub(crate) fields: Vec<InverseField<P::Entity>>,
    allowlist: PhantomData<fn() -> P>,
}

/// One field of it.
#[derive(Clone, Debug)]
pub(crate) struct InverseField<E: Audited> {
    pub(crate) column: ColumnOf<E>,
    /// What it is set to.
    pub(crate) before: Value,
    /// What it must still be.
    pub(crate) after: Value,
}

impl<P: Patch> Inverse<P> {
    /// What it will set, by field.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let fields = self.fields.iter();
        fields.map(|field| (P::Entity::field(field.column).name, &field.before))
    }
}

/// A deleted row to be inserted again: what [`Writer::restore`](crate::Writer::restore) takes.
///
/// It has what the entry says, and that stays as it is. What the entry could not say, a redacted password say, is
/// [filled](Self::fill) in.
#[derive(Clone, Debug)]
#[must_use = "a restoration is for `restore`"]
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
    /// The inverse of this entry's change, for an allowlist that has all of its fields.
    ///
    /// ```
    /// # mod user {
    /// #     use audit_runtime::Audited;
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    /// #     #[sea_orm(table_name = "users")]
    /// #     #[audited(entity_type = "User", no_hooks)]
    /// #     pub struct Model {
    /// #         #[sea_orm(primary_key)]
    /// #         pub id: i32,
    /// #         #[audited(create, update(Admin))]
    /// #         pub role: String,
    /// #     }
    /// # }
    /// # use audit_runtime::prelude::*;
    /// # use sea_orm::{ConnectionTrait, Database, Schema};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let db = Database::connect("sqlite::memory:").await?;
    /// # audit_runtime::schema::install(&db).await?;
    /// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
    /// # let context = AuditContext::new(Actor::system("test"));
    /// # let audit = db.audited(&context);
    /// # let john = audit.insert(user::Draft::new().role("user")).await?;
    /// audit.update(john.id, user::AdminPatch::new().role("admin")).await?;
    ///
    /// let history = History::of::<user::Entity>(john.id).newest_first();
    /// let granted = history.page(&db, None, 1).await?.entries.remove(0);
    /// let inverse = granted.inverse::<user::AdminPatch>()?;
    /// let john = audit.revert(inverse.clone()).await?;
    /// assert_eq!(john.role, "user");
    /// assert_eq!(history.page(&db, None, 1).await?.entries[0].reverts, Some(granted.id));
    ///
    /// let again = audit.revert(inverse).await.unwrap_err();
    /// assert_eq!(again.to_string(), "User 1 has changed since entry 2: role");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Irreversible`] names the fields that the allowlist does not contain or that are redacted, and says
    /// what else is in the way: a value that the field no longer has, or one that the log does not tell of which of two
    /// fields that were called alike it was.
    pub fn inverse<P: Patch>(&self) -> Result<Inverse<P>, Error> {
        self.check_is::<P::Entity>("UPDATE")?;
        let all_names = Names::of::<P::Entity>();
        let known = |field: &str| {
            ColumnOf::<P::Entity>::iter()
                .any(|column| field_names::<P::Entity>(column).contains(&field))
        };
        let gone = self
            .changes
            .iter()
            .filter(|(field, _)| !known(field))
            .map(|(field, _)| (field.to_owned(), "is no field any more".to_owned()));
        let told = |column| all_names.told(self, index::<P::Entity>(column));
        let columns =
            ColumnOf::<P::Entity>::iter().filter(|column| !matches!(told(*column), Told::Nothing));
        self.inverse_from(columns.collect(), gone.collect())
    }

    /// The inverse of this entry's change to these columns alone. A column that a hook sets on every write, such as
    /// `updated_at`, is best left to the hook.
    ///
    /// # Errors
    ///
    /// As [`inverse`](Self::inverse), and for a column that did not change.
    pub fn inverse_of<P: Patch>(
        &self,
        columns: &[ColumnOf<P::Entity>],
    ) -> Result<Inverse<P>, Error> {
        self.check_is::<P::Entity>("UPDATE")?;
        self.inverse_from(columns.to_vec(), Vec::new())
    }

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

    fn inverse_from<P: Patch>(
        &self,
        columns: Vec<ColumnOf<P::Entity>>,
        mut refused: Vec<(String, String)>,
    ) -> Result<Inverse<P>, Error> {
        let allowed = P::default().values();
        let mut fields = Vec::new();
        for column in columns {
            let field = if allowed.iter().any(|(allowed, _)| same(allowed, &column)) {
                self.inverse_field(column)
            } else {
                Err(format!("is not in {}", short_name::<P>()))
            };
            match field {
                Ok(field) => fields.push(field),
                Err(problem) => {
                    refused.push((P::Entity::field(column).name.to_owned(), problem));
                }
            }
        }
        self.refuse(refused)?;
        Ok(Inverse {
            entry: self.id,
            key: self.key::<P::Entity>()?,
            fields,
            allowlist: PhantomData,
        })
    }

    fn inverse_field<E: Audited>(&self, column: ColumnOf<E>) -> Result<InverseField<E>, String> {
        let told = Names::of::<E>().told(self, index::<E>(column));
        let read = read_change::<E>(told, column).map_err(|error| match error {
            DecodeError::Redacted => "is redacted".to_owned(),
            error => format!("cannot be read: {error}"),
        })?;
        let (Some(before), Some(after)) = read else {
            return Err("did not change".to_owned());
        };
        if !takes::<E>(column, &before) {
            return Err(UNFIT.to_owned());
        }
        Ok(InverseField {
            column,
            before,
            after,
        })
    }

    /// That it is a change of this kind to a row of this entity.
    fn check_is<E: Audited>(&self, action: &str) -> Result<(), Error> {
        let expected = entity_type::<E>();
        let types = entity_types::<E>();
        let is_of_type = self
            .entity_type
            .as_ref()
            .is_some_and(|name| types.contains(name));
        let problem = if self.kind != Kind::Change {
            "it is an event, not a change".to_owned()
        } else if !self.is_read {
            "this version does not read its format".to_owned()
        } else if !is_of_type {
            let found = self.entity_type.as_deref().unwrap_or_default();
            format!("it is about {found}, not {expected}")
        } else if self.action == action {
            return Ok(());
        } else {
            match &*self.action {
                "CREATE" => "it created the row; what takes that back is to delete it",
                "DELETE" => "it deleted the row: use Entry::restoration",
                _ => "it changed the row, it did not delete it: use Entry::inverse",
            }
            .to_owned()
        };
        Err(self.irreversible(problem, Vec::new()))
    }

    fn key<E: Audited>(&self) -> Result<ValueTuple, Error> {
        let key = self.entity_id.as_deref().and_then(key_from::<E>);
        key.ok_or_else(|| {
            let problem = "the row's key cannot be read from the log: it is kept as a hash, or has another type now";
            self.irreversible(problem.to_owned(), Vec::new())
        })
    }

    fn refuse(&self, refused: Vec<(String, String)>) -> Result<(), Error> {
        if refused.is_empty() {
            return Ok(());
        }
        let problems = refused
            .iter()
            .map(|(field, problem)| format!("`{field}` {problem}"))
            .collect::<Vec<_>>()
            .join(", ");
        let fields = refused.into_iter().map(|(field, _)| field).collect();
        Err(self.irreversible(problems, fields))
    }

    fn irreversible(&self, problem: String, fields: Vec<String>) -> Error {
        Error::Irreversible {
            entry: self.id,
            problem,
            fields,
        }
    }
}

const UNFIT: &str = "had a value that the field no longer has";

fn short_name<P>() -> &'static str {
    let name = type_name::<P>();
    name.rsplit("::").next().unwrap_or(name)
}

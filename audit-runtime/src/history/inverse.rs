//! What takes a change back.

use std::{any::type_name, marker::PhantomData};

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, Iterable, PrimaryKeyToColumn, Value,
    sea_query::ValueTuple,
};

use super::{
    Entry, Kind,
    field::{named, names, read_value},
    past::same,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy, Patch},
    changes::Change,
    encode::{DecodeError, Encoded, ValueKind},
    entity_id::{entity_type, key_from},
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
#[derive(Clone, Debug)]
pub struct Restoration<E: Audited> {
    /// The row, with all that the log has of it. What it has not, a redacted password say, is `NotSet`: set it here.
    pub row: ActiveModelOf<E>,
    pub(crate) entry: i64,
}

impl<E: Audited> Restoration<E> {
    /// The fields that are not set: the database will give them their default, if they have one.
    pub fn missing(&self) -> Vec<&'static str> {
        ColumnOf::<E>::iter()
            .filter(|column| self.row.get(*column).is_not_set())
            .map(|column| E::field(column).name)
            .collect()
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
    /// what else is in the way.
    pub fn inverse<P: Patch>(&self) -> Result<Inverse<P>, Error> {
        self.check_is::<P::Entity>("UPDATE")?;
        let known = |field: &str| {
            ColumnOf::<P::Entity>::iter().any(|column| names::<P::Entity>(column).contains(&field))
        };
        let gone = self
            .changes
            .iter()
            .filter(|(field, _)| !known(field))
            .map(|(field, _)| (field.to_owned(), "is no field any more".to_owned()));
        let columns = ColumnOf::<P::Entity>::iter()
            .filter(|column| named(&self.changes, &names::<P::Entity>(*column)).is_some());
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
        let mut set = |column, value| {
            row.try_set(column, value)
                .map_err(|error| Error::from(DatabaseError::scrubbed(error)))
        };
        for (column, value) in E::PrimaryKey::iter().zip(self.key::<E>()?) {
            set(column.into_column(), value)?;
        }
        let mut refused = Vec::new();
        for column in ColumnOf::<E>::iter() {
            if let FieldPolicy::Key | FieldPolicy::Skip = E::field(column).policy {
                continue;
            }
            let change = named(&self.changes, &names::<E>(column));
            let Some(before) = change.and_then(|change| change.before.as_ref()) else {
                continue;
            };
            match read_value(before, &ValueKind::of::<E>(column)) {
                Ok(value) => set(column, value)?,
                Err(DecodeError::Redacted) => {}
                Err(error) => refused.push((E::field(column).name.to_owned(), error.to_string())),
            }
        }
        self.refuse(refused)?;
        Ok(Restoration {
            row,
            entry: self.id,
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
        let Some(Change {
            before: Some(before),
            after: Some(after),
        }) = named(&self.changes, &names::<E>(column))
        else {
            return Err("did not change".to_owned());
        };
        let kind = ValueKind::of::<E>(column);
        let read = |side: &Encoded| {
            read_value(side, &kind).map_err(|error| match error {
                DecodeError::Redacted => "is redacted".to_owned(),
                error => format!("cannot be read: {error}"),
            })
        };
        Ok(InverseField {
            column,
            before: read(before)?,
            after: read(after)?,
        })
    }

    /// That it is a change of this kind to a row of this entity.
    fn check_is<E: Audited>(&self, action: &str) -> Result<(), Error> {
        let expected = entity_type::<E>();
        let problem = if self.kind != Kind::Change {
            "it is an event, not a change".to_owned()
        } else if self.entity_type.as_deref() != Some(&expected) {
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

fn short_name<P>() -> &'static str {
    let name = type_name::<P>();
    name.rsplit("::").next().unwrap_or(name)
}

//! The inverse of an update, limited to an allowlist.

mod checks;
mod restoration;

use std::{any::type_name, marker::PhantomData};

use sea_orm::{Iterable, Value, sea_query::ValueTuple};

use self::checks::UNFIT;
pub use self::restoration::Restoration;
use super::{
    Entry,
    names::{Names, Told, index},
    past::same,
    recorded::read_change,
};
use crate::{
    Error,
    audited::{Audited, ColumnOf, Patch, names::field_names},
    encode::DecodeError,
    stored_row::takes,
};

/// The inverse of an entry's change, limited to an allowlist. [`Writer::revert`](crate::Writer::revert) writes it.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
/// let granted = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
/// let inverse = granted.inverse::<user::Patch>()?;
/// assert_eq!(inverse.values().next(), Some(("role", &"user".into())));
/// assert_eq!(audit.revert(inverse).await?.role, "user");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an inverse is written by `Writer::revert`"]
pub struct Inverse<P: Patch> {
    pub(crate) entry: i64,
    pub(crate) key: ValueTuple,
    pub(crate) fields: Vec<InverseField<P::Entity>>,
    allowlist: PhantomData<fn() -> P>,
}

/// One field of an inverse.
#[derive(Clone, Debug)]
pub(crate) struct InverseField<E: Audited> {
    pub(crate) column: ColumnOf<E>,
    /// The value that is set.
    pub(crate) before: Value,
    /// The value that the row must still have.
    pub(crate) after: Value,
}

impl<P: Patch> Inverse<P> {
    /// Returns the values that it sets, by field.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let fields = self.fields.iter();
        fields.map(|field| (P::Entity::field(field.column).name, &field.before))
    }
}

impl Entry {
    /// Returns the inverse of this entry's change, for an allowlist that contains all of its fields.
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
    /// [`Error::Irreversible`] if a field is not in the allowlist or is redacted, if the field's current type does not
    /// accept a value, or if the entry is ambiguous between two fields that have had the same name. It names the
    /// fields.
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
            .map(|(field, _)| (field.to_owned(), "is no longer a field".to_owned()));
        let told = |column| all_names.told(self, index::<P::Entity>(column));
        let columns =
            ColumnOf::<P::Entity>::iter().filter(|column| !matches!(told(*column), Told::Nothing));
        self.inverse_from(columns.collect(), gone.collect())
    }

    /// Returns the inverse of this entry's change to these columns only. Omit a column that a hook sets on every write,
    /// such as `updated_at`.
    ///
    /// # Errors
    ///
    /// As for [`inverse`](Self::inverse), and [`Error::Irreversible`] for a column that did not change.
    pub fn inverse_of<P: Patch>(
        &self,
        columns: &[ColumnOf<P::Entity>],
    ) -> Result<Inverse<P>, Error> {
        self.check_is::<P::Entity>("UPDATE")?;
        self.inverse_from(columns.to_vec(), Vec::new())
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
            DecodeError::Erased => "was erased".to_owned(),
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
}

fn short_name<P>() -> &'static str {
    let name = type_name::<P>();
    name.rsplit("::").next().unwrap_or(name)
}

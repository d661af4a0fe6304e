//! Writes of an `ActiveModel`, which no allowlist limits.

use std::ops::ControlFlow;

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, sea_query::FromValueTuple};

use super::{
    connection::UnitConnection,
    locked::Expected,
    one::{Delete, Insert, Update},
    operation::{Alone, Operation},
    refusal::{failed, unrecorded},
    row::{Row, unboxed},
    run::Run,
    subject::Subject,
    target::Target,
    touch::without_touched,
    transaction::Transaction,
    values::changes_of,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, FieldPolicy, KeyOf, ModelOf},
    pending::Pending,
};

/// Writes of an `ActiveModel`, by [`Writer::unrestricted`](crate::Writer::unrestricted).
///
/// No allowlist limits what is set, so a row that was filled from a request may set anything. It is for code that has an
/// `ActiveModel` already, and `git grep 'unrestricted()'` finds all of it. What is written is recorded as any other
/// write.
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(entity_type = "User", no_hooks, others = update)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub name: String,
/// #         pub role: String,
/// #     }
/// # }
/// use audit_runtime::prelude::*;
/// use sea_orm::{ConnectionTrait, Database, IntoActiveModel, Schema};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), audit_runtime::Error> {
/// # let db = Database::connect("sqlite::memory:").await?;
/// # audit_runtime::schema::install(&db).await?;
/// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity)).await?;
/// # let context = AuditContext::new(Actor::system("import"));
/// let audit = db.audited(&context);
/// let john = user::ActiveModel {
///     name: Set("john".to_owned()),
///     role: Set("user".to_owned()),
///     ..Default::default()
/// };
/// let john = audit.unrestricted().save(john).await?;
///
/// let mut john = john.into_active_model();
/// john.role = Set("admin".to_owned());
/// let john = audit.unrestricted().save(john).await?;
///
/// let entry = History::of::<user::Entity>(john.id).latest(&db).await?.unwrap();
/// assert_eq!(entry.to_string(), "System 'import' changed User '1' role from 'user' to 'admin'");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is written until `save`, `insert`, `update` or `delete`"]
pub struct Unrestricted<'a, W>(pub(super) &'a W);

impl<'a, W: Run> Unrestricted<'a, W> {
    /// Updates the row with the key of this `ActiveModel`, and returns it as stored. Fields that are `Set` get their
    /// values. Nothing is written if all of them have these values already.
    ///
    /// Fields with `touch` are set by the write itself, whatever is set here.
    ///
    /// # Errors
    ///
    /// [`Error::Unrecorded`] if a field with `skip` is set, because its change would leave no entry.
    /// Otherwise as [`Writer::update`](crate::Writer::update).
    pub fn update<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ModelOf<A::Of>> {
        unboxed(
            self.0
                .run(Save::<A::Of>::update(Box::new(row.into_row_of()))),
        )
    }

    /// Inserts this row, as [`Writer::insert`](crate::Writer::insert) does.
    ///
    /// # Errors
    ///
    /// As of [`Writer::insert`](crate::Writer::insert).
    pub fn insert<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ModelOf<A::Of>> {
        let row = Box::new(row.into_row_of());
        unboxed(self.0.run(Insert::<A::Of>::of(row)))
    }

    /// Deletes the row with the key of this `ActiveModel`.
    ///
    /// # Errors
    ///
    /// As of [`Writer::delete`](crate::Writer::delete), or that the key is not set.
    pub fn delete<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ()> {
        match row.into_row_of().get_primary_key_value() {
            Some(key) => {
                let key = KeyOf::<A::Of>::from_value_tuple(key);
                self.0.run(Delete::<A::Of>::new(key))
            }
            None => Box::pin(async { Err(failed::<A::Of>(DbErr::UpdateGetPrimaryKey)) }),
        }
    }

    /// Inserts the row if its key is `NotSet`, else updates it, as SeaORM's `save` does. It returns the row as stored.
    ///
    /// # Errors
    ///
    /// As of [`update`](Self::update) or [`Writer::insert`](crate::Writer::insert). A row with a key that does not exist
    /// is [`Error::NotFound`]: insert such a row with `insert`.
    pub fn save<A: AuditedActiveModel>(self, row: A) -> Pending<'a, ModelOf<A::Of>> {
        let row = Box::new(row.into_row_of());
        unboxed(self.0.run(if row.get_primary_key_value().is_some() {
            Save::<A::Of>::update(row)
        } else {
            Save::Insert(Insert::of(row))
        }))
    }
}

/// The `ActiveModel` of an audited entity.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the `ActiveModel` of an audited entity",
    label = "not an `ActiveModel` of an entity with `#[derive(Audited)]`",
    note = "a patch is written by `audit.update(id, patch)`, a draft by `audit.insert(draft)`"
)]
pub trait AuditedActiveModel: Send + 'static {
    /// The entity of the row.
    type Of: Audited;

    /// Returns it as the `ActiveModel` of that entity.
    fn into_row_of(self) -> ActiveModelOf<Self::Of>;
}

#[diagnostic::do_not_recommend]
impl<A> AuditedActiveModel for A
where
    A: ActiveModelTrait + Send + 'static,
    A::Entity: Audited<ActiveModel = A>,
{
    type Of = A::Entity;

    fn into_row_of(self) -> Self {
        self
    }
}

enum Save<E: Audited> {
    Insert(Insert<E>),
    Update(Update<E>),
    Refused(Error),
}

impl<E: Audited> Save<E> {
    fn update(row: Box<ActiveModelOf<E>>) -> Self {
        let Some(key) = row.get_primary_key_value() else {
            return Self::Refused(failed::<E>(DbErr::UpdateGetPrimaryKey));
        };
        let mut set = without_touched::<E>(changes_of::<E>(&row));
        set.retain(|(column, _)| E::field(*column).policy != FieldPolicy::Key);
        let skipped: Vec<_> = set
            .iter()
            .map(|(column, _)| E::field(*column))
            .filter(|field| field.policy == FieldPolicy::Skip)
            .map(|field| field.name.to_owned())
            .collect();
        if !skipped.is_empty() {
            return Self::Refused(unrecorded::<E>(skipped));
        }
        Self::Update(Update {
            id: KeyOf::<E>::from_value_tuple(key),
            set,
            expected: Expected::Anything,
        })
    }
}

impl<E: Audited> Operation for Save<E> {
    type Output = Row<E>;

    fn subject(&self) -> Subject {
        match self {
            Self::Insert(insert) => insert.subject(),
            Self::Update(_) | Self::Refused(_) => Subject::of::<E>("UPDATE"),
        }
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        match self {
            Self::Insert(insert) => insert.run(connection).await,
            Self::Update(update) => update.run(connection).await,
            Self::Refused(error) => Err(error),
        }
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        match self {
            Self::Insert(insert) => insert.run_alone(target).await.map_continue(Self::Insert),
            Self::Update(update) => update.run_alone(target).await.map_continue(Self::Update),
            Self::Refused(error) => ControlFlow::Break(Err(error)),
        }
    }
}

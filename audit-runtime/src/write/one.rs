//! Operations on one row.

use std::{marker::PhantomData, ops::ControlFlow};

use sea_orm::{
    ActiveValue, ConnectionTrait, DbErr, ModelTrait, PrimaryKeyTrait,
    sea_query::{FromValueTuple, IntoValueTuple},
};

use super::{
    connection::UnitConnection,
    fused::{self, Deleted},
    locked::{self, Expected},
    operation::{Alone, Operation},
    refusal::{failed, lacks_reason, not_deleted},
    row::{Row, Updated, first, not_found},
    subject::Subject,
    target::Target,
    touch,
    transaction::Transaction,
    values::{NewValues, values_of},
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, KeyOf, ModelOf, NewRow, Patch},
    entity_id::unpadded,
};

pub(super) struct Update<E: Audited> {
    pub(super) id: KeyOf<E>,
    pub(super) set: NewValues<E>,
    pub(super) expected: Expected<E>,
}

impl<E: Audited> Update<E> {
    pub(super) fn new(id: KeyOf<E>, patch: &impl Patch<Entity = E>) -> Self {
        Self {
            id,
            set: set_values(patch),
            expected: Expected::Anything,
        }
    }

    pub(super) fn if_unchanged(loaded: &ModelOf<E>, patch: &impl Patch<Entity = E>) -> Self {
        Self {
            expected: Expected::Loaded(Box::new(loaded.clone())),
            ..Self::new(key_of::<E>(loaded), patch)
        }
    }

    pub(super) async fn perform<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Updated<Row<E>>, Error> {
        match self.fused(&connection.target()).await {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(this) => {
                locked::update::<E, T>(connection, this.id, this.set, this.expected).await
            }
        }
    }

    /// Runs the update as one statement, if possible.
    pub(super) async fn fused<C: ConnectionTrait>(
        self,
        target: &Target<'_, C>,
    ) -> ControlFlow<Result<Updated<Row<E>>, Error>, Self> {
        let held = match &self.expected {
            Expected::Anything => Vec::new(),
            Expected::Found(_, by) => by.clone(),
            Expected::Loaded(_) | Expected::Since(..) => return ControlFlow::Continue(self),
        };
        if self.set.is_empty() || !is_one_statement::<E>(target) {
            return ControlFlow::Continue(self);
        }
        let backend = target.connection.get_database_backend();
        let key = unpadded::<E>(self.id.into_value_tuple(), backend);
        let updated = fused::update::<E, C>(target, key.clone(), held, self.set).await;
        let found = updated.and_then(|row| row.ok_or_else(|| not_found::<E>(key, backend)));
        ControlFlow::Break(found)
    }
}

impl<E: Audited> Operation for Update<E> {
    type Output = Row<E>;

    fn subject(&self) -> Subject {
        Subject::of::<E>("UPDATE")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        Ok(self.perform(connection).await?.into_row())
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        self.fused(target)
            .await
            .map_break(|updated| updated.map(Updated::into_row))
    }
}

pub(super) struct Insert<E: Audited> {
    row: Box<ActiveModelOf<E>>,
}

impl<E: Audited> Insert<E> {
    pub(super) fn new(row: impl NewRow<Entity = E>) -> Self {
        Self::of(Box::new(row.into_row()))
    }

    pub(super) fn of(row: Box<ActiveModelOf<E>>) -> Self {
        Self { row }
    }

    async fn fused<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        if !is_one_statement::<E>(target) {
            return ControlFlow::Continue(self);
        }
        let mut row = self.row;
        if let Err(error) = touch::insert::<E>(&mut row) {
            return ControlFlow::Break(Err(error));
        }
        let row = values_of::<E>(&row);
        let inserted = fused::insert::<E, C>(target, vec![row], &[]).await;
        ControlFlow::Break(inserted.and_then(|rows| first(rows).ok_or_else(not_inserted::<E>)))
    }
}

impl<E: Audited> Operation for Insert<E> {
    type Output = Row<E>;

    fn subject(&self) -> Subject {
        Subject::of::<E>("CREATE")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        match self.fused(&connection.target()).await {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(this) => {
                let inserted = locked::insert::<E, T>(connection, this.row, &[], None).await?;
                inserted.ok_or_else(not_inserted::<E>)
            }
        }
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        self.fused(target).await
    }
}

pub(super) struct Delete<E: Audited> {
    id: KeyOf<E>,
    entity: PhantomData<fn() -> E>,
}

impl<E: Audited> Delete<E> {
    pub(super) fn new(id: KeyOf<E>) -> Self {
        Self {
            id,
            entity: PhantomData,
        }
    }

    async fn fused<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        if !is_one_statement::<E>(target) {
            return ControlFlow::Continue(self);
        }
        let backend = target.connection.get_database_backend();
        let id = self.id.into_value_tuple();
        let key = unpadded::<E>(id.clone(), backend);
        ControlFlow::Break(match fused::delete::<E, C>(target, key.clone()).await {
            Ok(Deleted::Yes) => Ok(()),
            Ok(Deleted::NotThere) => Err(not_found::<E>(key, backend)),
            // Runs again under a lock, to find the cause or to delete the row after all.
            Ok(Deleted::Not) if target.is_alone => {
                return ControlFlow::Continue(Self::new(KeyOf::<E>::from_value_tuple(id)));
            }
            Ok(Deleted::Not) => Err(not_deleted()),
            Err(error) => Err(error),
        })
    }
}

impl<E: Audited> Operation for Delete<E> {
    type Output = ();

    fn subject(&self) -> Subject {
        Subject::of::<E>("DELETE")
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<(), Error> {
        match self.fused(&connection.target()).await {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(this) => locked::delete::<E, T>(connection, this.id).await,
        }
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        self.fused(target).await
    }
}

pub(crate) fn key_of<E: Audited>(model: &ModelOf<E>) -> KeyOf<E> {
    <E::PrimaryKey as PrimaryKeyTrait>::ValueType::from_value_tuple(model.get_primary_key_value())
}

/// The values that a patch sets.
pub(super) fn set_values<P: Patch>(patch: &P) -> NewValues<P::Entity> {
    let values = patch.values().into_iter();
    let set = values.filter_map(|(column, value)| match value {
        ActiveValue::Set(value) => Some((column, value)),
        ActiveValue::Unchanged(_) | ActiveValue::NotSet => None,
    });
    touch::without_touched::<P::Entity>(set.collect())
}

/// Whether a write is one fused statement: there are no hooks, and the context has the reason that the entity requires.
pub(super) fn is_one_statement<E: Audited>(target: &Target<'_, impl ConnectionTrait>) -> bool {
    !E::HOOKED && !lacks_reason::<E>(target.context) && fused::fits::<E>(target)
}

fn not_inserted<E: Audited>() -> Error {
    failed::<E>(DbErr::RecordNotInserted)
}

//! The operations, each a value that a unit's connection carries out.

use std::{future::Future, marker::PhantomData};

use sea_orm::{ModelTrait, PrimaryKeyTrait, sea_query::FromValueTuple};

use super::{connection::UnitConnection, locked, unit::Transaction};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, KeyOf, ModelOf, NewRow, Patch},
};

/// A write that runs in a transaction.
pub trait Operation: Send + 'static {
    #[doc(hidden)]
    type Output: Send;

    #[doc(hidden)]
    fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

pub(super) struct Update<P: Patch> {
    pub(super) id: KeyOf<P::Entity>,
    pub(super) patch: P,
    pub(super) loaded: Option<ModelOf<P::Entity>>,
}

impl<P: Patch> Update<P> {
    pub(super) fn new(id: KeyOf<P::Entity>, patch: P) -> Self {
        Self {
            id,
            patch,
            loaded: None,
        }
    }

    pub(super) fn if_unchanged(loaded: &ModelOf<P::Entity>, patch: P) -> Self {
        Self {
            id: key_of::<P::Entity>(loaded),
            patch,
            loaded: Some(loaded.clone()),
        }
    }
}

impl<P: Patch> Operation for Update<P> {
    type Output = ModelOf<P::Entity>;

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        locked::update(connection, self).await
    }
}

pub(super) struct Insert<E: Audited> {
    row: ActiveModelOf<E>,
}

impl<E: Audited> Insert<E> {
    pub(super) fn new(row: impl NewRow<Entity = E>) -> Self {
        Self {
            row: row.into_row(),
        }
    }
}

impl<E: Audited> Operation for Insert<E> {
    type Output = ModelOf<E>;

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        locked::insert::<E, T>(connection, self.row).await
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
}

impl<E: Audited> Operation for Delete<E> {
    type Output = ();

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<(), Error> {
        locked::delete::<E, T>(connection, self.id).await
    }
}

pub(crate) fn key_of<E: Audited>(model: &ModelOf<E>) -> KeyOf<E> {
    <E::PrimaryKey as PrimaryKeyTrait>::ValueType::from_value_tuple(model.get_primary_key_value())
}

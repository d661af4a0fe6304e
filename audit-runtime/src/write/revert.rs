//! Taking back: an audited update or insert like any other, whose entry says which one it takes back.

use sea_orm::{DbErr, sea_query::FromValueTuple};

use super::{
    connection::UnitConnection,
    locked::{self, Expected},
    one::Update,
    operation::Operation,
    refusal::failed,
    transaction::Transaction,
};
use crate::{
    Error, Inverse, Restoration,
    audited::{Audited, KeyOf, ModelOf, Patch},
};

pub(super) struct Revert<P: Patch>(pub(super) Inverse<P>);

impl<P: Patch> Operation for Revert<P> {
    type Output = ModelOf<P::Entity>;

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        let Inverse {
            entry, key, fields, ..
        } = self.0;
        let set = fields
            .iter()
            .map(|field| (field.column, field.before.clone()));
        let set = set.collect();
        let left = fields.into_iter().map(|field| (field.column, field.after));
        let update = Update::<P::Entity> {
            id: KeyOf::<P::Entity>::from_value_tuple(key),
            set,
            expected: Expected::Since(entry, left.collect()),
        };
        update.run(connection).await
    }
}

pub(super) struct Restore<E: Audited>(pub(super) Restoration<E>);

impl<E: Audited> Operation for Restore<E> {
    type Output = ModelOf<E>;

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        let Restoration { row, entry } = self.0;
        let restored = locked::insert::<E, T>(connection, row, &[], Some(entry)).await?;
        restored.ok_or_else(|| failed::<E>(DbErr::RecordNotInserted))
    }
}

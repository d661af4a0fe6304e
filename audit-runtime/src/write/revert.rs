//! Taking back: an audited update or insert like any other, whose entry says which one it takes back.

use sea_orm::{ActiveValue, sea_query::FromValueTuple};

use super::{
    connection::UnitConnection,
    locked::{self, Expected},
    operation::Operation,
    unit::Transaction,
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
        let values = fields
            .iter()
            .map(|field| (field.column, ActiveValue::Set(field.before.clone())))
            .collect();
        let expected = fields
            .into_iter()
            .map(|field| (field.column, field.after))
            .collect();
        let key = KeyOf::<P::Entity>::from_value_tuple(key);
        let expected = Expected::Since(entry, expected);
        locked::update_row::<P::Entity, T>(connection, key, expected, values).await
    }
}

pub(super) struct Restore<E: Audited>(pub(super) Restoration<E>);

impl<E: Audited> Operation for Restore<E> {
    type Output = ModelOf<E>;

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        locked::insert_row::<E, T>(connection, self.0.row, Some(self.0.entry)).await
    }
}

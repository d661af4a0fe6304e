//! Reverts and restores: an update or insert whose entry names the entry that it reverts.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, IdenStatic, Iterable, ModelTrait,
    sea_query::FromValueTuple,
};

use super::{
    connection::UnitConnection,
    locked::{self, Expected, Restoring},
    one::Update,
    operation::Operation,
    refusal::{failed, key_changed},
    row::Row,
    subject::Subject,
    transaction::Transaction,
    witness::{self, altered, is_json},
};
use crate::{
    Error, Inverse, Restoration,
    audited::{ActiveModelOf, Audited, ColumnOf, KeyOf, ModelOf, Patch},
    encode::same,
    entity_id::{entity_id_of, unpadded},
    history::InverseField,
    schema::generated::generated,
};

pub(super) struct Revert<P: Patch>(pub(super) Inverse<P>);

impl<P: Patch> Operation for Revert<P> {
    type Output = Row<P::Entity>;

    fn subject(&self) -> Subject {
        Subject::of::<P::Entity>("REVERT")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        let Inverse {
            entry, key, fields, ..
        } = self.0;
        let restores_json = fields.iter().any(|field| is_json(&field.before));
        let columns: Vec<_> = fields.iter().map(|field| field.column).collect();
        let stored = witness::entry(entry, restores_json, connection).await?;
        let said = stored.inverse_of::<P>(&columns)?;
        let is_same = |(a, b): (&InverseField<_>, &InverseField<_>)| {
            same(&a.before, &b.before) && same(&a.after, &b.after)
        };
        if said.key != key || !said.fields.iter().zip(&fields).all(is_same) {
            return Err(altered(entry));
        }
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
        let row = update.run(connection).await?;
        check_id::<P::Entity>(&row, stored.entity_id.as_deref(), connection)?;
        Ok(row)
    }
}

pub(super) struct Restore<E: Audited>(pub(super) Restoration<E>);

impl<E: Audited> Operation for Restore<E> {
    type Output = Row<E>;

    fn subject(&self) -> Subject {
        Subject::of::<E>("RESTORE")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        let Restoration {
            row,
            entry,
            entity_id,
            known,
        } = self.0;
        let values = || known.iter().map(|column| row.get(*column).into_value());
        let restores_json = values().flatten().any(|value| is_json(&value));
        let stored = witness::entry(entry, restores_json, connection).await?;
        let said = stored.restoration::<E>()?;
        let mut said_values = said
            .known
            .iter()
            .map(|column| said.row.get(*column).into_value());
        let is_same = said.known.len() == known.len()
            && said.entity_id == entity_id
            && values().all(|value| match (value, said_values.next().flatten()) {
                (Some(value), Some(said)) => same(&value, &said),
                _ => false,
            });
        if !is_same {
            return Err(altered(entry));
        }
        let (row, overrides_identity) = without_generated::<E, T>(row, connection).await?;
        let restoring = Restoring {
            entry,
            overrides_identity,
        };
        let restored = locked::insert::<E, T>(connection, row, &[], Some(restoring)).await?;
        let restored = restored.ok_or_else(|| failed::<E>(DbErr::RecordNotInserted))?;
        check_id::<E>(&restored, Some(&entity_id), connection)?;
        Ok(restored)
    }
}

/// Checks that the row is the one that the entry is about: a hook, a trigger or a collation may have changed its key.
fn check_id<E: Audited>(
    row: &ModelOf<E>,
    entity_id: Option<&str>,
    connection: &impl ConnectionTrait,
) -> Result<(), Error> {
    let backend = connection.get_database_backend();
    let id = entity_id_of::<E>(unpadded::<E>(row.get_primary_key_value(), backend), backend);
    if Some(&*id) == entity_id {
        Ok(())
    } else {
        Err(key_changed())
    }
}

/// The row without generated columns, and whether it sets an identity that is `GENERATED ALWAYS`.
async fn without_generated<E: Audited, T: Transaction>(
    mut row: Box<ActiveModelOf<E>>,
    connection: &UnitConnection<T>,
) -> Result<(Box<ActiveModelOf<E>>, bool), Error> {
    let entity = E::default();
    let generated = generated(entity.schema_name(), entity.table_name(), connection).await;
    let mut overrides_identity = false;
    for generated in generated.map_err(failed::<E>)? {
        let mut columns = ColumnOf::<E>::iter();
        let Some(column) = columns.find(|column| column.as_str() == generated.column) else {
            continue;
        };
        if !generated.is_identity {
            row.not_set(column);
        } else if row.get(column).is_set() {
            overrides_identity = true;
        }
    }
    Ok((row, overrides_identity))
}

//! The columns by which rows refer to each other.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DbErr, IdenStatic, Identity, RelationDef, Value,
};

use super::entity::AuditedGraph;
use crate::{
    Error,
    audited::{Audited, ColumnOf},
    write::refusal::failed,
};

/// Refuses a relation that the derive cannot save.
pub fn unsaved(is_set: bool, field: &'static str) -> Result<(), Error> {
    match is_set {
        true => Err(wrong(&format!(
            "the relation `{field}` cannot be saved as part of a graph"
        ))),
        false => Ok(()),
    }
}

/// Sets the columns of a row that refer to another.
pub(super) fn refer<A, B>(
    row: &mut A,
    from: &Identity,
    other: &B,
    to: &Identity,
) -> Result<(), Error>
where
    A: ActiveModelTrait<Entity: Audited>,
    B: ActiveModelTrait<Entity: Audited>,
{
    let values = referring::<B::Entity, B>(other, to)?;
    for (column, value) in columns::<A::Entity>(from)?.into_iter().zip(values) {
        // A row that refers to it already is unchanged.
        if row.get(column).into_value().as_ref() != Some(&value) {
            row.try_set(column, value).map_err(failed::<A::Entity>)?;
        }
    }
    Ok(())
}

/// Sets columns to NULL if all of them are nullable; key columns are not. If a column is not set, an INSERT omits it,
/// and an UPDATE is refused, because it would not change it.
pub(super) fn clear<E: Audited, A: ActiveModelTrait<Entity = E>>(
    row: &mut A,
    columns_of: &Identity,
) -> Result<bool, Error> {
    let columns = columns::<E>(columns_of)?;
    if columns.iter().any(|column| !column.def().is_null()) {
        return Ok(false);
    }
    let is_new = row.get_primary_key_value().is_none();
    for column in columns {
        let null = match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value.as_null(),
            ActiveValue::NotSet if is_new => continue,
            ActiveValue::NotSet => {
                let name = column.as_str();
                return Err(wrong(&format!(
                    "a parent is taken away by `{name}`, which is not set: read the row first"
                )));
            }
        };
        row.try_set(column, null).map_err(failed::<E>)?;
    }
    Ok(true)
}

/// The values of these columns, by which other rows refer to this one.
pub(super) fn referring<E: Audited, A: ActiveModelTrait<Entity = E>>(
    row: &A,
    identity: &Identity,
) -> Result<Vec<Value>, Error> {
    let values = columns::<E>(identity)?.into_iter();
    let values = values.map(|column| row.get(column).into_value());
    let values = values.map(|value| value.ok_or_else(|| failed::<E>(DbErr::UpdateGetPrimaryKey)));
    values.collect()
}

pub(super) fn columns<E: Audited>(identity: &Identity) -> Result<Vec<ColumnOf<E>>, Error> {
    let columns = identity.iter().map(|name| {
        let name = name.inner();
        name.parse()
            .map_err(|_| wrong(&format!("a relation names no column `{name}`")))
    });
    columns.collect()
}

/// An error about names and relations. Its message contains no value of a row.
pub(super) fn wrong(message: &str) -> Error {
    DbErr::Type(message.to_owned()).into()
}

/// Sets the columns that refer to a parent to NULL.
pub fn orphan<G: AuditedGraph>(child: &mut G, relation: &RelationDef) -> Result<(), Error> {
    match clear::<G::Of, G>(child, &relation.from_col)? {
        true => Ok(()),
        false => Err(wrong("a required parent cannot be taken away")),
    }
}

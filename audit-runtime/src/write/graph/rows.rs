//! Finds, saves, detaches and deletes the rows of a graph.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, IntoActiveModel, QueryFilter, RelationDef,
    sea_query::{FromValueTuple, LockType},
};

use super::{
    columns::{clear, columns, refer, referring, wrong},
    entity::AuditedGraph,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, KeyOf},
    pending::Pending,
    write::{
        connection::UnitConnection,
        one::Delete,
        operation::Operation,
        refusal::failed,
        row::{Row, by_key, lock_all, written},
        save::Save,
        transaction::Transaction,
    },
};

/// Saves the row itself.
pub fn own<'a, G: AuditedGraph, T: Transaction>(
    graph: G,
    to: &'a UnitConnection<T>,
) -> Pending<'a, G> {
    Box::pin(async move {
        let row: ActiveModelOf<G::Of> = graph.into();
        if !row.is_changed() && row.get_primary_key_value().is_some() {
            return Ok(row.into());
        }
        let row: Row<G::Of> = Save::<G::Of>::of(Box::new(row)).run(to).await?;
        Ok((*row).into_active_model().into())
    })
}

pub(super) async fn save_child<G: AuditedGraph, C: AuditedGraph, T: Transaction>(
    owner: &G,
    mut child: C,
    relation: &RelationDef,
    to: &UnitConnection<T>,
) -> Result<C, Error> {
    refer(&mut child, &relation.to_col, owner, &relation.from_col)?;
    match needs_save(&child) {
        true => child.save_graph(to).await,
        false => Ok(child),
    }
}

/// Detaches a row from its parent, or deletes it if the parent is required.
pub(super) async fn let_go<R, T>(
    mut row: R::ActiveModelEx,
    relation: &RelationDef,
    to: &UnitConnection<T>,
) -> Result<(), Error>
where
    R: Audited<ActiveModelEx: AuditedGraph<Of = R>>,
    T: Transaction,
{
    if clear::<R, _>(&mut row, &relation.to_col)? {
        own(row, to).await?;
        return Ok(());
    }
    row.delete_children(to).await?;
    delete::<R, _, T>(&row, to).await
}

pub(super) async fn delete<E: Audited, A: ActiveModelTrait<Entity = E>, T: Transaction>(
    row: &A,
    to: &UnitConnection<T>,
) -> Result<(), Error> {
    let key = row.get_primary_key_value();
    let key = key.ok_or_else(|| failed::<E>(DbErr::UpdateGetPrimaryKey))?;
    Delete::<E>::new(KeyOf::<E>::from_value_tuple(key))
        .run(to)
        .await
}

pub(super) fn needs_save(graph: &impl AuditedGraph) -> bool {
    graph.is_changed() || graph.get_primary_key_value().is_none()
}

/// Locks and returns the rows that refer to the owner. `relation` leads from the owner to them.
pub(super) async fn children<G, R, T>(
    owner: &G,
    relation: &RelationDef,
    to: &UnitConnection<T>,
) -> Result<Vec<R::ActiveModelEx>, Error>
where
    G: AuditedGraph,
    R: Audited<ActiveModelEx: AuditedGraph<Of = R>>,
    T: Transaction,
{
    if relation.on_condition.is_some() {
        return Err(wrong(
            "a relation with a condition of its own cannot take rows away",
        ));
    }
    let reversed = RelationDef {
        from_col: relation.to_col.clone(),
        to_col: relation.from_col.clone(),
        ..relation.clone()
    };
    let found = rows::<G, R, T>(owner, &reversed, to).await?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Locks and returns the rows that refer to the owner. `relation` leads from them to the owner.
pub(super) async fn rows<G: AuditedGraph, E: Audited, T: Transaction>(
    owner: &G,
    relation: &RelationDef,
    to: &UnitConnection<T>,
) -> Result<Vec<ActiveModelOf<E>>, Error> {
    let values = referring::<G::Of, G>(owner, &relation.to_col)?;
    let columns = columns::<E>(&relation.from_col)?;
    let select = columns.into_iter().zip(values);
    let select = select.fold(E::find(), |select, (column, value)| {
        select.filter(column.eq(value))
    });
    let found = lock_all::<E, T>(to, by_key::<E>(select), LockType::NoKeyUpdate).await?;
    let rows = found.into_iter().map(written::<E>);
    rows.map(|row| row.map(|row| (*row).into_active_model()))
        .collect()
}

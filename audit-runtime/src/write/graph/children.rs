//! Saves the children of a row: the rows that refer to it.

use sea_orm::{ActiveHasMany, ActiveHasOne, ActiveModelTrait, RelationDef};

use super::{
    entity::{At, AuditedGraph, GraphOf, Reached},
    rows::{children, let_go, save_child},
};
use crate::{
    pending::Pending,
    write::{connection::UnitConnection, transaction::Transaction},
};

/// Saves the only child of a row. Detaches or deletes any other one.
pub fn one<'a, G, const N: usize, T>(
    owner: &'a G,
    child: ActiveHasOne<At<G, N>>,
    relation: RelationDef,
    to: &'a UnitConnection<T>,
) -> Pending<'a, ActiveHasOne<At<G, N>>>
where
    G: AuditedGraph<Of: Reached<N>>,
    T: Transaction,
{
    Box::pin(async move {
        let ActiveHasOne::Set(child) = child else {
            return Ok(ActiveHasOne::NotSet);
        };
        let kept = child
            .as_deref()
            .and_then(|child| child.get_primary_key_value());
        for row in children::<G, At<G, N>, T>(owner, &relation, to).await? {
            if row.get_primary_key_value() != kept {
                let_go::<At<G, N>, T>(row, &relation, to).await?;
            }
        }
        Ok(ActiveHasOne::Set(match child {
            Some(child) => Some(Box::new(save_child(owner, *child, &relation, to).await?)),
            None => None,
        }))
    })
}

/// Saves the children of a row. Detaches or deletes those that `Replace` leaves out.
pub fn many<'a, G, const N: usize, T>(
    owner: &'a G,
    children_of: ActiveHasMany<At<G, N>>,
    relation: RelationDef,
    to: &'a UnitConnection<T>,
) -> Pending<'a, ActiveHasMany<At<G, N>>>
where
    G: AuditedGraph<Of: Reached<N>>,
    T: Transaction,
{
    Box::pin(async move {
        let mut saved = children_of.empty_holder();
        if children_of.is_replace() {
            for row in children::<G, At<G, N>, T>(owner, &relation, to).await? {
                let key = row.get_primary_key_value();
                let is_kept = |child: &GraphOf<At<G, N>>| child.get_primary_key_value() == key;
                if !children_of.as_slice().iter().any(is_kept) {
                    let_go::<At<G, N>, T>(row, &relation, to).await?;
                }
            }
        }
        for child in children_of.into_vec() {
            saved.push(save_child(owner, child, &relation, to).await?);
        }
        Ok(saved)
    })
}

/// Detaches or deletes the children of a row that is about to be deleted.
pub fn let_children_go<'a, G, const N: usize, T>(
    owner: &'a G,
    relation: RelationDef,
    to: &'a UnitConnection<T>,
) -> Pending<'a, ()>
where
    G: AuditedGraph<Of: Reached<N>>,
    T: Transaction,
{
    Box::pin(async move {
        for row in children::<G, At<G, N>, T>(owner, &relation, to).await? {
            let_go::<At<G, N>, T>(row, &relation, to).await?;
        }
        Ok(())
    })
}

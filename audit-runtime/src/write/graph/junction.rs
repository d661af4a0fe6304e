//! Saves the rows of a many-to-many relation, and the rows of its junction.

use sea_orm::{ActiveHasMany, ActiveModelTrait, RelationDef};

use super::{
    columns::{refer, referring},
    entity::{At, AuditedGraph, Joined, Junction, Reached},
    rows::{delete, needs_save, rows},
};
use crate::{
    audited::ActiveModelOf,
    pending::Pending,
    write::{
        connection::UnitConnection, one::Insert, operation::Operation, transaction::Transaction,
    },
};

/// Saves the rows on the other side of a junction, and the junction's rows. `left` leads from a row of the junction to
/// the owner, `right` to the other side.
pub fn linked<'a, G, const N: usize, T>(
    owner: &'a G,
    others: ActiveHasMany<At<G, N>>,
    [left, right]: [RelationDef; 2],
    to: &'a UnitConnection<T>,
) -> Pending<'a, ActiveHasMany<At<G, N>>>
where
    G: AuditedGraph<Of: Reached<N> + Joined<N>>,
    T: Transaction,
{
    Box::pin(async move {
        let mut saved = others.empty_holder();
        if matches!(others, ActiveHasMany::NotSet) {
            return Ok(saved);
        }
        let is_replace = others.is_replace();
        for other in others.into_vec() {
            saved.push(match needs_save(&other) {
                true => other.save_graph(to).await?,
                false => other,
            });
        }
        let mut links = rows::<G, Junction<G, N>, T>(owner, &left, to).await?;
        for other in saved.as_slice() {
            let mut link = <ActiveModelOf<Junction<G, N>> as ActiveModelTrait>::default();
            refer(&mut link, &left.from_col, owner, &left.to_col)?;
            refer(&mut link, &right.from_col, other, &right.to_col)?;
            let refers = referring::<Junction<G, N>, _>(&link, &right.from_col)?;
            let found = links.iter().position(|row| {
                referring::<Junction<G, N>, _>(row, &right.from_col)
                    .ok()
                    .as_ref()
                    == Some(&refers)
            });
            match found {
                Some(nth) => drop(links.swap_remove(nth)),
                None => drop(Insert::<Junction<G, N>>::of(Box::new(link)).run(to).await?),
            }
        }
        if is_replace {
            for link in links {
                delete::<Junction<G, N>, _, T>(&link, to).await?;
            }
        }
        Ok(saved)
    })
}

/// Deletes the junction's rows of a row that is about to be deleted.
pub fn unlink<'a, G, const N: usize, T>(
    owner: &'a G,
    left: RelationDef,
    to: &'a UnitConnection<T>,
) -> Pending<'a, ()>
where
    G: AuditedGraph<Of: Joined<N>>,
    T: Transaction,
{
    Box::pin(async move {
        for link in rows::<G, Junction<G, N>, T>(owner, &left, to).await? {
            delete::<Junction<G, N>, _, T>(&link, to).await?;
        }
        Ok(())
    })
}

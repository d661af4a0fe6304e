//! A nested `ActiveModelEx`: a row, and the rows of its relations.
//!
//! The derive on a `ModelEx` lists the relations; what is done with them is here.

use sea_orm::{
    ActiveHasMany, ActiveHasOne, ActiveModelTrait, ActiveValue, ColumnTrait, DbErr, Identity,
    IntoActiveModel, QueryFilter, RelationDef, Value,
    sea_query::{FromValueTuple, LockType},
};

use super::{
    connection::UnitConnection,
    one::{Delete, Insert},
    operation::Operation,
    refusal::failed,
    row::{Row, by_key, lock_all, written},
    save::Save,
    subject::Subject,
    transaction::Transaction,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, KeyOf},
    pending::Pending,
};

/// The `ActiveModelEx` of an entity with `#[audited(graph)]`: what [`Unrestricted::save_graph`](crate::Unrestricted)
/// takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be saved as a graph",
    label = "not the `ActiveModelEx` of an entity with `#[audited(graph)]`",
    note = "add `graph` to the `#[audited(..)]` of its `Model`, and of the `Model` of every relation"
)]
pub trait AuditedGraph:
    ActiveModelTrait<Entity = Self::Of>
    + From<ActiveModelOf<Self::Of>>
    + Into<ActiveModelOf<Self::Of>>
    + Send
    + Sync
    + 'static
{
    /// The entity of the row at the top.
    type Of: Audited<ActiveModelEx = Self>;

    #[doc(hidden)]
    fn save_graph<T: Transaction>(self, to: &UnitConnection<T>) -> Pending<'_, Self>;

    /// Deletes what belongs to this row, but not the row.
    #[doc(hidden)]
    fn delete_children<'a, T: Transaction>(&'a self, to: &'a UnitConnection<T>) -> Pending<'a, ()>;
}

pub(super) struct SaveGraph<G>(pub(super) Box<G>);

impl<G: AuditedGraph> Operation for SaveGraph<G> {
    type Output = Box<G>;

    fn subject(&self) -> Subject {
        Subject::of::<G::Of>("SAVE")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        let step = connection.step()?;
        let saved = self.0.save_graph(connection).await;
        // A refusal, too, may leave a part of the graph, which no unit may commit.
        if saved.is_ok() {
            step.done();
        }
        saved.map(Box::new)
    }
}

/// Saves a parent if there is something to save, and sets the columns that refer to it.
pub async fn parent<G: AuditedGraph, P: AuditedGraph, T: Transaction>(
    child: &mut G,
    parent: Option<P>,
    relation: RelationDef,
    to: &UnitConnection<T>,
) -> Result<Option<P>, Error> {
    let Some(parent) = parent else {
        return Ok(None);
    };
    let parent = match needs_save(&parent) {
        true => parent.save_graph(to).await?,
        false => parent,
    };
    refer(child, &relation.from_col, &parent, &relation.to_col)?;
    Ok(Some(parent))
}

/// Sets the columns that refer to a parent to NULL.
pub fn orphan<G: AuditedGraph>(child: &mut G, relation: &RelationDef) -> Result<(), Error> {
    match clear::<G::Of, G>(child, &relation.from_col)? {
        true => Ok(()),
        false => Err(wrong("a required parent cannot be taken away")),
    }
}

/// Saves the row itself.
pub async fn own<G: AuditedGraph, T: Transaction>(
    graph: G,
    to: &UnitConnection<T>,
) -> Result<G, Error> {
    let row: ActiveModelOf<G::Of> = graph.into();
    if !row.is_changed() && row.get_primary_key_value().is_some() {
        return Ok(row.into());
    }
    let row: Row<G::Of> = Save::<G::Of>::of(Box::new(row)).run(to).await?;
    Ok((*row).into_active_model().into())
}

/// Saves the only child of a row. Another one that was there goes.
pub async fn one<G, R, T>(
    owner: &G,
    child: ActiveHasOne<R>,
    relation: RelationDef,
    to: &UnitConnection<T>,
) -> Result<ActiveHasOne<R>, Error>
where
    G: AuditedGraph,
    R: Audited<ActiveModelEx: AuditedGraph<Of = R>>,
    T: Transaction,
{
    let ActiveHasOne::Set(child) = child else {
        return Ok(ActiveHasOne::NotSet);
    };
    let kept = child
        .as_deref()
        .and_then(|child| child.get_primary_key_value());
    for row in children::<G, R, T>(owner, &relation, to).await? {
        if row.get_primary_key_value() != kept {
            let_go::<R, T>(row, &relation, to).await?;
        }
    }
    Ok(ActiveHasOne::Set(match child {
        Some(child) => Some(Box::new(save_child(owner, *child, &relation, to).await?)),
        None => None,
    }))
}

/// Saves the children of a row. Those that `Replace` leaves out go.
pub async fn many<G, R, T>(
    owner: &G,
    children_of: ActiveHasMany<R>,
    relation: RelationDef,
    to: &UnitConnection<T>,
) -> Result<ActiveHasMany<R>, Error>
where
    G: AuditedGraph,
    R: Audited<ActiveModelEx: AuditedGraph<Of = R>>,
    T: Transaction,
{
    let mut saved = children_of.empty_holder();
    if children_of.is_replace() {
        for row in children::<G, R, T>(owner, &relation, to).await? {
            let key = row.get_primary_key_value();
            let is_kept = |child: &R::ActiveModelEx| child.get_primary_key_value() == key;
            if !children_of.as_slice().iter().any(is_kept) {
                let_go::<R, T>(row, &relation, to).await?;
            }
        }
    }
    for child in children_of.into_vec() {
        saved.push(save_child(owner, child, &relation, to).await?);
    }
    Ok(saved)
}

/// Saves rows of the other side of a junction, and the junction's rows. `left` leads from a row of the junction to the
/// owner, `right` to the other side.
pub async fn linked<G, R, J, T>(
    owner: &G,
    others: ActiveHasMany<R>,
    [left, right]: [RelationDef; 2],
    to: &UnitConnection<T>,
) -> Result<ActiveHasMany<R>, Error>
where
    G: AuditedGraph,
    R: Audited<ActiveModelEx: AuditedGraph<Of = R>>,
    J: Audited,
    T: Transaction,
{
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
    let mut links = rows::<G, J, T>(owner, &left, to).await?;
    for other in saved.as_slice() {
        let mut link = <ActiveModelOf<J> as ActiveModelTrait>::default();
        refer(&mut link, &left.from_col, owner, &left.to_col)?;
        refer(&mut link, &right.from_col, other, &right.to_col)?;
        let refers = referring::<J, _>(&link, &right.from_col)?;
        let found = links
            .iter()
            .position(|row| referring::<J, _>(row, &right.from_col).ok().as_ref() == Some(&refers));
        match found {
            Some(nth) => drop(links.swap_remove(nth)),
            None => drop(Insert::<J>::of(Box::new(link)).run(to).await?),
        }
    }
    if is_replace {
        for link in links {
            delete::<J, _, T>(&link, to).await?;
        }
    }
    Ok(saved)
}

/// Refuses a relation that the derive cannot save.
pub fn unsaved(is_set: bool, field: &'static str) -> Result<(), Error> {
    match is_set {
        true => Err(wrong(&format!(
            "the relation `{field}` cannot be saved as part of a graph"
        ))),
        false => Ok(()),
    }
}

/// Lets the children of a row go, which is about to be deleted.
pub async fn let_children_go<G, R, T>(
    owner: &G,
    relation: RelationDef,
    to: &UnitConnection<T>,
) -> Result<(), Error>
where
    G: AuditedGraph,
    R: Audited<ActiveModelEx: AuditedGraph<Of = R>>,
    T: Transaction,
{
    for row in children::<G, R, T>(owner, &relation, to).await? {
        let_go::<R, T>(row, &relation, to).await?;
    }
    Ok(())
}

/// Deletes the junction's rows of a row that is about to be deleted.
pub async fn unlink<G: AuditedGraph, J: Audited, T: Transaction>(
    owner: &G,
    left: RelationDef,
    to: &UnitConnection<T>,
) -> Result<(), Error> {
    for link in rows::<G, J, T>(owner, &left, to).await? {
        delete::<J, _, T>(&link, to).await?;
    }
    Ok(())
}

async fn save_child<G: AuditedGraph, C: AuditedGraph, T: Transaction>(
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

/// Takes the parent of a row away, or deletes the row where it must have one.
async fn let_go<R, T>(
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

async fn delete<E: Audited, A: ActiveModelTrait<Entity = E>, T: Transaction>(
    row: &A,
    to: &UnitConnection<T>,
) -> Result<(), Error> {
    let key = row.get_primary_key_value();
    let key = key.ok_or_else(|| failed::<E>(DbErr::UpdateGetPrimaryKey))?;
    Delete::<E>::new(KeyOf::<E>::from_value_tuple(key))
        .run(to)
        .await
}

fn needs_save(graph: &impl AuditedGraph) -> bool {
    graph.is_changed() || graph.get_primary_key_value().is_none()
}

/// The rows that refer to the owner, under their locks. `relation` leads from the owner to them.
async fn children<G, R, T>(
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

/// The rows that refer to the owner, under their locks. `relation` leads from them to the owner.
async fn rows<G: AuditedGraph, E: Audited, T: Transaction>(
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

/// Sets the columns of a row that refer to another.
fn refer<A, B>(row: &mut A, from: &Identity, other: &B, to: &Identity) -> Result<(), Error>
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

/// Sets columns to NULL, if all of them may be. A column of the key may not.
fn clear<E: Audited, A: ActiveModelTrait<Entity = E>>(
    row: &mut A,
    columns_of: &Identity,
) -> Result<bool, Error> {
    let columns = columns::<E>(columns_of)?;
    if columns.iter().any(|column| !column.def().is_null()) {
        return Ok(false);
    }
    for column in columns {
        let null = match row.get(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value.as_null(),
            ActiveValue::NotSet => continue,
        };
        row.try_set(column, null).map_err(failed::<E>)?;
    }
    Ok(true)
}

/// The values by which others refer to a row.
fn referring<E: Audited, A: ActiveModelTrait<Entity = E>>(
    row: &A,
    identity: &Identity,
) -> Result<Vec<Value>, Error> {
    let values = columns::<E>(identity)?.into_iter();
    let values = values.map(|column| row.get(column).into_value());
    let values = values.map(|value| value.ok_or_else(|| failed::<E>(DbErr::UpdateGetPrimaryKey)));
    values.collect()
}

fn columns<E: Audited>(identity: &Identity) -> Result<Vec<ColumnOf<E>>, Error> {
    let columns = identity.iter().map(|name| {
        let name = name.inner();
        name.parse()
            .map_err(|_| wrong(&format!("a relation names no column `{name}`")))
    });
    columns.collect()
}

/// Of names and relations, so that it has no value of a row.
fn wrong(message: &str) -> Error {
    DbErr::Type(message.to_owned()).into()
}

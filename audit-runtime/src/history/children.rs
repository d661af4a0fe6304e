//! The child rows of a row.
//!
//! Existing children are found in their table. Deleted ones, and former children, are found in the log and the archive.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, Iterable, PrimaryKeyToColumn, QueryFilter,
    QueryResult, QuerySelect, QueryTrait, TryGetableMany,
    sea_query::{Cond, IntoValueTuple, SelectStatement, Value},
};

use super::{
    Entry,
    cold::{Records, Test},
    field::{FieldFilter, SideOfField},
    log_rows::{Beyond, Conditions, PAGE_LIMIT},
    past::same,
    recorded::values_in,
    scope::{Subject, one_of},
};
use crate::{
    Error,
    audit_log::{Column, KIND_CHANGE},
    audited::{
        Child, ColumnOf, KeyOf, ParentField,
        entity_type::{entity_type, entity_types},
        known::first_parent,
    },
    encode::{ValueKind, entity_id::text_of},
    entity_id::{entity_id_of, key_from, value_like},
};

/// The number of parents in one statement.
const PARENTS: usize = 100;

/// The number of entries that are read at once with an archive, because each reading searches its files again.
const ARCHIVED: usize = 10 * PAGE_LIMIT as usize;

#[derive(Clone, Debug)]
pub(super) struct Children {
    parent: String,
    child: String,
    /// The entity types of the children, current and former.
    child_types: Vec<String>,
    /// The field that holds the parent's key.
    field: FieldFilter,
    kind: ValueKind,
    /// The index of the parent.
    nth: usize,
    /// Reads the values of that field from an entry.
    parents_in: fn(&Entry, usize) -> Vec<Value>,
    /// Whether that field is part of the key. Then it is not among the changes.
    in_key: bool,
    rows: fn(Vec<Value>, usize) -> SelectStatement,
    id: fn(&QueryResult, DbBackend) -> Result<String, DbErr>,
}

impl Children {
    /// The relation to each parent of `C`.
    pub(super) fn of<C: Child>() -> Vec<Self> {
        let parents = parents_of::<C>().into_iter().enumerate();
        let children = parents.map(
            |(
                nth,
                ParentField {
                    column,
                    entity_type: parent,
                },
            )| Self {
                parent,
                child: entity_type::<C>().into_owned(),
                child_types: entity_types::<C>(),
                field: FieldFilter::of_column::<C>(column),
                kind: ValueKind::of::<C>(column),
                nth,
                parents_in: parents_in::<C>,
                in_key: C::PrimaryKey::from_column(column).is_some(),
                rows: rows::<C>,
                id: id::<C>,
            },
        );
        children.collect()
    }

    pub(super) fn name(&self) -> &str {
        &self.child
    }

    async fn find<C: ConnectionTrait>(
        &self,
        parents: &BTreeSet<String>,
        beyond: &Beyond,
        db: &C,
    ) -> Result<BTreeSet<String>, Error> {
        let backend = db.get_database_backend();
        let keys = parents.iter().map(|id| {
            let key = value_like(id, &self.kind).filter(|key| text_of(key) == *id);
            key.ok_or_else(|| {
                Error::InvalidQuery(format!(
                    "the key of {} {id} cannot be read from the log, it is kept as a hash or has another type now, so \
                     its children cannot be found",
                    self.parent
                ))
            })
        });
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let mut found = BTreeSet::new();
        for keys in keys.chunks(PARENTS) {
            for row in db.query_all(&(self.rows)(keys.to_vec(), self.nth)).await? {
                found.insert((self.id)(&row, backend)?);
            }
            self.find_in_log(keys, parents, beyond, db, &mut found)
                .await?;
        }
        Ok(found)
    }

    async fn find_in_log<C: ConnectionTrait>(
        &self,
        keys: &[Value],
        parents: &BTreeSet<String>,
        beyond: &Beyond,
        db: &C,
        found: &mut BTreeSet<String>,
    ) -> Result<(), Error> {
        let backend = db.get_database_backend();
        let mut any_side = Cond::any();
        if self.in_key {
            any_side = any_side.add(Column::Kind.eq(KIND_CHANGE));
        } else {
            for key in keys {
                for side in [SideOfField::Before, SideOfField::After] {
                    let field = self.field.clone().with(side, key.clone()).condition()?;
                    any_side = any_side.add(field.in_sql(backend));
                }
            }
        }
        let of_type = one_of(Column::EntityType, &self.child_types);
        let mut tests = vec![Test::Text(Column::EntityType, self.child_types.clone())];
        if self.in_key {
            tests.push(Test::Small(Column::Kind, KIND_CHANGE));
        }
        let Beyond { archive, deadline } = beyond;
        let conditions = Conditions::all([Cond::all().add_option(of_type), any_side])
            .across(archive.as_ref(), tests);
        let limit = archive.as_ref().map_or(PAGE_LIMIT as usize, |_| ARCHIVED);
        let mut last = None;
        loop {
            let read = conditions.read(false, db, last, limit, false, *deadline);
            let read = read.await?;
            if read.end.is_some() {
                return Err(Error::BudgetSpent("the children"));
            }
            let Some(newest) = read.rows.last() else {
                return Ok(());
            };
            last = Some(newest.id);
            for row in read.rows {
                let entry = Entry::from(row);
                let is_child = (self.parents_in)(&entry, self.nth)
                    .iter()
                    .any(|value| parents.contains(&text_of(value)));
                if is_child {
                    found.extend(entry.entity_id);
                }
            }
        }
    }
}

/// A row and its descendants; `None` if none are requested.
pub(super) async fn family<C: ConnectionTrait>(
    descendants: &[Vec<Children>],
    subject: &Subject<'_>,
    beyond: &Beyond,
    db: &C,
) -> Result<Option<Vec<Records>>, Error> {
    if descendants.is_empty() {
        return Ok(None);
    }
    let (Some(entity_type), Some(entity_ids)) = (subject.entity_types.first(), &subject.entity_ids)
    else {
        return Err(Error::InvalidQuery(
            "`with_children` follows `History::of`, which says whose children".to_owned(),
        ));
    };
    let of = |entity_types: &[String], entity_ids| Records {
        entity_types: entity_types.to_vec(),
        entity_ids,
    };
    let ids = entity_ids.iter().cloned().collect();
    let mut family = BTreeMap::from([(&**entity_type, of(subject.entity_types, ids))]);
    for children in descendants {
        let mut found = BTreeSet::new();
        let mut is_related = false;
        for children in children {
            if let Some(parents) = family.get(&*children.parent) {
                is_related = true;
                found.extend(children.find(&parents.entity_ids, beyond, db).await?);
            }
        }
        let Some(child) = children.first().filter(|_| is_related) else {
            let parents = children.iter().map(|children| &*children.parent);
            return Err(Error::InvalidQuery(format!(
                "{} is a child of {}, and this is the history of a {entity_type}",
                children.first().map_or("it", Children::name),
                parents.collect::<Vec<_>>().join(" and of ")
            )));
        };
        family
            .entry(&child.child)
            .or_insert_with(|| of(&child.child_types, BTreeSet::new()))
            .entity_ids
            .extend(found);
    }
    Ok(Some(family.into_values().collect()))
}

/// The condition for the entries of a family.
pub(super) fn condition(family: &[Records]) -> Cond {
    let members = family.iter().map(|records| {
        Cond::all()
            .add_option(one_of(Column::EntityType, &records.entity_types))
            .add(Column::EntityId.is_in(&records.entity_ids))
    });
    members.fold(Cond::any(), Cond::add)
}

/// The parents of an entity. A manual impl of [`Child`] may name its parent only there.
fn parents_of<C: Child>() -> Vec<ParentField<ColumnOf<C>>> {
    let parents = C::parents();
    if parents.is_empty() {
        return vec![first_parent::<C>()];
    }
    parents
}

fn column_of<C: Child>(nth: usize) -> ColumnOf<C> {
    let parent = parents_of::<C>().into_iter().nth(nth);
    parent.map_or_else(C::parent_column, |parent| parent.column)
}

fn parents_in<C: Child>(entry: &Entry, nth: usize) -> Vec<Value> {
    let column = column_of::<C>(nth);
    let Some(part) = C::PrimaryKey::iter().position(|key| same(&key.into_column(), &column)) else {
        return values_in::<C>(entry, column);
    };
    let key = entry.entity_id.as_deref().and_then(key_from::<C>);
    key.into_iter()
        .filter_map(|key| key.into_iter().nth(part))
        .collect()
}

/// Selects the keys of the rows of these parents.
fn rows<C: Child>(parents: Vec<Value>, nth: usize) -> SelectStatement {
    let mut select = C::find().select_only();
    for key in C::PrimaryKey::iter() {
        select = select.column(key.into_column());
    }
    select
        .filter(column_of::<C>(nth).is_in(parents))
        .into_query()
}

fn id<C: Child>(row: &QueryResult, backend: DbBackend) -> Result<String, DbErr> {
    let columns: Vec<_> = C::PrimaryKey::iter()
        .map(|key| sea_orm::Iden::to_string(&key.into_column()))
        .collect();
    let key = KeyOf::<C>::try_get_many(row, "", &columns)?;
    Ok(entity_id_of::<C>(key.into_value_tuple(), backend))
}

//! One walk for every shape: each way to write, and after each step the row and the log compared.

use std::fmt::Debug;

use audit_runtime::{
    Changes, Entry, History, Kind, Upserted, audit_log,
    audited::{Allowlist, Audited, ColumnOf, ModelOf, NewRow, PatchOf},
    prelude::*,
};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, DbBackend, EntityTrait, Iterable, ModelTrait,
    PaginatorTrait, PrimaryKeyToColumn, PrimaryKeyTrait, sea_query::FromValueTuple,
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::{
    backend::Database,
    entities::{context, install},
    types::create_table,
};

/// An entity as an application has it: with a draft of what it sets in a new row, and a patch of what it changes.
pub trait Shape {
    // Named, for of the bounds of `PrimaryKeyTrait::ValueType` alone no compiler finds that it is an `Into` of itself.
    type Id: FromValueTuple;
    type Entity: Audited<
            Model: PartialEq + Debug,
            ActiveModel: NewRow<Entity = Self::Entity>,
            PrimaryKey: PrimaryKeyTrait<ValueType = Self::Id>,
        >;
    type Draft: Allowlist<Owner = Self::Entity> + NewRow<Entity = Self::Entity> + DeserializeOwned;
    type Patch: PatchOf<Self::Entity> + DeserializeOwned;

    /// A unique constraint, which every row has values for.
    fn conflict() -> Vec<ColumnOf<Self::Entity>>;

    /// The statements that make the table; `None` for the one that SeaORM makes of the entity.
    fn tables(_backend: DbBackend) -> Option<Vec<String>> {
        None
    }

    /// The body of a request for a new row, of six that differ.
    fn row(n: i32) -> Json;

    /// The body of a request for a change, of three that differ from each other and from every new row.
    fn change(n: i32) -> Json;

    /// What of a change is taken back, where that is not all.
    fn taken_back() -> Vec<ColumnOf<Self::Entity>> {
        Vec::new()
    }

    /// Whether the database itself changes the row once more in each update, besides what is set.
    const IS_TOUCHED: bool = false;
}

pub async fn walk<S: Shape>(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    match S::tables(database.backend()) {
        Some(statements) => {
            for statement in statements {
                database.execute(&statement).await;
            }
        }
        None => create_table(db, S::Entity::default()).await,
    }
    let context = context();
    let audit = db.audited(&context);
    let mut log = Log::<S>::new(db);

    // A new row, by ActiveModel and by draft.
    let first = audit
        .insert(draft::<S>(0).into_row())
        .await
        .expect("insert an ActiveModel");
    log.created("insert an ActiveModel", &first).await;
    let second = audit.insert(draft::<S>(1)).await.expect("insert a draft");
    log.created("insert a draft", &second).await;

    // A change, by key and by model; once more, it is none.
    let changed = audit
        .update(key::<S>(&first), patch::<S>(1))
        .await
        .expect("update");
    log.updated("update", &first, &changed).await;
    let again = audit
        .update(key::<S>(&first), patch::<S>(1))
        .await
        .expect("update again");
    log.unchanged("update again", &changed, &again).await;
    let applied = second.apply(patch::<S>(2), &audit).await.expect("apply");
    log.updated("apply", &second, &applied).await;
    let expected = audit.update_if_unchanged(&applied, patch::<S>(3)).await;
    let expected = expected.expect("update_if_unchanged");
    log.updated("update_if_unchanged", &applied, &expected)
        .await;
    audit
        .update_if_unchanged(&applied, patch::<S>(1))
        .await
        .expect_err("it has changed");

    // A unit: what it keeps, and what it takes back.
    let unit = audit.begin().await.unwrap();
    let third = unit.insert(draft::<S>(2)).await.expect("insert in a unit");
    let patched = unit
        .update(key::<S>(&third), patch::<S>(1))
        .await
        .expect("update in a unit");
    unit.commit().await.unwrap();
    log.together(
        "a unit",
        &[(None, Some(&third)), (Some(&third), Some(&patched))],
    )
    .await;
    let unit = audit.begin().await.unwrap();
    unit.delete::<S::Entity>(key::<S>(&patched))
        .await
        .expect("delete in a unit");
    unit.rollback().await.unwrap();
    log.unchanged("a unit that is rolled back", &patched, &patched)
        .await;

    // A row that may be there.
    let there = audit
        .insert_or_update(draft::<S>(0), S::conflict(), patch::<S>(2))
        .await;
    let Upserted::Updated(there) = there.expect("insert_or_update a row that is there") else {
        panic!("the row is there");
    };
    log.updated("insert_or_update a row that is there", &changed, &there)
        .await;
    let fourth = audit
        .insert_or_update(draft::<S>(3), S::conflict(), patch::<S>(2))
        .await;
    let Upserted::Created(fourth) = fourth.expect("insert_or_update a row that is not there")
    else {
        panic!("the row is not there");
    };
    log.created("insert_or_update a row that is not there", &fourth)
        .await;
    let kept = audit.insert_or_keep(draft::<S>(3), S::conflict()).await;
    let Upserted::Unchanged(kept) = kept.expect("insert_or_keep") else {
        panic!("the row is there");
    };
    log.unchanged("insert_or_keep", &fourth, &kept).await;

    // Many at once.
    let many = audit
        .insert_many([draft::<S>(4), draft::<S>(5)])
        .await
        .expect("insert_many");
    log.together(
        "insert_many",
        &many.iter().map(|row| (None, Some(row))).collect::<Vec<_>>(),
    )
    .await;
    let rows = many
        .iter()
        .fold(Condition::any(), |rows, row| rows.add(is::<S>(row)));
    let count = audit
        .update_many(rows.clone(), patch::<S>(3))
        .await
        .expect("update_many");
    assert_eq!(count, 2, "update_many");
    let mut after = Vec::new();
    for row in &many {
        after.push(log.stored(row).await.expect("updated by update_many"));
    }
    let pairs = many
        .iter()
        .zip(&after)
        .map(|(before, after)| (Some(before), Some(after)));
    log.together("update_many", &pairs.collect::<Vec<_>>())
        .await;
    let count = audit
        .delete_many::<S::Entity>(rows)
        .await
        .expect("delete_many");
    assert_eq!(count, 2, "delete_many");
    log.together(
        "delete_many",
        &after
            .iter()
            .map(|row| (Some(row), None))
            .collect::<Vec<_>>(),
    )
    .await;

    // A change taken back, and a deletion.
    let change = log.last(&there).await;
    let inverse = match &S::taken_back()[..] {
        [] => change.inverse::<S::Patch>(),
        columns => change.inverse_of::<S::Patch>(columns),
    };
    let inverse = inverse.expect("inverse");
    let reverted = audit.revert(inverse).await.expect("revert");
    log.updated("revert", &there, &reverted).await;
    log.as_before("revert", &changed, &reverted);
    assert_eq!(log.last(&there).await.reverts, Some(change.id), "revert");
    audit
        .delete::<S::Entity>(key::<S>(&reverted))
        .await
        .expect("delete");
    log.deleted("delete", &reverted).await;
    let deletion = log.last(&reverted).await;
    let restoration = deletion.restoration::<S::Entity>().expect("restoration");
    let restored = audit.restore(restoration).await.expect("restore");
    log.created("restore", &restored).await;
    log.as_before("restore", &reverted, &restored);

    // Its whole life, from its creation to its return.
    let history = History::of::<S::Entity>(key::<S>(&first))
        .page(db, None, 50)
        .await
        .unwrap();
    let actions: Vec<_> = history.entries.iter().map(|entry| &*entry.action).collect();
    assert_eq!(
        actions,
        ["CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE", "CREATE"]
    );
}

fn draft<S: Shape>(n: i32) -> S::Draft {
    serde_json::from_value(S::row(n)).expect("the body of a new row")
}

fn patch<S: Shape>(n: i32) -> S::Patch {
    serde_json::from_value(S::change(n)).expect("the body of a change")
}

fn key<S: Shape>(row: &ModelOf<S::Entity>) -> S::Id {
    S::Id::from_value_tuple(row.get_primary_key_value())
}

/// The condition that it is this row.
fn is<S: Shape>(row: &ModelOf<S::Entity>) -> Condition {
    <S::Entity as EntityTrait>::PrimaryKey::iter().fold(Condition::all(), |condition, key| {
        let column = key.into_column();
        condition.add(column.eq(row.get(column)))
    })
}

/// A row before and after one entry.
type Step<'a, M> = (Option<&'a M>, Option<&'a M>);

/// What the log must have by now.
struct Log<'a, S> {
    db: &'a DatabaseConnection,
    entries: u64,
    shape: std::marker::PhantomData<S>,
}

impl<'a, S: Shape> Log<'a, S> {
    fn new(db: &'a DatabaseConnection) -> Self {
        let shape = std::marker::PhantomData;
        Self {
            db,
            entries: 0,
            shape,
        }
    }

    async fn created(&mut self, step: &str, row: &ModelOf<S::Entity>) {
        self.together(step, &[(None, Some(row))]).await;
    }

    async fn updated(
        &mut self,
        step: &str,
        before: &ModelOf<S::Entity>,
        after: &ModelOf<S::Entity>,
    ) {
        assert_ne!(before, after, "{step}");
        self.together(step, &[(Some(before), Some(after))]).await;
    }

    async fn deleted(&mut self, step: &str, row: &ModelOf<S::Entity>) {
        self.together(step, &[(Some(row), None)]).await;
    }

    async fn unchanged(&self, step: &str, row: &ModelOf<S::Entity>, returned: &ModelOf<S::Entity>) {
        assert_eq!(row, returned, "{step}");
        assert_eq!(self.stored(row).await.as_ref(), Some(row), "{step}");
        assert_eq!(self.count().await, self.entries, "{step} writes no entry");
    }

    /// Each of these is the latest entry but those of its own row that follow here, and there are no others.
    async fn together(&mut self, step: &str, steps: &[Step<'_, ModelOf<S::Entity>>]) {
        self.entries += steps.len() as u64;
        assert_eq!(self.count().await, self.entries, "{step}: entries");
        let mut later = Vec::new();
        for (before, after) in steps.iter().rev() {
            let row = before.or(*after).unwrap();
            let id = row.get_primary_key_value();
            let newer = later.iter().filter(|later| **later == id).count();
            if newer == 0 {
                assert_eq!(self.stored(row).await.as_ref(), *after, "{step}: the row");
            }
            self.check(step, newer, *before, *after).await;
            later.push(id);
        }
    }

    async fn check(
        &self,
        step: &str,
        newer: usize,
        before: Option<&ModelOf<S::Entity>>,
        after: Option<&ModelOf<S::Entity>>,
    ) {
        let row = before.or(after).unwrap();
        let entry = self.latest(row, newer).await;
        let (action, changes) = match (before, after) {
            (None, Some(after)) => ("CREATE", Changes::created::<S::Entity>(after)),
            (Some(before), Some(after)) => ("UPDATE", before.changes_to(after)),
            (Some(before), None) => ("DELETE", Changes::deleted::<S::Entity>(before)),
            (None, None) => unreachable!("no row"),
        };
        assert_eq!(
            (entry.kind, &*entry.action),
            (Kind::Change, action),
            "{step}"
        );
        assert_eq!(entry.changes, changes, "{step}: the entry");
        assert!(!entry.to_string().is_empty(), "{step}");
        for (moment, expected) in [
            (Moment::before(&entry), before),
            (Moment::after(&entry), after),
        ] {
            let past = S::Entity::state_at(key::<S>(row), moment, self.db)
                .await
                .unwrap();
            let past = past.map(|past| {
                past.model()
                    .unwrap_or_else(|error| panic!("{step}: {error}"))
            });
            assert_eq!(past.as_ref(), expected, "{step}: the state at {moment:?}");
        }
    }

    /// A row that was taken back is as it was, but for what the database adds.
    fn as_before(&self, step: &str, expected: &ModelOf<S::Entity>, row: &ModelOf<S::Entity>) {
        if !S::IS_TOUCHED {
            assert_eq!(expected, row, "{step}");
        }
    }

    async fn stored(&self, row: &ModelOf<S::Entity>) -> Option<ModelOf<S::Entity>> {
        S::Entity::find_by_id(key::<S>(row))
            .one(self.db)
            .await
            .unwrap()
    }

    async fn last(&self, row: &ModelOf<S::Entity>) -> Entry {
        self.latest(row, 0).await
    }

    async fn latest(&self, row: &ModelOf<S::Entity>, newer: usize) -> Entry {
        let history = History::of::<S::Entity>(key::<S>(row)).newest_first();
        let page = history.page(self.db, None, 10).await.unwrap();
        page.entries
            .into_iter()
            .nth(newer)
            .expect("an entry of the row")
    }

    async fn count(&self) -> u64 {
        audit_log::Entity::find().count(self.db).await.unwrap()
    }
}

//! One walk for every shape: it writes in every way, and compares the row and the log after each step.

mod log;
mod macros;
mod shape;

use audit_runtime::{AuditContext, History, Upserted, prelude::*, schema};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Iterable, ModelTrait, PrimaryKeyToColumn,
    sea_query::FromValueTuple,
};

use self::log::Log;
pub(crate) use self::macros::shape;
pub use self::shape::{Nothing, Shape};
use crate::{backend::Database, entities::create_precise_table as create_table};
use audit_runtime::audited::{ModelOf, NewRow};

/// Walks each variant of the table in succession, in one log.
pub async fn walk<S: Shape>(database: &Database, context: AuditContext) {
    schema::install(&database.db).await.unwrap();
    for variant in S::variants(database.backend()) {
        match S::tables(database.backend(), variant) {
            Some(statements) => {
                for statement in statements {
                    database.execute(&statement).await;
                }
            }
            None => create_table(&database.db, S::Entity::default()).await,
        }
        // Prepared statements may refer to another table.
        let db = S::connect(database).await;
        let mut log = Log::<S>::new(&db, variant).await;
        Box::pin(walk_once(&mut log, &context)).await;
        for statement in S::cleared(database.backend()) {
            database.execute(&statement).await;
        }
    }
}

async fn walk_once<S: Shape>(log: &mut Log<'_, S>, context: &AuditContext) {
    let db = log.db;
    let audit = db.audited(context);

    // A new row, by ActiveModel and by draft.
    let inserted = audit.insert(draft::<S>(0).into_row()).await;
    let Some(first) = log.check("insert an ActiveModel", inserted).await else {
        return;
    };
    log.created("insert an ActiveModel", &first).await;
    let second = audit.insert(draft::<S>(1)).await.expect("insert a draft");
    log.created("insert a draft", &second).await;

    // A change, by key and by model. The same change again is none.
    let updated = audit.update(key::<S>(&first), patch::<S>(1)).await;
    let Some(changed) = log.check("update", updated).await else {
        return;
    };
    log.updated("update", &first, &changed).await;
    let again = audit.update(key::<S>(&first), patch::<S>(1)).await;
    log.unchanged("update again", &changed, &again.expect("update again"))
        .await;
    let applied = second.apply(patch::<S>(2), &audit).await.expect("apply");
    log.updated("apply", &second, &applied).await;
    let expected = audit.update_if_unchanged(&applied, patch::<S>(3)).await;
    let expected = expected.expect("update_if_unchanged");
    log.updated("update_if_unchanged", &applied, &expected)
        .await;
    if S::HAS_PATCH {
        let late = audit.update_if_unchanged(&applied, patch::<S>(1)).await;
        late.expect_err("it has changed");
    }

    // A unit that is committed, and one that is rolled back.
    let unit = audit.begin().await.unwrap();
    let third = unit.insert(draft::<S>(2)).await.expect("insert in a unit");
    let patched = unit.update(key::<S>(&third), patch::<S>(1)).await;
    let patched = patched.expect("update in a unit");
    unit.commit().await.unwrap();
    let mut steps = vec![(None, Some(&third))];
    if S::HAS_PATCH {
        steps.push((Some(&third), Some(&patched)));
    }
    log.together("a unit", &steps).await;
    let unit = audit.begin().await.unwrap();
    let deleted = unit.delete::<S::Entity>(key::<S>(&patched)).await;
    if log.check("delete in a unit", deleted).await.is_some() {
        unit.rollback().await.unwrap();
    } else {
        drop(unit);
    }
    log.unchanged("a unit that is rolled back", &patched, &patched)
        .await;

    let there = upserts(log, context, &changed).await;
    many(log, context).await;
    taken_back(log, context, &changed, &there).await;

    // The history of the row, from its creation to its restoration.
    let history = History::of::<S::Entity>(key::<S>(&first)).newest_first();
    let page = history.page(db, None, 50).await.unwrap();
    let mut actions: Vec<_> = page.entries.iter().map(|entry| &*entry.action).collect();
    actions.truncate(6);
    actions.reverse();
    if S::HAS_PATCH {
        let life = ["CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE", "CREATE"];
        assert!(life.starts_with(&actions), "{actions:?}");
    } else {
        assert!(actions.ends_with(&["CREATE", "DELETE", "CREATE"]));
    }
    log.lived().await;
    log.spelled(&page.entries, &first).await;

    // The next variant begins with an empty table.
    for row in S::Entity::find().all(db).await.unwrap() {
        let deleted = audit.delete::<S::Entity>(key::<S>(&row)).await;
        if deleted.is_ok() {
            log.deleted("delete the rest", &row).await;
        }
    }
}

/// Upserts.
async fn upserts<S: Shape>(
    log: &mut Log<'_, S>,
    context: &AuditContext,
    changed: &ModelOf<S::Entity>,
) -> ModelOf<S::Entity> {
    let audit = log.db.audited(context);
    let step = "insert_or_update a row that is there";
    let there = audit.insert_or_update(draft::<S>(0), S::conflict(), patch::<S>(2));
    let Some(there) = log.check(step, there.await).await else {
        let there = audit.update(key::<S>(changed), patch::<S>(2)).await;
        let there = there.expect("update once more");
        log.updated("update once more", changed, &there).await;
        return there;
    };
    let there = match there {
        Upserted::Updated(there) if S::HAS_PATCH => {
            log.updated(step, changed, &there).await;
            there
        }
        Upserted::Unchanged(there) if !S::HAS_PATCH => there,
        other => panic!("{step}: {other:?}"),
    };
    let step = "insert_or_update a row that is not there";
    let fourth = audit.insert_or_update(draft::<S>(3), S::conflict(), patch::<S>(2));
    let Some(fourth) = log.check(step, fourth.await).await else {
        return there;
    };
    let Upserted::Created(fourth) = fourth else {
        panic!("the row is not there");
    };
    log.created(step, &fourth).await;
    let kept = audit.insert_or_keep(draft::<S>(3), S::conflict()).await;
    let Upserted::Unchanged(kept) = kept.expect("insert_or_keep") else {
        panic!("the row is there");
    };
    log.unchanged("insert_or_keep", &fourth, &kept).await;
    there
}

/// Writes of many rows.
async fn many<S: Shape>(log: &mut Log<'_, S>, context: &AuditContext) {
    let audit = log.db.audited(context);
    let inserted = audit.insert_many([draft::<S>(4), draft::<S>(5)]).await;
    let Some(many) = log.check("insert_many", inserted).await else {
        return;
    };
    let steps: Vec<_> = many.iter().map(|row| (None, Some(row))).collect();
    log.together("insert_many", &steps).await;
    let rows = many
        .iter()
        .fold(Condition::any(), |rows, row| rows.add(is::<S>(row)));
    let count = audit.update_many(rows.clone(), patch::<S>(3)).await;
    assert_eq!(
        count.expect("update_many"),
        if S::HAS_PATCH { 2 } else { 0 }
    );
    let mut after = Vec::new();
    for row in &many {
        after.push(log.stored(row).await.expect("updated by update_many"));
    }
    if S::HAS_PATCH {
        let steps = many.iter().zip(&after);
        let steps: Vec<_> = steps.map(|(row, after)| (Some(row), Some(after))).collect();
        log.together("update_many", &steps).await;
    }
    let deleted = audit.delete_many::<S::Entity>(rows).await;
    let Some(count) = log.check("delete_many", deleted).await else {
        return;
    };
    assert_eq!(count, 2, "delete_many");
    let steps: Vec<_> = after.iter().map(|row| (Some(row), None)).collect();
    log.together("delete_many", &steps).await;
}

/// Reverts a change, and restores a deleted row.
async fn taken_back<S: Shape>(
    log: &mut Log<'_, S>,
    context: &AuditContext,
    changed: &ModelOf<S::Entity>,
    there: &ModelOf<S::Entity>,
) {
    let audit = log.db.audited(context);
    let mut row = there.clone();
    if S::HAS_PATCH && there != changed {
        let change = log.last(there).await;
        let inverse = match &S::taken_back()[..] {
            [] => change.inverse::<S::Patch>(),
            columns => change.inverse_of::<S::Patch>(columns),
        };
        let reverted = audit.revert(inverse.expect("inverse")).await;
        if let Some(reverted) = log.check("revert", reverted).await {
            log.updated("revert", there, &reverted).await;
            log.as_before("revert", changed, &reverted);
            assert_eq!(log.last(there).await.reverts, Some(change.id), "revert");
            row = reverted;
        }
    }
    let deleted = audit.delete::<S::Entity>(key::<S>(&row)).await;
    if log.check("delete", deleted).await.is_none() {
        return;
    }
    log.deleted("delete", &row).await;
    let restoration = log.last(&row).await.restoration::<S::Entity>();
    let restored = audit.restore(restoration.expect("restoration")).await;
    if let Some(restored) = log.check("restore", restored).await {
        log.created("restore", &restored).await;
        log.as_before("restore", &row, &restored);
    }
}

fn draft<S: Shape>(n: i32) -> S::Draft {
    serde_json::from_str(&S::row(n).to_string()).expect("the body of a new row")
}

fn patch<S: Shape>(n: i32) -> S::Patch {
    serde_json::from_str(&S::change(n).to_string()).expect("the body of a change")
}

fn key<S: Shape>(row: &ModelOf<S::Entity>) -> S::Id {
    S::Id::from_value_tuple(S::compared(row).get_primary_key_value())
}

/// The condition for this row.
fn is<S: Shape>(row: &ModelOf<S::Entity>) -> Condition {
    let row = S::compared(row);
    <S::Entity as EntityTrait>::PrimaryKey::iter().fold(Condition::all(), |condition, key| {
        let column = key.into_column();
        condition.add(column.eq(row.get(column)))
    })
}

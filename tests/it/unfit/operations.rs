//! Many rows, deletions, upserts and hooks.

use std::sync::Arc;

use super::entities::{SEEN, hooked, new};
use audit_runtime::{Upserted, prelude::*};
use sea_orm::{ColumnTrait, EntityTrait};
use serde_json::json;

use super::{Field, Stage, assert_replaced, assert_unfit, plain, row};
use crate::backend::{Database, on_every_backend};

on_every_backend!(
    many_rows_are_changed_whatever_they_hold,
    a_row_is_deleted_whatever_it_holds,
    a_row_that_may_be_there_is_found_whatever_it_holds,
    a_change_to_what_is_in_the_way_is_taken_back,
    hooks_see_the_other_fields
);

async fn many_rows_are_changed_whatever_they_hold(database: &Database) {
    let stage = Stage::new(database).await;
    for (context, field, id) in stage.cases() {
        stage.retired(field, id).await;
        let audit = stage.db.audited(context);
        let one = || new::Column::Id.eq(id);
        let patch = new::Patch::new().note("changed");
        assert_eq!(audit.update_many(one(), patch).await.unwrap(), 1);
        let changes = stage.last().await.changes;
        assert_eq!(
            changes.diff(),
            json!([{ "field": "note", "before": "new", "after": "changed" }])
        );

        assert_eq!(audit.update_many(one(), field.replace()).await.unwrap(), 1);
        assert_replaced(&stage.last().await.changes, field);
    }
}

async fn a_row_is_deleted_whatever_it_holds(database: &Database) {
    let stage = Stage::new(database).await;
    for (context, field, id) in stage.cases() {
        let audit = stage.db.audited(context);
        let assert_deleted = async || {
            let entry = stage.last().await;
            assert_eq!(entry.action, "DELETE");
            let change = entry.changes.get(field.name()).unwrap();
            assert_eq!(change.before, plain(field.retired()), "{field:?}");
            let gone = new::Entity::find_by_id(id).one(stage.db).await.unwrap();
            assert_eq!(gone, None);
        };
        stage.retired(field, id).await;
        audit.delete::<new::Entity>(id).await.unwrap();
        assert_deleted().await;
        stage.retired(field, id).await;
        audit.delete::<hooked::Entity>(id).await.unwrap();
        assert_deleted().await;
        stage.retired(field, id).await;
        let deleted = audit.delete_many::<new::Entity>(new::Column::Id.eq(id));
        assert_eq!(deleted.await.unwrap(), 1);
        assert_deleted().await;
    }
}

async fn a_row_that_may_be_there_is_found_whatever_it_holds(database: &Database) {
    let stage = Stage::new(database).await;
    for (context, field, id) in stage.cases() {
        stage.retired(field, id).await;
        let audit = stage.db.audited(context);
        let key = [new::Column::Id];
        assert_unfit(audit.insert_or_keep(row(id), key).await, field);
        let updated = audit.insert_or_update(row(id), key, field.replace()).await;
        assert!(matches!(updated, Ok(Upserted::Updated(_))), "{updated:?}");
        assert_replaced(&stage.last().await.changes, field);

        stage.retire(field, id).await;
        let unit = audit.begin().await.unwrap();
        assert_unfit(unit.insert_or_keep(row(id), key).await, field);
        let updated = unit.insert_or_update(row(id), key, field.replace()).await;
        assert!(matches!(updated, Ok(Upserted::Updated(_))), "{updated:?}");
        unit.commit().await.unwrap();
        assert_replaced(&stage.last().await.changes, field);
    }
}

async fn a_change_to_what_is_in_the_way_is_taken_back(database: &Database) {
    let stage = Stage::new(database).await;
    for (context, field, id) in stage.cases() {
        stage.retired(field, id).await;
        let retired = stage.last().await;
        let inverse = retired.inverse::<new::Patch>().unwrap();
        let audit = stage.db.audited(context);
        audit.revert(inverse).await.unwrap();
        let entry = stage.last().await;
        assert_eq!(entry.reverts, Some(retired.id));
        assert_replaced(&entry.changes, field);
    }
}

async fn hooks_see_the_other_fields(database: &Database) {
    let stage = Stage::new(database).await;
    let seen = Arc::default();
    SEEN.scope(Arc::clone(&seen), async {
        for context in &stage.contexts {
            let audit = stage.db.audited(context);
            stage.retired(Field::State, 1).await;
            let living = hooked::Patch::new().state(hooked::State::Living);
            audit.update(1, living).await.unwrap();
            stage.retire(Field::State, 1).await;
            audit.delete::<hooked::Entity>(1).await.unwrap();
        }
    })
    .await;
    let once = [
        "unchanged \"new\" set Living",
        "set \"new\" not set",
        "set \"new\" not set",
    ];
    assert_eq!(*seen.lock().unwrap(), [once, once].concat());
}

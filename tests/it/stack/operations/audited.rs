//! The audited operations.

use audit_runtime::{Entry, History, prelude::*};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait};

use super::super::wide::{change, entity, new_draft, new_row};
use super::{Boxed, CHANGED, DELETED, NEW, NEWER, Operation};

pub(super) fn write<'a, W: Writer>(
    operation: Operation,
    writer: &'a W,
    db: &'a DatabaseConnection,
    id: i32,
) -> Boxed<'a> {
    match operation {
        Operation::Insert => insert(writer, id),
        Operation::Draft => draft(writer, id),
        Operation::InsertMany => insert_many(writer, id),
        Operation::UpsertNew => upsert(writer, id + NEW),
        Operation::Restore => restore(writer, db, id),
        Operation::Update => update(writer, id),
        Operation::Apply => apply(writer, db, id),
        Operation::UpdateIfUnchanged => update_if_unchanged(writer, db, id),
        Operation::UpdateMany => update_many(writer, id),
        Operation::Upsert => upsert(writer, id),
        Operation::Keep => keep(writer, id),
        Operation::Revert => revert(writer, db, id),
        Operation::Delete => delete(writer, id),
        Operation::DeleteMany => delete_many(writer, id),
    }
}

fn insert<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move { drop(writer.insert(new_row(id + NEW, 0)).await.unwrap()) })
}

fn draft<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move { drop(writer.insert(new_draft(id + NEW, 0)).await.unwrap()) })
}

fn insert_many<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let rows = [NEW, NEWER].map(|new| new_draft(id + new, 0));
        assert_eq!(writer.insert_many(rows).await.unwrap().len(), 2);
    })
}

fn upsert<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let (draft, patch) = (new_draft(id, 0), change(CHANGED));
        let upserted = writer
            .insert_or_update(draft, [entity::Column::Id], patch)
            .await;
        drop(upserted.unwrap());
    })
}

fn keep<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let kept = writer
            .insert_or_keep(new_draft(id, 0), [entity::Column::Id])
            .await;
        drop(kept.unwrap());
    })
}

fn restore<'a, W: Writer>(writer: &'a W, db: &'a DatabaseConnection, id: i32) -> Boxed<'a> {
    Box::pin(async move {
        let deletion = last_entry(db, id + DELETED).await;
        let restoration = deletion.restoration::<entity::Entity>().unwrap();
        drop(writer.restore(restoration).await.unwrap());
    })
}

fn update<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move { drop(writer.update(id, change(CHANGED)).await.unwrap()) })
}

fn apply<'a, W: Writer>(writer: &'a W, db: &'a DatabaseConnection, id: i32) -> Boxed<'a> {
    Box::pin(async move {
        let row = entity::Entity::find_by_id(id)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        drop(row.apply(change(CHANGED), writer).await.unwrap());
    })
}

fn update_if_unchanged<'a, W: Writer>(
    writer: &'a W,
    db: &'a DatabaseConnection,
    id: i32,
) -> Boxed<'a> {
    Box::pin(async move {
        let row = entity::Entity::find_by_id(id)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        let updated = writer.update_if_unchanged(&row, change(CHANGED)).await;
        drop(updated.unwrap());
    })
}

fn update_many<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        let updated = writer
            .update_many(entity::Column::Id.eq(id), change(CHANGED))
            .await;
        assert_eq!(updated.unwrap(), 1);
    })
}

fn revert<'a, W: Writer>(writer: &'a W, db: &'a DatabaseConnection, id: i32) -> Boxed<'a> {
    Box::pin(async move {
        let change = last_entry(db, id).await;
        let inverse = change.inverse::<entity::Patch>().unwrap();
        drop(writer.revert(inverse).await.unwrap());
    })
}

pub(super) fn delete<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move { writer.delete::<entity::Entity>(id).await.unwrap() })
}

fn delete_many<W: Writer>(writer: &W, id: i32) -> Boxed<'_> {
    Box::pin(async move {
        assert_eq!(
            writer
                .delete_many::<entity::Entity>(entity::Column::Id.eq(id))
                .await
                .unwrap(),
            1
        );
    })
}

async fn last_entry(db: &DatabaseConnection, id: i32) -> Entry {
    let page = History::of::<entity::Entity>(id)
        .newest_first()
        .page(db, None, 1)
        .await;
    page.unwrap().entries.remove(0)
}

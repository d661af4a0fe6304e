//! Operations other than a single update.

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::ColumnTrait;
use serde_json::json;

use super::{age, aged, all, all_but_created, draft, past, patch, prepare, stamp, stored, touched};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
};

on_every_backend!(
    many_rows_set_them,
    upserts_set_them,
    reverts_and_restores_set_them,
    units_set_them
);

async fn many_rows_set_them(database: &Database) {
    let db = &database.db;
    for (nth, context) in prepare(db).await.into_iter().enumerate() {
        let audit = db.audited(&context);
        let names = ["a", "b", "c"].map(|name| format!("{name}{nth}"));
        let rows = names.iter().map(|name| stamp::ActiveModel {
            name: Set(name.clone()),
            text: Set(name.clone()),
            ..aged()
        });
        let inserted = audit.insert_many(rows.collect::<Vec<_>>()).await.unwrap();
        assert!(inserted.iter().all(|row| touched(row) == all()));

        age(db).await;
        let all_rows = || stamp::Column::Name.is_in(&names);
        let text = names[0].clone();
        let changed = audit.update_many(all_rows(), patch(&text)).await.unwrap();
        assert_eq!(changed, 2);
        // This row already had the text.
        assert_eq!(touched(&stored(db, &names[0]).await), [""; 0]);
        for name in &names[1..] {
            assert_eq!(touched(&stored(db, name).await), all_but_created());
        }
        age(db).await;
        let changed = audit.update_many(all_rows(), patch(&text)).await.unwrap();
        assert_eq!(changed, 0);
        let empty = stamp::Patch::new();
        assert_eq!(audit.update_many(all_rows(), empty).await.unwrap(), 0);
        for name in &names {
            assert_eq!(touched(&stored(db, name).await), [""; 0]);
        }
        let log = entries(db).await.split_off(nth * 5);
        assert_eq!(log.len(), 5);
        assert!(
            log[3..]
                .iter()
                .all(|entry| entry.after() == json!({ "text": text }))
        );
    }
}

async fn upserts_set_them(database: &Database) {
    let db = &database.db;
    for (nth, context) in prepare(db).await.into_iter().enumerate() {
        let audit = db.audited(&context);
        let name = format!("a{nth}");
        let by = [stamp::Column::Name];
        let upsert = |text: &str| audit.insert_or_update(draft(&name), by, patch(text));
        let Upserted::Created(created) = upsert("second").await.unwrap() else {
            panic!("there was no row");
        };
        assert_eq!(touched(&created), all());
        age(db).await;
        let Upserted::Updated(updated) = upsert("second").await.unwrap() else {
            panic!("there is a row with another text");
        };
        assert_eq!(touched(&updated), all_but_created());
        age(db).await;
        let Upserted::Unchanged(unchanged) = upsert("second").await.unwrap() else {
            panic!("the row has the text");
        };
        assert_eq!(touched(&unchanged), [""; 0]);
        let kept = audit.insert_or_keep(draft(&name), by).await.unwrap();
        assert_eq!(kept, Upserted::Unchanged(unchanged));
        assert_eq!(touched(&stored(db, &name).await), [""; 0]);

        let new = format!("b{nth}");
        let created = audit.insert_or_keep(draft(&new), by).await.unwrap();
        assert_eq!(touched(&created.into_row()), all());
    }
}

async fn reverts_and_restores_set_them(database: &Database) {
    let db = &database.db;
    for (nth, context) in prepare(db).await.into_iter().enumerate() {
        let audit = db.audited(&context);
        let name = format!("a{nth}");
        let row = audit.insert(draft(&name)).await.unwrap();
        audit.update(row.id, patch("second")).await.unwrap();
        age(db).await;
        let update = entries(db).await.pop().unwrap();
        let inverse = update.inverse::<stamp::Patch>().unwrap();
        let reverted = audit.revert(inverse).await.unwrap();
        assert_eq!(reverted.text, "first");
        assert_eq!(touched(&reverted), all_but_created());

        audit.delete::<stamp::Entity>(row.id).await.unwrap();
        let deletion = entries(db).await.pop().unwrap();
        let restoration = deletion.restoration::<stamp::Entity>().unwrap();
        assert_eq!(restoration.missing(), [""; 0]);
        let filled = restoration.clone().fill(stamp::Column::CreatedAt, past());
        let Err(Error::Irreversible { fields, .. }) = filled else {
            panic!("{filled:?}");
        };
        assert_eq!(fields, ["created_at"]);
        let restored = audit.restore(restoration).await.unwrap();
        assert_eq!(touched(&restored), all());
    }
}

async fn units_set_them(database: &Database) {
    let db = &database.db;
    for (nth, context) in prepare(db).await.into_iter().enumerate() {
        let name = format!("a{nth}");
        let row = db.audited(&context).insert(draft(&name)).await.unwrap();
        age(db).await;
        let unit = db.audited(&context).begin().await.unwrap();
        let updated = unit.update(row.id, patch("second")).await.unwrap();
        assert_eq!(touched(&updated), all_but_created());
        let other = unit.insert(draft(&format!("b{nth}"))).await.unwrap();
        assert_eq!(touched(&other), all());
        unit.rollback().await.unwrap();
        assert_eq!(touched(&stored(db, &name).await), [""; 0]);

        let unit = db.audited(&context).begin().await.unwrap();
        let rows = stamp::Column::Name.eq(&name);
        assert_eq!(unit.update_many(rows, patch("second")).await.unwrap(), 1);
        unit.commit().await.unwrap();
        assert_eq!(touched(&stored(db, &name).await), all_but_created());
    }
}

//! A column of a type whose feature is off is refused before the first write, and no other is.
//!
//! SeaORM has every type here, whatever this crate has: what Cargo makes of two crates that disagree.

#![allow(
    clippy::unwrap_used,
    dead_code,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

mod entities;

use audit_runtime::{
    Error, audit_log,
    audited::NewRow,
    encode::{Encoded, ValueKind, encode},
    prelude::*,
    schema,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait,
    prelude::Decimal,
};
use serde_json::json;

use entities::{
    array, array_of_decimals, big_decimal, date, date_time, decimal, hardware, hidden, instant,
    keyed, network, plain, time, vector,
};

async fn database() -> DatabaseConnection {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    schema::install(&db).await.unwrap();
    for table in [
        "specimens (id INTEGER PRIMARY KEY, value REAL)",
        "hidden (id INTEGER PRIMARY KEY, redacted REAL NOT NULL, skipped REAL NOT NULL)",
        "keyed (id REAL PRIMARY KEY)",
    ] {
        db.execute_unprepared(&format!("CREATE TABLE {table}"))
            .await
            .unwrap();
    }
    db
}

fn context() -> AuditContext {
    AuditContext::new(Actor::new("User", "1"))
}

async fn entries(db: &DatabaseConnection) -> u64 {
    audit_log::Entity::find().count(db).await.unwrap()
}

/// Every column is refused without its feature, by the name of field and feature; a unit goes on.
#[tokio::test]
async fn a_column_without_its_feature_is_refused() {
    macro_rules! check {
        ($($entity:ident: $feature:expr, $is_on:expr;)+) => { $(
            let of = ValueKind::of::<$entity::Entity>($entity::Column::Value);
            assert_eq!(of.is_readable(), $is_on, stringify!($entity));
            if !$is_on {
                refuses($entity::ActiveModel { id: Set(1), ..Default::default() }, $feature).await;
            }
        )+ };
    }
    check! {
        decimal: Some("with-rust_decimal"), cfg!(feature = "with-rust_decimal");
        big_decimal: Some("with-bigdecimal"), cfg!(feature = "with-bigdecimal");
        network: Some("with-ipnetwork"), cfg!(feature = "with-ipnetwork");
        hardware: Some("with-mac_address"), cfg!(feature = "with-mac_address");
        date: Some("with-time"), cfg!(feature = "with-time");
        time: Some("with-time"), cfg!(feature = "with-time");
        date_time: Some("with-time"), cfg!(feature = "with-time");
        instant: Some("with-time"), cfg!(feature = "with-time");
        array: Some("postgres-array"), cfg!(feature = "postgres-array");
        array_of_decimals: Some("postgres-array"),
            cfg!(all(feature = "postgres-array", feature = "with-rust_decimal"));
        vector: None, false;
    }
}

async fn refuses<R: NewRow + Clone>(row: R, expected: Option<&str>) {
    let (db, context) = (database().await, context());
    let audit = db.audited(&context);
    let unit = audit.begin().await.unwrap();
    for result in [
        unit.insert(row.clone()).await.map(drop),
        unit.insert_many([row.clone()]).await.map(drop),
    ] {
        check(result, "value", expected);
    }
    unit.record(Event::new("IMPORT_STARTED")).await.unwrap();
    unit.commit().await.unwrap();
    check(audit.insert(row.clone()).await.map(drop), "value", expected);
    check(audit.insert_many([row]).await.map(drop), "value", expected);
    assert_eq!(entries(&db).await, 1, "the event alone");
}

fn check(result: Result<(), Error>, expected_field: &str, expected: Option<&str>) {
    let error = result.unwrap_err();
    let text = error.to_string();
    let Error::UnreadableField { field, feature, .. } = error else {
        panic!("{text}");
    };
    assert_eq!((field, feature), (expected_field, expected));
    assert!(
        text.contains(expected_field) && text.contains("`#[audited(skip)]`"),
        "{text}"
    );
    assert!(text.contains(expected.unwrap_or_default()), "{text}");
}

/// By every operation that would write an entry, and by an event about such a row.
#[tokio::test]
async fn every_operation_refuses_it() {
    if cfg!(feature = "with-rust_decimal") {
        return;
    }
    use decimal::{ActiveModel, Column, Draft, Entity, Patch};

    let (db, context) = (database().await, context());
    let audit = db.audited(&context);
    db.execute_unprepared("INSERT INTO specimens VALUES (1, 1.5)")
        .await
        .unwrap();
    let row = || ActiveModel {
        id: Set(1),
        value: Set(None),
    };
    let patch = || Patch::new().value(Decimal::TWO);
    for result in [
        audit.insert(Draft::new().value(None)).await.map(drop),
        audit.update(1, patch()).await.map(drop),
        audit.update_many(Column::Id.eq(1), patch()).await.map(drop),
        audit
            .insert_or_update(row(), [Column::Id], patch())
            .await
            .map(drop),
        audit.delete::<Entity>(1).await,
        audit
            .delete_many::<Entity>(Column::Id.eq(1))
            .await
            .map(drop),
    ] {
        check(result, "value", Some("with-rust_decimal"));
    }
    let event = Event::new("LOOKED").about::<keyed::Entity>(Decimal::ONE);
    check(audit.record(event).await, "id", Some("with-rust_decimal"));
    let row = keyed::ActiveModel {
        id: Set(Decimal::ONE),
    };
    check(
        audit.insert(row).await.map(drop),
        "id",
        Some("with-rust_decimal"),
    );

    let stored = Entity::find_by_id(1).one(&db).await.unwrap().unwrap();
    assert_eq!(stored.value, Some(Decimal::new(15, 1)));
    assert_eq!(entries(&db).await, 0);
}

#[tokio::test]
async fn what_is_not_recorded_may_be_of_any_type() {
    let (db, context) = (database().await, context());
    let audit = db.audited(&context);
    let row = hidden::ActiveModel {
        id: Set(1),
        redacted: Set(Decimal::ONE),
        skipped: Set(Decimal::ONE),
    };
    audit.insert(row).await.unwrap();
    for value in [Decimal::TWO, Decimal::TEN, Decimal::TEN] {
        let stored = audit
            .update(1, hidden::Patch::new().redacted(value))
            .await
            .unwrap();
        assert_eq!(stored.redacted, value);
    }
    let page = History::of::<hidden::Entity>(1)
        .page(&db, None, 10)
        .await
        .unwrap();
    let diffs: Vec<_> = page.entries.iter().map(|entry| entry.diff()).collect();
    let redacted =
        json!([{ "field": "redacted", "before_is": "redacted", "after_is": "redacted" }]);
    let created = json!([{ "field": "redacted", "after_is": "redacted" }]);
    // The last patch changed nothing.
    assert_eq!(diffs, [created, redacted.clone(), redacted]);
}

/// Where a value of such a type is encoded by itself, nothing is made up.
#[test]
fn a_value_without_its_feature_is_withheld() {
    let expected = if cfg!(feature = "with-rust_decimal") {
        Encoded::Plain("1.5".into())
    } else {
        Encoded::Redacted
    };
    assert_eq!(encode(&Decimal::new(15, 1).into()), expected);
}

#[tokio::test]
async fn the_types_that_are_always_there_are_recorded_and_read_back() {
    let (db, context) = (database().await, context());
    let audit = db.audited(&context);
    let table =
        sea_orm::Schema::new(db.get_database_backend()).create_table_from_entity(plain::Entity);
    db.execute(&table).await.unwrap();
    let body = json!({
        "id": "67e55044-10b1-426f-9247-bb680e5fe0c8", "text": "a", "number": 9_007_199_254_740_993_i64,
        "float": 0.1, "bytes": [0, 255], "document": { "deep": [null, 1.5] },
        "instant": "2024-03-01T12:34:56.123456Z", "date": "2024-02-29",
    });
    let draft: plain::Draft = serde_json::from_value(body).unwrap();
    let created = audit.insert(draft).await.unwrap();
    let body = json!({
        "text": "b", "number": -1, "float": null, "bytes": [], "document": [],
        "instant": "1969-12-31T23:59:59.999999Z", "date": "0001-01-01",
    });
    let patch: plain::Patch = serde_json::from_value(body).unwrap();
    let updated = audit.update(created.id, patch).await.unwrap();
    assert_ne!(updated, created);

    let page = History::of::<plain::Entity>(created.id)
        .page(&db, None, 10)
        .await
        .unwrap();
    let [first, second] = &page.entries[..] else {
        panic!("{page:?}")
    };
    for (entry, row) in [(first, &created), (second, &updated)] {
        let past = plain::Entity::state_at(created.id, entry, &db)
            .await
            .unwrap();
        assert_eq!(past.unwrap().model().unwrap(), *row);
    }
    let inverse = second.inverse::<plain::Patch>().unwrap();
    assert_eq!(audit.revert(inverse).await.unwrap(), created);
}

//! More rows than one statement takes.

use audit_runtime::prelude::*;
use sea_orm::{ColumnTrait, DatabaseBackend, EntityTrait, PaginatorTrait};

use super::{stored, users};
use crate::{
    backend::{Database, on_every_backend, run},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
    statements::Statements,
};

on_every_backend!(many_rows_cost_few_statements);

const ROWS: usize = 2_500;

async fn many_rows_cost_few_statements(database: &Database) {
    install(&database.db).await.unwrap();
    let (statements, db) = Statements::count(&database.db);
    let context = context();
    let audit = db.audited(&context);
    // Without a fused plan, in chunks of 500 rows.
    let chunks = ROWS / 500;
    let expected = |postgres, mysql, sqlite| match database.backend() {
        DatabaseBackend::Postgres => postgres,
        DatabaseBackend::MySql => mysql,
        _ => sqlite,
    };

    let rows = (0..ROWS).map(|number| new_user(&format!("user {number}")));
    let inserted = audit.insert_many(rows.collect::<Vec<_>>()).await.unwrap();
    // Insert, read, log, and one query for the increment of ids.
    let count = statements.take();
    assert_eq!(count, expected(1, 3 * chunks + 1, 3 * chunks), "insert");
    assert_eq!(inserted, stored(&db).await);
    assert!(
        inserted
            .iter()
            .enumerate()
            .all(|(number, user)| user.username == format!("user {number}"))
    );
    statements.take();

    // Every second row, so that the others stay unchanged: lock all, then update, read, log.
    let even: Vec<_> = inserted.iter().map(|user| user.id).step_by(2).collect();
    let half = even.len();
    let patch = || user::AdminPatch::new().logins(1);
    let changed = audit.update_many(user::Column::Id.is_in(even), patch());
    assert_eq!(changed.await.unwrap(), half as u64);
    let by_chunk = 3 * half.div_ceil(500) + 1;
    assert_eq!(statements.take(), expected(1, by_chunk, by_chunk), "update");
    let changed = audit.update_many(user::Column::Id.gt(0), patch());
    assert_eq!(changed.await.unwrap(), (ROWS - half) as u64);
    assert_eq!(statements.take(), expected(1, by_chunk, by_chunk), "update");

    // Lock all, then delete, log.
    let deleted = audit.delete_many::<user::Entity>(user::Column::Id.gt(0));
    assert_eq!(deleted.await.unwrap(), ROWS as u64);
    let by_chunk = 2 * chunks + 1;
    assert_eq!(statements.take(), expected(1, by_chunk, by_chunk), "delete");
    assert_eq!(entries(&db).await.len(), 3 * ROWS);
    assert_none(&violations(&db).await, "after many rows");
}

/// PostgreSQL takes 65,535 values. More need two statements in a transaction.
#[test]
fn more_values_than_a_statement_takes_are_still_one_write() {
    run(DatabaseBackend::Postgres, async |database| {
        install(&database.db).await.unwrap();
        let john = users(&database.db, &[("john", "user")]).await.remove(0);
        let (statements, db) = Statements::count(&database.db);
        let context = context();
        let audit = db.audited(&context);
        // Six values per row.
        let rows = |last: &str| {
            let names = (0..10_999).map(|number| format!("user {number}"));
            let rows = names.chain([last.to_owned()]).map(|name| new_user(&name));
            rows.collect::<Vec<_>>()
        };

        let violated = audit.insert_many(rows("john")).await.unwrap_err();
        assert!(violated.sql_err().is_some(), "{violated}");
        assert_eq!(statements.take(), 2);
        assert_eq!(stored(&db).await, [john]);
        statements.take();

        let inserted = audit.insert_many(rows("jane")).await.unwrap();
        assert_eq!((inserted.len(), statements.take()), (11_000, 2));
        assert!(inserted.is_sorted_by_key(|user| user.id));
        assert_eq!(inserted[10_999].username, "jane");
        assert_eq!(user::Entity::find().count(&db).await.unwrap(), 11_001);
        let log = entries(&db).await;
        assert_eq!(log.len(), 11_001);
        assert_eq!(log[1].changeset_id, log[11_000].changeset_id);
        assert_none(&violations(&db).await, "after more rows yet");
    });
}

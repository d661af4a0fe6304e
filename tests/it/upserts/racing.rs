//! Concurrent upserts and writes of the same row.

use std::sync::Arc;

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::{ColumnTrait, DatabaseBackend, DatabaseConnection, EntityTrait, QueryFilter};
use tokio::{sync::Barrier, task::JoinSet};

use super::NAME;
use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_unit_finds_what_others_have_inserted_since,
    of_many_who_insert_a_row_one_does
);

/// A transaction of MySQL keeps reading the snapshot of its first read.
async fn a_unit_finds_what_others_have_inserted_since(database: &Database) {
    if database.backend() == DatabaseBackend::Sqlite {
        // No other connection writes while a unit is open.
        return;
    }
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let tx = audit.begin().await.unwrap();
    assert!(user::Entity::find().all(&tx).await.unwrap().is_empty());
    audit.insert(new_user("john")).await.unwrap();
    let jane = audit.insert(new_user("jane")).await.unwrap();

    let role = user::AdminPatch::new().role("admin");
    let updated = tx.insert_or_update(new_user("john"), NAME, role).await;
    if database.server() == Server::NewerMariaDb {
        // The unit's snapshot does not contain John, and `innodb_snapshot_isolation` is on.
        assert!(updated.unwrap_err().is_retryable());
        return;
    }
    assert!(matches!(updated, Ok(Upserted::Updated(_))), "{updated:?}");
    let kept = tx.insert_or_keep(new_user("jane"), NAME).await.unwrap();
    assert_eq!(kept, Upserted::Unchanged(jane));
    tx.insert(new_user("jack")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(entries(db).await.len(), 4);
    assert_none(&violations(db).await, "after others were first");
}

const WRITERS: i32 = 8;

const ROWS: i32 = 12;

async fn of_many_who_insert_a_row_one_does(database: &Database) {
    install(&database.db).await.unwrap();
    let db = database
        .connect(|options| {
            options.max_connections(WRITERS as u32);
        })
        .await;
    let barrier = Arc::new(Barrier::new(WRITERS as usize));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (db, barrier) = (db.clone(), barrier.clone());
        writers.spawn(async move {
            let mut created = 0;
            let is_mysql = db.get_database_backend() == DatabaseBackend::MySql;
            for row in 0..ROWS {
                barrier.wait().await;
                // Every second writer uses a unit.
                let upserted = loop {
                    let written = match writer % 2 {
                        0 => write(&db, writer, row).await,
                        _ => write_in_a_unit(&db, writer, row).await,
                    };
                    match written {
                        Ok(upserted) => break upserted,
                        // The engine must not undo earlier writes of a unit.
                        Err(error) if is_mysql && writer % 2 == 1 => {
                            assert!(error.is_retryable(), "{error}");
                        }
                        Err(error) => panic!("{error}"),
                    }
                };
                created += usize::from(matches!(upserted, Upserted::Created(_)));
                assert!(!matches!(upserted, Upserted::Unchanged(_)), "{upserted:?}");
            }
            created
        });
    }
    let created: usize = writers.join_all().await.into_iter().sum();
    assert_eq!(created, ROWS as usize);
    let log = entries(&db).await;
    assert_eq!(log.len(), (WRITERS * ROWS) as usize);
    let creates = log.iter().filter(|entry| entry.action == "CREATE");
    assert_eq!(creates.count(), ROWS as usize);
    assert_none(&violations(&db).await, "after a race");
}

/// Each write stores a different value, so that each changes something.
async fn write(
    db: &DatabaseConnection,
    writer: i32,
    row: i32,
) -> Result<Upserted<user::Model>, Error> {
    let context = context();
    upsert(&db.audited(&context), writer, row).await
}

async fn write_in_a_unit(
    db: &DatabaseConnection,
    writer: i32,
    row: i32,
) -> Result<Upserted<user::Model>, Error> {
    let context = context();
    let tx = db.audited(&context).begin().await?;
    // Takes a snapshot, where reads take one.
    let before = user::Entity::find().filter(user::Column::Id.lt(0));
    before.all(&tx).await?;
    let upserted = upsert(&tx, writer, row).await?;
    tx.commit().await?;
    Ok(upserted)
}

pub(super) async fn upsert(
    writer: &impl Writer,
    number: i32,
    row: i32,
) -> Result<Upserted<user::Model>, Error> {
    let logins = 1 + number;
    let new = user::ActiveModel {
        logins: Set(logins),
        ..new_user(&format!("user {row}"))
    };
    let patch = user::AdminPatch::new().logins(logins);
    writer.insert_or_update(new, NAME, patch).await
}

//! Errors that the database answers: they are not unknown commits, and a missing row is not found.

mod encodings;

use audit_runtime::{__private::locked, AuditContext, Error, Event, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement, TransactionTrait,
};
use tokio::{sync::Barrier, task::yield_now};

use crate::{
    backend::{Database, on_every_backend, run},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_row_that_others_delete_and_insert_is_deleted_or_not_found,
    an_event_that_is_refused_is_no_unknown_commit
);

#[derive(Clone, Copy, Debug)]
enum Write {
    Update,
    Delete,
    UpdateMany,
    DeleteMany,
    Upsert,
}

impl Write {
    const ALL: [Self; 5] = [
        Self::Update,
        Self::Delete,
        Self::UpdateMany,
        Self::DeleteMany,
        Self::Upsert,
    ];

    async fn run(self, writer: &impl Writer, id: i32) -> Result<(), Error> {
        let patch = user::AdminPatch::new().role("late");
        let name = [user::Column::Username];
        match self {
            Self::Update => writer.update(id, patch).await.map(drop),
            Self::Delete => writer.delete::<user::Entity>(id).await,
            Self::UpdateMany => writer
                .update_many(user::Column::Id.eq(id), patch)
                .await
                .map(drop),
            Self::DeleteMany => writer
                .delete_many::<user::Entity>(user::Column::Id.eq(id))
                .await
                .map(drop),
            Self::Upsert => writer
                .insert_or_update(new_user("john"), name, patch)
                .await
                .map(drop),
        }
    }
}

/// PostgreSQL answers a statement that times out or is cancelled, and has not executed it.
#[test]
fn a_statement_that_times_out_or_is_cancelled_is_no_unknown_commit() {
    run(DatabaseBackend::Postgres, async |database: &Database| {
        install(&database.db).await.unwrap();
        let (_, name) = database.url().rsplit_once('/').unwrap();
        let context = context();
        let john = database
            .db
            .audited(&context)
            .insert(new_user("john"))
            .await
            .unwrap();
        let holder = database.db.begin().await.unwrap();
        holder
            .execute_unprepared("SELECT FROM users FOR UPDATE")
            .await
            .unwrap();
        for (setting, code) in [("statement_timeout", "57014"), ("lock_timeout", "55P03")] {
            // Set for the database, because a connection that is lost to a timeout is replaced by another with the same
            // setting.
            let set = format!("ALTER DATABASE {name} SET {setting} = '100ms'");
            database.execute(&set).await;
            let one = one(database).await;
            for write in Write::ALL {
                let refused = write.run(&one.audited(&context), john.id).await;
                assert_answered(refused, code, &format!("{write:?} with {setting}"));
            }
            let reset = format!("ALTER DATABASE {name} RESET {setting}");
            database.execute(&reset).await;
        }
        let one = one(database).await;
        for write in Write::ALL {
            let audit = one.audited(&context);
            let (refused, ()) = tokio::join!(write.run(&audit, john.id), cancel(&database.db));
            assert_answered(refused, "57014", &format!("{write:?}, cancelled"));
        }
        holder.rollback().await.unwrap();
        assert_eq!(entries(&database.db).await.len(), 1);
        let patch = user::AdminPatch::new().role("admin");
        one.audited(&context).update(john.id, patch).await.unwrap();
        assert_none(&violations(&database.db).await, "after answers");
    });
}

async fn one(database: &Database) -> DatabaseConnection {
    let one = database.connect(|options| {
        options.max_connections(1);
    });
    one.await
}

#[track_caller]
fn assert_answered(refused: Result<(), Error>, code: &str, what: &str) {
    let Err(Error::Database(error)) = refused else {
        panic!("{what}: {refused:?}")
    };
    assert_eq!(error.code(), Some(code), "{what}: {error}");
}

/// Cancels the statements that wait for a lock, as soon as there are any.
async fn cancel(db: &DatabaseConnection) {
    let cancel = Statement::from_string(
        DatabaseBackend::Postgres,
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    while db.query_all_raw(cancel.clone()).await.unwrap().is_empty() {
        yield_now().await;
    }
}

/// One task deletes a row while another inserts and deletes it repeatedly. Each deletion succeeds or finds no row.
async fn a_row_that_others_delete_and_insert_is_deleted_or_not_found(database: &Database) {
    install(&database.db).await.unwrap();
    let db = &database.db;
    let context = context();
    let contexts = [context.clone(), locked(context.clone())];
    let rounds = Barrier::new(3);
    let delete = async |context: &AuditContext, in_unit: bool| {
        for _ in 0..60 {
            rounds.wait().await;
            let audit = db.audited(context);
            loop {
                let deleted = if in_unit {
                    async {
                        let unit = audit.begin().await?;
                        let deleted = unit.delete::<user::Entity>(1).await;
                        if !matches!(deleted, Err(Error::NotFound { .. }) | Ok(())) {
                            return deleted;
                        }
                        // A unit continues after a row that does not exist.
                        unit.commit().await?;
                        deleted
                    }
                    .await
                } else {
                    audit.delete::<user::Entity>(1).await
                };
                match deleted {
                    Ok(()) | Err(Error::NotFound { .. }) => break,
                    Err(error) => assert!(error.is_retryable(), "{error}"),
                }
            }
        }
    };
    let insert = async {
        let row = || user::ActiveModel {
            id: sea_orm::ActiveValue::Set(1),
            ..new_user("john")
        };
        for _ in 0..60 {
            rounds.wait().await;
            for _ in 0..3 {
                let audit = db.audited(&context);
                // The row may exist already, or another write may conflict.
                let _ = audit.insert(row()).await;
                let _ = audit.delete::<user::Entity>(1).await;
            }
        }
    };
    tokio::join!(
        delete(&contexts[0], false),
        delete(&contexts[1], true),
        insert
    );
    assert_none(&violations(db).await, "after deletions");

    // In a fixed order: while the deletion waits, the row is deleted and inserted again, or only deleted.
    if database.backend() != DatabaseBackend::Postgres {
        return;
    }
    for again in [true, false] {
        for (context, in_unit) in contexts
            .iter()
            .flat_map(|context| [(context, false), (context, true)])
        {
            db.audited(context)
                .delete_many::<user::Entity>(user::Column::Id.gt(0))
                .await
                .unwrap();
            let john = db.audited(context).insert(new_user("john")).await.unwrap();
            let other = db.audited(context).begin().await.unwrap();
            other.delete::<user::Entity>(john.id).await.unwrap();
            if again {
                let row = user::ActiveModel {
                    id: sea_orm::ActiveValue::Set(john.id),
                    ..new_user("john")
                };
                other.insert(row).await.unwrap();
            }
            let delete = async {
                let audit = db.audited(context);
                if !in_unit {
                    return audit.delete::<user::Entity>(john.id).await;
                }
                let unit = audit.begin().await?;
                let deleted = unit.delete::<user::Entity>(john.id).await;
                unit.commit().await?;
                deleted
            };
            let commit = async {
                while !is_anyone_waiting(db).await {
                    yield_now().await;
                }
                other.commit().await.unwrap();
            };
            let (deleted, ()) = tokio::join!(delete, commit);
            match deleted {
                Ok(()) if again => {}
                Err(Error::NotFound { .. }) => {}
                other => panic!("{again} {in_unit} {other:?}"),
            }
            assert_none(&violations(db).await, "after one deletion");
        }
    }
}

async fn is_anyone_waiting(db: &DatabaseConnection) -> bool {
    let question = "SELECT 1 FROM pg_stat_activity \
                    WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let question = Statement::from_string(DatabaseBackend::Postgres, question);
    !db.query_all_raw(question).await.unwrap().is_empty()
}

/// An event is one statement that commits itself. An error that the database answers is not an unknown commit.
async fn an_event_that_is_refused_is_no_unknown_commit(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let audit = database.db.audited(&context);
    let refuse: &[[&str; 2]] = match database.backend() {
        DatabaseBackend::Sqlite => &[[
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'refused'); END",
            "DROP TRIGGER refuse",
        ]],
        DatabaseBackend::Postgres => &[
            [
                "ALTER TABLE audit_log ADD more int NOT NULL",
                "ALTER TABLE audit_log DROP more",
            ],
            [
                "ALTER TABLE audit_log ADD CONSTRAINT no CHECK (action <> 'CUSTOMERS_EXPORTED')",
                "ALTER TABLE audit_log DROP CONSTRAINT no",
            ],
        ],
        _ => &[
            // The errors 1364 and, on MySQL, 3819 have no SQLSTATE of their own.
            [
                "ALTER TABLE audit_log ADD more int NOT NULL",
                "ALTER TABLE audit_log DROP more",
            ],
            [
                "ALTER TABLE audit_log ADD CONSTRAINT no CHECK (action <> 'CUSTOMERS_EXPORTED')",
                "ALTER TABLE audit_log DROP CONSTRAINT no",
            ],
        ],
    };
    for [refuse, allow] in refuse {
        database.execute(refuse).await;
        let refused = audit.record(Event::new("CUSTOMERS_EXPORTED")).await;
        assert!(
            matches!(refused, Err(Error::Database(_))),
            "{refuse}: {refused:?}"
        );
        database.execute(allow).await;
    }
    audit
        .record(Event::new("CUSTOMERS_EXPORTED"))
        .await
        .unwrap();
    assert_eq!(entries(&database.db).await.len(), 1);
}

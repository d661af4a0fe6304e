//! Writes beside each other, whatever isolation level and snapshots a session has.

use std::sync::Arc;

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter,
    sqlx::{AssertSqlSafe, Executor},
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    backend::{Database, Server, on_every_backend, on_mysql_and_mariadb},
    entities::{context, document, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
};

on_every_backend!(writes_do_not_depend_on_the_isolation_level);
on_mysql_and_mariadb!(
    a_write_in_a_unit_sets_no_snapshot,
    a_dirty_row_is_not_returned,
);

const LEVELS: [&str; 4] = [
    "READ UNCOMMITTED",
    "READ COMMITTED",
    "REPEATABLE READ",
    "SERIALIZABLE",
];

/// What a session is set to, in every way that the server has.
fn settings(server: Server) -> Vec<String> {
    let mut settings = Vec::new();
    for level in LEVELS {
        match server {
            Server::Sqlite => return vec!["PRAGMA foreign_keys = ON".to_owned()],
            Server::Postgres => settings.push(format!(
                "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}"
            )),
            Server::MySql => {
                settings.push(format!("SET SESSION TRANSACTION ISOLATION LEVEL {level}"));
            }
            Server::MariaDb | Server::NewerMariaDb => {
                settings.extend(["ON", "OFF"].map(|snapshots| {
                    format!(
                        "SET SESSION TRANSACTION ISOLATION LEVEL {level}; \
                         SET SESSION innodb_snapshot_isolation = {snapshots}"
                    )
                }));
            }
        }
    }
    settings
}

async fn pool(database: &Database, setting: &str) -> DatabaseConnection {
    let (on_postgres, on_mysql) = (setting.to_owned(), setting.to_owned());
    database
        .connect(|options| {
            options
                .max_connections(WRITERS as u32)
                .map_sqlx_postgres_pool_opts(move |options| {
                    let setting = on_postgres.clone();
                    options.after_connect(move |connection, _| {
                        let setting = AssertSqlSafe(setting.clone());
                        Box::pin(async move { connection.execute(setting).await.map(drop) })
                    })
                })
                .map_sqlx_mysql_pool_opts(move |options| {
                    let setting = on_mysql.clone();
                    options.after_connect(move |connection, _| {
                        let setting = AssertSqlSafe(setting.clone());
                        Box::pin(async move { connection.execute(setting).await.map(drop) })
                    })
                });
        })
        .await
}

const WRITERS: usize = 8;
const ROUNDS: usize = 30;

#[derive(Clone, Copy, Debug)]
enum Write {
    InsertOrUpdate,
    InsertOrKeep,
    Update,
    UpdateMany,
    Revert,
    Delete,
    DeleteMany,
    HookedInsertOrUpdate,
    HookedInsertOrKeep,
    HookedDelete,
}

const WRITES: [Write; 13] = [
    Write::InsertOrUpdate,
    Write::InsertOrKeep,
    Write::HookedInsertOrUpdate,
    Write::Update,
    Write::InsertOrUpdate,
    Write::Revert,
    Write::UpdateMany,
    Write::HookedInsertOrKeep,
    Write::Delete,
    Write::InsertOrUpdate,
    Write::HookedInsertOrUpdate,
    Write::DeleteMany,
    Write::HookedDelete,
];

impl Write {
    fn is_upsert(self) -> bool {
        matches!(
            self,
            Self::InsertOrUpdate
                | Self::InsertOrKeep
                | Self::HookedInsertOrUpdate
                | Self::HookedInsertOrKeep
        )
    }

    async fn run(self, db: &DatabaseConnection, number: i32) -> Result<(), Error> {
        let context = context();
        let audit = db.audited(&context);
        let name = [user::Column::Username];
        let logins = || user::AdminPatch::new().logins(number);
        let draft = || document::Draft::new().id("1").title("draft");
        match self {
            Self::InsertOrUpdate => {
                let row = audit.insert_or_update(new_user("john"), name, logins());
                row.await.map(drop)
            }
            Self::InsertOrKeep => audit.insert_or_keep(new_user("john"), name).await.map(drop),
            Self::Update => match john(db).await? {
                Some(john) => audit.update(john.id, logins()).await.map(drop),
                None => Ok(()),
            },
            Self::UpdateMany => {
                let rows = user::Column::Username.eq("john");
                audit.update_many(rows, logins()).await.map(drop)
            }
            Self::Revert => {
                let Some(john) = john(db).await? else {
                    return Ok(());
                };
                let history = History::of::<user::Entity>(john.id).newest_first();
                let page = history.page(db, None, 1).await?;
                // Of a row that is not committed there is no entry, and a creation has no inverse.
                let last = page.entries.first();
                match last.map(audit_runtime::Entry::inverse::<user::AdminPatch>) {
                    Some(Ok(inverse)) => audit.revert(inverse).await.map(drop),
                    Some(Err(_)) | None => Ok(()),
                }
            }
            Self::Delete => match john(db).await? {
                Some(john) => audit.delete::<user::Entity>(john.id).await,
                None => Ok(()),
            },
            Self::DeleteMany => {
                let rows = user::Column::Username.eq("john");
                audit.delete_many::<user::Entity>(rows).await.map(drop)
            }
            Self::HookedInsertOrUpdate => {
                let patch = document::Patch::new().title(format!("title {number}"));
                let row = audit.insert_or_update(draft(), [document::Column::Id], patch);
                row.await.map(drop)
            }
            Self::HookedInsertOrKeep => {
                let row = audit.insert_or_keep(draft(), [document::Column::Id]);
                row.await.map(drop)
            }
            Self::HookedDelete => audit.delete::<document::Entity>("1").await,
        }
    }
}

async fn john(db: &DatabaseConnection) -> Result<Option<user::Model>, Error> {
    let john = user::Entity::find().filter(user::Column::Username.eq("john"));
    Ok(john.one(db).await?)
}

async fn writes_do_not_depend_on_the_isolation_level(database: &Database) {
    install(&database.db).await.unwrap();
    for setting in settings(database.server()) {
        let db = pool(database, &setting).await;
        let barrier = Arc::new(Barrier::new(WRITERS));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (db, barrier, setting) = (db.clone(), barrier.clone(), setting.clone());
            writers.spawn(async move {
                let mut undone = 0;
                for round in 0..ROUNDS {
                    barrier.wait().await;
                    let write = WRITES[(round * 5 + writer) % WRITES.len()];
                    let number = (round * WRITERS + writer) as i32;
                    if let Err(error) = write.run(&db, number).await {
                        check(write, &error, &setting);
                        undone += usize::from(error.is_retryable());
                    }
                }
                undone
            });
        }
        let undone: usize = writers.join_all().await.into_iter().sum();
        println!("{:?}, {setting}: {undone} undone", database.server());
        assert_none(&violations(&db).await, &setting);
        db.close().await.unwrap();
    }
}

/// A row may be gone or changed, and the server may undo one of two that wait for each other. Nothing else is an error.
#[track_caller]
fn check(write: Write, error: &Error, setting: &str) {
    let is_told = match error {
        Error::NotFound { .. } | Error::ChangedSince { .. } => !write.is_upsert(),
        // PostgreSQL undoes what is not serializable: that is what these levels are.
        Error::Database(error) if setting.contains("CHARACTERISTICS") => {
            let is_strict = setting.contains("REPEATABLE") || setting.contains("SERIALIZABLE");
            matches!(error.code(), Some("40001")) && is_strict
        }
        Error::Database(error) => error.code() == Some("40001") && !write.is_upsert(),
        _ => false,
    };
    assert!(is_told, "{write:?} with {setting}: {error}");
}

/// A read without a lock is the moment of all reads of a transaction, and what changes since then an error with
/// `innodb_snapshot_isolation`.
async fn a_write_in_a_unit_sets_no_snapshot(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let settings = settings(database.server()).into_iter();
    // There every statement is such a read.
    for setting in settings.filter(|setting| !is_all_snapshots(setting)) {
        let db = &pool(database, &setting).await;
        let audit = db.audited(&context);
        let logins = |logins| user::AdminPatch::new().logins(logins);
        let jane = audit.insert(new_user("jane")).await.unwrap();
        let john = audit.insert(new_user("john")).await.unwrap();
        audit.update(john.id, logins(1)).await.unwrap();
        let inverse = last(db).await.inverse::<user::AdminPatch>().unwrap();
        let order = order::ActiveModel {
            user_id: Set(audit.insert(new_user("joan")).await.unwrap().id),
            total: Set(5),
            ..Default::default()
        };
        let order = audit.insert(order).await.unwrap();
        audit.delete::<order::Entity>(order.id).await.unwrap();
        let restoration = last(db).await.restoration::<order::Entity>().unwrap();

        for write in 0..9 {
            let tx = audit.begin().await.unwrap();
            match write {
                0 => tx.insert(new_user("jim")).await.map(drop),
                1 => tx
                    .insert_many([new_user("jack"), new_user("jill")])
                    .await
                    .map(drop),
                2 => tx.revert(inverse.clone()).await.map(drop),
                3 => tx.restore(restoration.clone()).await.map(drop),
                4 => tx.update(john.id, logins(2)).await.map(drop),
                5 => tx
                    .update_many(user::Column::Id.eq(john.id), logins(3))
                    .await
                    .map(drop),
                6 => tx.record(Event::new("LOGIN")).await,
                7 => tx
                    .delete_many::<user::Entity>(user::Column::Username.eq("jim"))
                    .await
                    .map(drop),
                _ => tx.delete::<user::Entity>(john.id).await,
            }
            .unwrap();
            audit.update(jane.id, logins(100 + write)).await.unwrap();
            let late = tx.update(jane.id, logins(200 + write)).await;
            late.unwrap_or_else(|error| panic!("after write {write} with {setting}: {error}"));
            tx.commit().await.unwrap();
        }
        audit.delete::<order::Entity>(order.id).await.unwrap();
        for row in user::Entity::find().all(db).await.unwrap() {
            audit.delete::<user::Entity>(row.id).await.unwrap();
        }
        assert_none(&violations(db).await, &setting);
    }
}

fn is_all_snapshots(setting: &str) -> bool {
    setting.contains("SERIALIZABLE") && setting.contains("innodb_snapshot_isolation = ON")
}

async fn last(db: &DatabaseConnection) -> audit_runtime::Entry {
    entries(db).await.pop().expect("there are entries")
}

/// `READ UNCOMMITTED` sees what may never be committed.
async fn a_dirty_row_is_not_returned(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let name = [user::Column::Username];
    let settings = settings(database.server());
    for setting in settings
        .iter()
        .filter(|setting| setting.contains("UNCOMMITTED"))
    {
        let open = database.db.audited(&context).begin().await.unwrap();
        let john = open.insert(new_user("john")).await.unwrap();
        let impatient = format!("{setting}; SET SESSION innodb_lock_wait_timeout = 1");
        let db = pool(database, &impatient).await;
        let seen = user::Entity::find_by_id(john.id).one(&db).await.unwrap();
        assert_eq!(seen, Some(john), "{setting}");
        let audit = db.audited(&context);
        let kept = audit.insert_or_keep(new_user("john"), name).await;
        assert!(
            kept.as_ref().is_err_and(Error::is_retryable),
            "{setting}: {kept:?}"
        );
        open.rollback().await.unwrap();
        let kept = audit.insert_or_keep(new_user("john"), name).await.unwrap();
        assert!(matches!(kept, Upserted::Created(_)), "{setting}: {kept:?}");
        let same = audit.insert_or_keep(new_user("john"), name).await.unwrap();
        assert_eq!(same, Upserted::Unchanged(kept.into_row()), "{setting}");
        audit
            .delete_many::<user::Entity>(user::Column::Username.eq("john"))
            .await
            .unwrap();
        assert_none(&violations(&db).await, setting);
    }
}

//! Concurrent writes, at every isolation level and snapshot setting of a session.

mod reads;

use std::sync::Arc;

use audit_runtime::{Error, prelude::*};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter,
    sqlx::{AssertSqlSafe, Executor},
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, document, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(writes_do_not_depend_on_the_isolation_level);

const LEVELS: [&str; 4] = [
    "READ UNCOMMITTED",
    "READ COMMITTED",
    "REPEATABLE READ",
    "SERIALIZABLE",
];

/// The settings of a session, in every way that the server offers.
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
                // An uncommitted row has no entry, and a creation has no inverse.
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

/// A row may be deleted or changed, and the server may undo one of two writers that wait for each other. Any other
/// error fails the test.
#[track_caller]
fn check(write: Write, error: &Error, setting: &str) {
    let is_told = match error {
        Error::NotFound { .. } | Error::ChangedSince { .. } => !write.is_upsert(),
        // PostgreSQL undoes writes that are not serializable at these levels.
        Error::Database(error) if setting.contains("CHARACTERISTICS") => {
            let is_strict = setting.contains("REPEATABLE") || setting.contains("SERIALIZABLE");
            matches!(error.code(), Some("40001")) && is_strict
        }
        Error::Database(error) => error.code() == Some("40001") && !write.is_upsert(),
        _ => false,
    };
    assert!(is_told, "{write:?} with {setting}: {error}");
}

//! Writes of others between an upsert's first read and its lock.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use audit_runtime::{AuditContext, Upserted, prelude::*};
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder, sqlx};

use super::NAME;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(a_row_that_changes_before_its_lock_is_looked_for_again);

/// The write of others, after which John is upserted.
#[derive(Clone, Copy, Debug)]
enum Between {
    /// The row has another name, so John is created.
    Renamed,
    /// Another row has the name.
    Replaced,
    /// No row has the name.
    Deleted,
    /// The row has the name, but other values.
    Changed,
}

async fn a_row_that_changes_before_its_lock_is_looked_for_again(database: &Database) {
    install(&database.db).await.unwrap();
    for context in [context(), audit_runtime::__private::locked(context())] {
        for between in [
            Between::Renamed,
            Between::Replaced,
            Between::Deleted,
            Between::Changed,
        ] {
            upsert(database, &context, between).await;
        }
    }
    assert_none(&violations(&database.db).await, "with writers in between");
}

async fn upsert(database: &Database, context: &AuditContext, between: Between) {
    let db = &database.db;
    let audit = db.audited(context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let written = entries(db).await.len();

    // When the connection returns from the first read, the others write before it can be used again.
    let others = Others::default();
    let pool = others.pool(database).await;
    let (other, other_context, id) = (db.clone(), context.clone(), john.id);
    others.next(async move {
        let audit = other.audited(&other_context);
        let name = |name: &str| user::AdminPatch::new().username(name);
        match between {
            Between::Renamed => drop(audit.update(id, name("joan")).await.unwrap()),
            Between::Replaced => {
                audit.update(id, name("joan")).await.unwrap();
                audit.insert(new_user("john")).await.unwrap();
            }
            Between::Deleted => audit.delete::<user::Entity>(id).await.unwrap(),
            Between::Changed => {
                let logins = user::AdminPatch::new().logins(7);
                audit.update(id, logins).await.unwrap();
            }
        }
    });
    let admin = user::AdminPatch::new().role("admin");
    let audit_between = pool.audited(context);
    let upserted = audit_between.insert_or_update(new_user("john"), NAME, admin);
    let upserted = upserted.await.unwrap();
    assert!(others.have_written(), "{between:?}");

    let users = user::Entity::find().order_by_asc(user::Column::Id).all(db);
    let users = users.await.unwrap();
    let found: Vec<_> = users
        .iter()
        .map(|user| (&*user.username, &*user.role, user.logins))
        .collect();
    let (expected, is_created): (&[_], bool) = match between {
        Between::Renamed => (&[("joan", "user", 0), ("john", "user", 0)], true),
        Between::Replaced => (&[("joan", "user", 0), ("john", "admin", 0)], false),
        Between::Deleted => (&[("john", "user", 0)], true),
        Between::Changed => (&[("john", "admin", 7)], false),
    };
    assert_eq!(found, expected, "{between:?}");
    let is_told = match upserted {
        Upserted::Created(_) => is_created,
        Upserted::Updated(_) => !is_created,
        Upserted::Unchanged(_) => false,
    };
    assert!(is_told, "{between:?}");
    let log = entries(db).await.split_off(written);
    let last = log.last().unwrap();
    let john = users.iter().find(|user| user.username == "john").unwrap();
    assert_eq!(last.entity_id, Some(john.id.to_string()), "{between:?}");
    assert_eq!(last.action == "CREATE", is_created, "{between:?}");
    for user in users {
        audit.delete::<user::Entity>(user.id).await.unwrap();
    }
}

type Write = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The write that runs when a connection returns to its pool.
#[derive(Clone, Default)]
struct Others(Arc<Mutex<Option<Write>>>);

impl Others {
    /// A pool of one connection.
    async fn pool(&self, database: &Database) -> DatabaseConnection {
        fn released<DB: sqlx::Database>(
            pool: sqlx::pool::PoolOptions<DB>,
            others: Others,
        ) -> sqlx::pool::PoolOptions<DB> {
            pool.after_release(move |_, _| {
                let write = others.0.lock().unwrap().take();
                Box::pin(async move {
                    if let Some(write) = write {
                        write.await;
                    }
                    Ok(true)
                })
            })
        }

        database
            .connect(|options| {
                let others = [(); 3].map(|()| self.clone());
                let [postgres, mysql, sqlite] = others;
                options
                    .max_connections(1)
                    .map_sqlx_postgres_pool_opts(move |pool| released(pool, postgres.clone()))
                    .map_sqlx_mysql_pool_opts(move |pool| released(pool, mysql.clone()))
                    .map_sqlx_sqlite_pool_opts(move |pool| released(pool, sqlite.clone()));
            })
            .await
    }

    fn next(&self, write: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::pin(write));
    }

    fn have_written(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }
}

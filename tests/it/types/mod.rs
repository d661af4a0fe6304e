//! Values of every type through a database and back out of the log.

mod check;
mod entities;
mod rows;

use sea_orm::DbBackend;

use crate::backend::{self, Database, on_every_backend};
use check::{check, create_table};
use entities::*;

on_every_backend!(numbers, texts, moments);

async fn numbers(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, number::Entity).await;
    let refused = check::<number::Entity>(db, &rows::numbers()).await;
    dbg!(&refused);
    if database.backend() != DbBackend::Postgres {
        create_table(db, unsigned::Entity).await;
        let refused = check::<unsigned::Entity>(db, &rows::unsigned()).await;
        dbg!(&refused);
    }
}

async fn texts(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, text::Entity).await;
    let refused = check::<text::Entity>(db, &rows::texts()).await;
    dbg!(&refused);
}

async fn moments(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, moment::Entity).await;
    let refused = check::<moment::Entity>(db, &rows::moments()).await;
    dbg!(&refused);
}

#[test]
fn postgres_alone() {
    backend::run(DbBackend::Postgres, async |database| {
        let db = &database.db;
        audit_runtime::schema::install(db).await.unwrap();
        database
            .execute(r#"CREATE TYPE "mood" AS ENUM ('so so', 'it''s "fine"')"#)
            .await;
        create_table(db, postgres::Entity).await;
        let refused = check::<postgres::Entity>(db, &rows::postgres()).await;
        assert_eq!(refused, ["NUL"]);
    });
}

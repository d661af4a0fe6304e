//! Compares the schema in the databases' catalogs with golden files.

use std::{env, fs};

use audit_runtime::schema;
use sea_orm::DbBackend;

use super::column;
use crate::backend::{Database, Server, on_every_backend};

on_every_backend!(the_schema_is_frozen);

async fn the_schema_is_frozen(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let description = description(db).await;
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(golden_file(db), &description).unwrap();
    }
    assert_eq!(description, golden(db));
}

/// Columns, indexes and triggers according to the catalog, one per line.
pub(super) async fn description(db: &Database) -> String {
    let sql = match db.backend() {
        DbBackend::Postgres => include_str!("frozen/postgres.sql"),
        DbBackend::MySql => include_str!("frozen/mysql.sql"),
        _ => include_str!("frozen/sqlite.sql"),
    };
    let lines: Vec<String> = column(db, sql).await;
    lines.into_iter().map(|line| line + "\n").collect()
}

pub(super) fn golden(db: &Database) -> String {
    fs::read_to_string(golden_file(db)).unwrap()
}

fn golden_file(db: &Database) -> String {
    let product = match db.server() {
        Server::Postgres => "postgres",
        Server::MariaDb | Server::NewerMariaDb => "mariadb",
        Server::MySql => "mysql",
        Server::Sqlite => "sqlite",
    };
    format!(
        "{}/it/golden/schema_{product}.txt",
        env!("CARGO_MANIFEST_DIR")
    )
}

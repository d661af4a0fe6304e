//! A pool with the settings of a cell.

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use crate::cell::Cell;

pub async fn connect(url: &str, cell: &Cell) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // SQLite keeps SeaORM's limit of one connection.
    if !url.starts_with("sqlite:") {
        options.max_connections(cell.connections as u32);
    }
    options.test_before_acquire(cell.tested);
    let synchronous = if cell.synchronous { "on" } else { "off" };
    options.map_sqlx_postgres_opts(move |options| {
        options.options([("synchronous_commit", synchronous)])
    });
    Database::connect(options)
        .await
        .expect("the database that was just filled")
}

//! The guard on MySQL and MariaDB, which records and does not refuse.

mod attacks;
mod install;
mod marks;
mod passes;
mod writers;

use audit_runtime::schema::{self, GuardMode};

use crate::{
    backend::Database,
    entities::{document, install as create, order, user},
};

/// Installs the log, the tables and a guard on each.
async fn guarded(database: &Database) {
    let db = &database.db;
    create(db).await.unwrap();
    let mode = GuardMode::Capture;
    schema::install_guard::<user::Entity>(db, mode)
        .await
        .unwrap();
    schema::install_guard::<order::Entity>(db, mode)
        .await
        .unwrap();
    schema::install_guard::<document::Entity>(db, mode)
        .await
        .unwrap();
}

//! The guard: a change that bypasses the library is refused or recorded.

mod alike;
mod attacks;
mod collect;
mod install;
mod marks;
mod mysql;
mod passes;
mod random;
mod sqlite;
mod values;
mod withdrawn;

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::{
    backend::Database,
    entities::{context, document, install, order, user},
};

const MODES: [GuardMode; 2] = [GuardMode::Enforce, GuardMode::Capture];

/// Installs the log, the tables and a guard on each.
async fn guarded(database: &Database, mode: GuardMode) {
    install(&database.db).await.unwrap();
    guard(&database.db, mode).await;
}

async fn guard(db: &DatabaseConnection, mode: GuardMode) {
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

/// Runs SQL in a unit, like code that does not use the library, and commits.
async fn raw(db: &DatabaseConnection, sql: &str) -> Result<(), Error> {
    let context = context();
    let unit = db.audited(&context).begin().await?;
    unit.execute_unprepared(sql).await?;
    unit.commit().await
}

/// The entity type, the id and the action that were refused.
#[track_caller]
fn unaudited(error: impl Into<Error>) -> (String, String, String) {
    match error.into() {
        Error::Unaudited {
            entity_type,
            entity_id,
            action,
            ..
        } => (entity_type, entity_id, action),
        error => panic!("{error:?}"),
    }
}

/// A test of each scenario on each server that has guards in both modes.
macro_rules! where_guards_enforce {
    ($($scenario:ident),+ $(,)?) => {
        crate::backend::on_servers! { [sqlite: Sqlite, postgres: Postgres] $($scenario)+ }
    };
}
use where_guards_enforce;

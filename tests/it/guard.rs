//! The guard: what changes a table beside the library is refused or recorded.

mod attacks;
mod install;
mod marks;
mod passes;
mod random;

use audit_runtime::{
    Error,
    schema::{self, GuardMode},
};

use crate::{
    backend::Database,
    entities::{document, install, order, user},
};

const MODES: [GuardMode; 2] = [GuardMode::Enforce, GuardMode::Capture];

/// The log, the tables, and a guard on each.
async fn guarded(database: &Database, mode: GuardMode) {
    let db = &database.db;
    install(db).await.unwrap();
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

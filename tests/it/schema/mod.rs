//! The schema that `schema::install` and the migrations create, and what they refuse.

mod accounts;
mod append_only;
mod beside;
mod columns;
mod cut_off;
mod frozen;
mod install;
mod migration;
mod outdated;
mod protection;
mod upgrade;
pub mod v1;
mod view;

use audit_runtime::audit_log;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, PaginatorTrait, Statement,
    TryGetable,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::backend::Database;
pub use view::in_order_of_fields;

const CHANGESET: &str = "019aafe2-0c5b-7c6f-8f3e-0123456789ab";

fn entry(changes: Option<Json>) -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(Uuid::parse_str(CHANGESET).unwrap()),
        action: Set("UPDATE".to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("Admin".to_owned()),
        actor_id: Set("7".to_owned()),
        timestamp: Set("2026-11-23T09:19:08.123456Z".parse().unwrap()),
        changes: Set(changes),
        ..Default::default()
    }
}

async fn insert<C: ConnectionTrait>(db: &C, changes: Option<Json>) -> audit_log::Model {
    entry(changes).insert(db).await.unwrap()
}

async fn entries<C: ConnectionTrait>(db: &C) -> u64 {
    audit_log::Entity::find().count(db).await.unwrap()
}

async fn versions(db: &Database) -> Vec<i32> {
    let sql = "SELECT version AS value FROM audit_log_version ORDER BY version DESC";
    column(db, sql).await
}

/// The versions in a log of the present version.
const VERSIONS: [i32; 2] = [1, -2];

/// The column `value` of every row.
async fn column<T: TryGetable>(db: &Database, sql: &str) -> Vec<T> {
    let rows = db
        .db
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get("", "value").unwrap())
        .collect()
}

//! A log of version 1, and a write of an earlier build. The files next to this one contain the statements of that
//! build.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::{
    backend::{Database, Server},
    entities::{self, user},
};

/// Creates the log as the earlier build did.
pub async fn create(db: &Database) {
    for statement in statements(db) {
        db.execute(statement).await;
    }
}

/// All statements of the earlier build's `install`.
pub fn statements(db: &Database) -> impl Iterator<Item = &'static str> {
    let text = match db.server() {
        Server::Postgres => include_str!("v1/postgres.sql"),
        Server::MariaDb | Server::NewerMariaDb => include_str!("v1/mariadb.sql"),
        Server::MySql => include_str!("v1/mysql.sql"),
        Server::Sqlite => include_str!("v1/sqlite.sql"),
    };
    text.trim_end().split("\n\n")
}

/// The table that [`write`] changes, with a row.
pub async fn table(db: &DatabaseConnection) {
    entities::create_table(db, user::Entity).await.unwrap();
    let row =
        "INSERT INTO users (username, role, logins, password_hash) VALUES ('old', 'user', 0, '')";
    db.execute_unprepared(row).await.unwrap();
}

/// Writes an entry as the earlier build did: on PostgreSQL with its change, in the statement of that build.
pub async fn write(db: &DatabaseConnection, number: usize) {
    let backend = db.get_database_backend();
    let changeset = Uuid::now_v7().into();
    let statement = match backend {
        DbBackend::Postgres => {
            let text = |text: &str| Value::from(text.to_owned());
            let none = || Value::from(None::<String>);
            let mut values = vec![changeset, none(), none(), text("Admin"), text("7"), none(), none()];
            values.push(chrono::Utc::now().into());
            values.extend((0..6).map(|_| none()));
            values.extend([None::<i64>.into(), Value::Json(None)]);
            values.extend([1.into(), text(&format!("role {number}"))]);
            Statement::from_sql_and_values(backend, include_str!("v1/fused_update.sql"), values)
        }
        _ => Statement::from_sql_and_values(
            backend,
            "INSERT INTO audit_log (kind, format, entity_type, action, outcome, entity_id, entity_label, changes,
                changeset_id, tenant, service, actor_kind, actor_id, actor_name, on_behalf_of, timestamp, ip, user_agent,
                session_id, request_id, trace_id, reason, reverts, metadata)
            VALUES (1, 1, 'User', 'UPDATE', 'SUCCESS', '1', 'old', '{\"role\":{\"before\":\"a\",\"after\":\"b\"}}', ?, NULL,
                NULL, 'Admin', '7', NULL, NULL, '2026-11-23 09:19:08.123456', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                NULL)",
            [changeset],
        ),
    };
    db.execute_raw(statement).await.unwrap();
}

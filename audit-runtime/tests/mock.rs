//! `MockDatabase`: the statements are those of the locked plan on every backend, and so are the answers to prepare.

#![allow(
    clippy::unwrap_used,
    dead_code,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    reason = "a test"
)]

use audit_runtime::{Error, prelude::*};
use sea_orm::{DatabaseConnection, DbBackend, MockDatabase, MockExecResult};

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create, update)]
        pub name: String,
    }
}

fn row(name: &str) -> user::Model {
    let name = name.to_owned();
    user::Model { id: 1, name }
}

fn one() -> MockExecResult {
    MockExecResult {
        last_insert_id: 0,
        rows_affected: 1,
    }
}

fn context() -> AuditContext {
    AuditContext::new(Actor::new("User", "1"))
}

/// What ran, without the values.
fn statements(db: DatabaseConnection) -> Vec<String> {
    let log = db.into_transaction_log();
    let statements = log.iter().flat_map(|transaction| transaction.statements());
    let verb = |sql: &str| sql.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    statements.map(|statement| verb(&statement.sql)).collect()
}

#[tokio::test]
async fn a_write_on_a_mock_of_postgres_takes_the_rows_of_plain_statements() {
    let db = MockDatabase::new(DbBackend::Postgres)
        // insert: the row; update: the row before, the row after; delete: the row before; after each a row for its entry
        .append_query_results([
            [row("jane")],
            [row("entry")],
            [row("jane")],
            [row("joan")],
            [row("entry")],
            [row("joan")],
            [row("entry")],
        ])
        // the deletion
        .append_exec_results([one()])
        .into_connection();
    let context = context();
    let audit = db.audited(&context);
    let created = audit.insert(user::Draft::new().name("jane")).await.unwrap();
    assert_eq!(created, row("jane"));
    let updated = audit
        .update(1, user::Patch::new().name("joan"))
        .await
        .unwrap();
    assert_eq!(updated, row("joan"));
    audit.delete::<user::Entity>(1).await.unwrap();
    assert_eq!(
        statements(db),
        [
            "BEGIN",
            "INSERT INTO \"users\"",
            "INSERT INTO \"audit_log\"",
            "COMMIT",
            "BEGIN",
            "SELECT \"users\".\"id\", \"users\".\"name\",",
            "UPDATE \"users\" SET",
            "INSERT INTO \"audit_log\"",
            "COMMIT",
            "BEGIN",
            "SELECT \"users\".\"id\", \"users\".\"name\",",
            "DELETE FROM \"users\"",
            "INSERT INTO \"audit_log\"",
            "COMMIT",
        ]
    );
}

#[tokio::test]
async fn so_does_a_unit() {
    let db = MockDatabase::new(DbBackend::Postgres)
        .append_query_results([
            [row("jane")],
            [row("entry")],
            [row("jane")],
            [row("joan")],
            [row("entry")],
        ])
        .into_connection();
    let context = context();
    let unit = db.audited(&context).begin().await.unwrap();
    let jane = unit.insert(user::Draft::new().name("jane")).await.unwrap();
    jane.apply(user::Patch::new().name("joan"), &unit)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    assert_eq!(statements(db).len(), 7);
}

#[tokio::test]
async fn a_row_that_a_mock_has_not_is_not_found() {
    let db = MockDatabase::new(DbBackend::Postgres)
        .append_query_results([Vec::<user::Model>::new()])
        .into_connection();
    let context = context();
    let missing = db
        .audited(&context)
        .update(1, user::Patch::new().name("joan"))
        .await;
    assert!(
        matches!(missing, Err(Error::NotFound { .. })),
        "{missing:?}"
    );
}

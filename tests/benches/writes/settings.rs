//! Settings that a figure depends on: how much the server does before it confirms a commit.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use crate::{
    cell::Cell, contenders::Contender, pool::connect, stage::on_stage, tables::narrow::Entity,
};

pub fn print(backend: DbBackend) -> Result<(), DbErr> {
    let cell = Cell::new(Duration::ZERO, 1);
    let connect = async |url: String| connect(&url, &cell).await;
    on_stage::<Entity, _>(backend, &[Contender::Plain], connect, async |sides| {
        print_of(&sides[0].db).await;
    })
}

async fn print_of(db: &DatabaseConnection) {
    let questions: &[(&str, &str)] = match db.get_database_backend() {
        DbBackend::Postgres => &[
            ("version", "SHOW server_version"),
            ("synchronous_commit", "SHOW synchronous_commit"),
            ("fsync", "SHOW fsync"),
            ("full_page_writes", "SHOW full_page_writes"),
            ("wal_sync_method", "SHOW wal_sync_method"),
            ("shared_buffers", "SHOW shared_buffers"),
            ("autovacuum", "SHOW autovacuum"),
        ],
        DbBackend::MySql => &[
            ("version", "SELECT @@version"),
            (
                "innodb_flush_log_at_trx_commit",
                "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR)",
            ),
            ("innodb_flush_method", "SELECT @@innodb_flush_method"),
            ("log_bin", "SELECT CAST(@@log_bin AS CHAR)"),
            ("sync_binlog", "SELECT CAST(@@sync_binlog AS CHAR)"),
        ],
        _ => &[
            ("version", "SELECT sqlite_version()"),
            (
                "journal_mode",
                "SELECT journal_mode FROM pragma_journal_mode",
            ),
            (
                "synchronous",
                "SELECT CAST(synchronous AS text) FROM pragma_synchronous",
            ),
        ],
    };
    for (name, question) in questions {
        println!("  {name} {}", ask(db, question).await);
    }
}

/// Asserts that the sessions have the settings of the cell.
pub async fn check(db: &DatabaseConnection, cell: &Cell) {
    if db.get_database_backend() == DbBackend::Postgres {
        let expected = if cell.synchronous { "on" } else { "off" };
        assert_eq!(ask(db, "SHOW synchronous_commit").await, expected, "{cell}");
    }
}

async fn ask(db: &DatabaseConnection, question: &str) -> String {
    let statement = Statement::from_string(db.get_database_backend(), question);
    let row = db.query_one_raw(statement).await.expect("an answer");
    row.expect("a row").try_get_by_index(0).expect("a text")
}

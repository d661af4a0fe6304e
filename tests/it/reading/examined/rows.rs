//! The number of rows that a statement examines.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::Value as Json;

use super::PAGE;

/// The number of rows that the database examines for a statement.
pub(super) async fn examined(db: &DatabaseConnection, statement: Statement) -> u64 {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let plan = explained(db, statement, "EXPLAIN (ANALYZE, FORMAT JSON) ").await;
            let json: Json = plan[0].try_get_by_index(0).unwrap();
            scanned(&json[0]["Plan"])
        }
        DbBackend::MySql => {
            db.execute_unprepared("FLUSH STATUS").await.unwrap();
            db.query_all_raw(statement).await.unwrap();
            let question = "SHOW SESSION STATUS LIKE 'Handler_read%'";
            let counts = Statement::from_string(DbBackend::MySql, question);
            let counts = db.query_all_raw(counts).await.unwrap();
            let count = |row: &QueryResult| -> u64 {
                let value: String = row.try_get_by_index(1).unwrap();
                value.parse().unwrap()
            };
            counts.iter().map(count).sum()
        }
        _ => examined_on_sqlite(db, statement).await,
    }
}

/// The rows that scans return, and those that they filter out.
fn scanned(plan: &Json) -> u64 {
    let children = plan["Plans"].as_array().into_iter().flatten();
    let below: u64 = children.map(scanned).sum();
    let is_scan = plan["Node Type"].as_str().unwrap().contains("Scan");
    let number = |key: &str| plan[key].as_u64().unwrap_or_default();
    let own = number("Actual Rows")
        + number("Rows Removed by Filter")
        + number("Rows Removed by Index Recheck");
    below
        + if is_scan {
            own * number("Actual Loops").max(1)
        } else {
            0
        }
}

/// The steps of SQLite's virtual machine, counted on the only connection.
struct Steps(Arc<AtomicU64>);

impl Steps {
    async fn on(db: &DatabaseConnection) -> Self {
        let steps = Arc::new(AtomicU64::new(0));
        let counter = steps.clone();
        let mut connection = db.get_sqlite_connection_pool().acquire().await.unwrap();
        connection
            .lock_handle()
            .await
            .unwrap()
            .set_progress_handler(1, move || {
                counter.fetch_add(1, Ordering::Relaxed);
                true
            });
        Self(steps)
    }

    /// The number of steps of a statement, and of its rows.
    async fn of(&self, db: &DatabaseConnection, statement: Statement) -> (u64, u64) {
        let before = self.0.load(Ordering::Relaxed);
        let rows = db.query_all_raw(statement).await.unwrap();
        (self.0.load(Ordering::Relaxed) - before, rows.len() as u64)
    }
}

/// An upper bound of the examined rows. A returned row costs as much as in the simplest query. A row that is filtered
/// out costs at least three steps: read, compare and continue.
async fn examined_on_sqlite(db: &DatabaseConnection, statement: Statement) -> u64 {
    let steps = Steps::on(db).await;
    let plain = format!("SELECT * FROM audit_log ORDER BY id LIMIT {}", PAGE + 1);
    let plain = Statement::from_string(DbBackend::Sqlite, plain);
    let (plain_steps, plain_rows) = steps.of(db, plain).await;
    let (taken, shown) = steps.of(db, statement).await;
    shown + taken.saturating_sub(shown * plain_steps / plain_rows) / 3
}

async fn explained(
    db: &DatabaseConnection,
    mut statement: Statement,
    how: &str,
) -> Vec<QueryResult> {
    statement.sql = format!("{how}{}", statement.sql);
    db.query_all_raw(statement).await.unwrap()
}

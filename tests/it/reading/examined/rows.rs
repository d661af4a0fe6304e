//! The number of rows that a statement examines.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement};
use serde_json::Value as Json;

use super::PAGE;

/// How many rows the database looks at for a statement.
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

/// Rows that came out of a scan, and rows that it threw away.
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

/// Steps of SQLite's machine, counted on the only connection there is.
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

    /// How many it takes, and how many rows come of it.
    async fn of(&self, db: &DatabaseConnection, statement: Statement) -> (u64, u64) {
        let before = self.0.load(Ordering::Relaxed);
        let rows = db.query_all_raw(statement).await.unwrap();
        (self.0.load(Ordering::Relaxed) - before, rows.len() as u64)
    }
}

/// At most how many rows were looked at: to show one costs what it costs in the plainest query there is, and to throw
/// one away no less than three steps, one to read it, one to compare and one to go on.
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

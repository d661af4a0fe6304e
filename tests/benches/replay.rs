//! A replay of a million rows, of which a thousand were changed without an entry.
//!
//! `cargo bench -p audit-tests --bench replay`; `-- 10000` for another number of rows. It runs on SQLite, and on
//! PostgreSQL if `AUDIT_TEST_POSTGRES_URL` or its usual address is reachable. It fails if it finds anything else, or if
//! its peak memory is above 100 MB. All rows were created and changed, so there are twice as many entries as rows.

use std::{env, fs, process, time::Instant};

use audit_runtime::{
    entities,
    replay::{Problem, Replay},
    schema,
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr};

const CHANGED: u64 = 1_000;
const PEAK: u64 = 100_000;

mod user {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "users")]
    #[audited(entity_type = "User", no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub username: String,
        pub role: String,
        pub logins: i32,
    }
}

fn main() {
    let rows = env::args().find_map(|argument| argument.parse().ok());
    let rows: u64 = rows.unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            match create(backend).await {
                Ok(db) => {
                    measure(&db, rows).await;
                    drop(backend, db).await;
                }
                Err(error) => eprintln!("NOT RUN: {backend:?} is not reachable: {error}"),
            }
        }
    });
    let peak = peak();
    println!("peak memory: {} MB", peak / 1000);
    assert!(peak <= PEAK, "the memory is not flat");
}

async fn measure(db: &DatabaseConnection, rows: u64) {
    schema::install(db).await.expect("the log");
    for statement in fill(db.get_database_backend(), rows) {
        db.execute_unprepared(&statement).await.expect("rows");
    }
    let every = rows / CHANGED;
    let change = format!("UPDATE users SET role = 'root' WHERE id % {every} = 1");
    db.execute_unprepared(&change).await.expect("changes");

    let mut replay = Replay::new(entities![user::Entity]);
    let (begun, mut found) = (Instant::now(), 0);
    while let Some(page) = replay.next(db).await.expect("a page") {
        for row in page.found {
            let fields = vec!["role".to_owned()];
            assert_eq!(row.problem, Problem::Changed { fields }, "{row}");
            found += 1;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(found, CHANGED);
    println!(
        "{:?}: {rows} rows and {} entries in {seconds:.1} s, {:.0} rows/s",
        db.get_database_backend(),
        2 * rows,
        rows as f64 / seconds,
    );
}

/// Rows, each with an entry for its creation and one for a change.
fn fill(backend: DbBackend, rows: u64) -> Vec<String> {
    let is_postgres = backend == DbBackend::Postgres;
    let numbers = match is_postgres {
        true => format!("(SELECT generate_series(1, {rows}) AS i) AS numbers"),
        false => format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n) AS numbers"
        ),
    };
    let (serial, uuid, json, time) = match is_postgres {
        true => (
            "serial",
            "'00000000-0000-0000-0000-000000000001'::uuid",
            "jsonb",
            "now()",
        ),
        false => (
            "integer",
            "x'00000000000000000000000000000001'",
            "text",
            "'2026-01-01T00:00:00.000000+00:00'",
        ),
    };
    let entries = |action: &str, changes: &str| {
        format!(
            "INSERT INTO audit_log (kind, format, changeset_id, entity_type, entity_id, action, outcome, actor_kind,
                actor_id, timestamp, changes)
            SELECT 1, 1, {uuid}, 'User', CAST(i AS varchar), '{action}', 'SUCCESS', 'Admin', '7', {time},
                CAST({changes} AS {json}) FROM {numbers} ORDER BY i"
        )
    };
    let mut statements = vec![
        format!(
            "CREATE TABLE users (id {serial} PRIMARY KEY, username text NOT NULL, role text NOT NULL, logins integer NOT NULL)"
        ),
        format!("INSERT INTO users SELECT i, 'user ' || i, 'user', 1 FROM {numbers}"),
        entries(
            "CREATE",
            "'{\"username\":{\"after\":\"user ' || i || '\"},\"role\":{\"after\":\"user\"},\"logins\":{\"after\":0}}'",
        ),
        entries("UPDATE", "'{\"logins\":{\"before\":0,\"after\":1}}'"),
    ];
    if is_postgres {
        statements.push("VACUUM ANALYZE audit_log".to_owned());
    }
    statements
}

async fn create(backend: DbBackend) -> Result<DatabaseConnection, DbErr> {
    let url = match backend {
        DbBackend::Postgres => {
            let server = server();
            let db = Database::connect(&server).await?;
            db.execute_unprepared(&format!("CREATE DATABASE {}", name()))
                .await?;
            let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
            format!("{address}/{}", name())
        }
        _ => format!("sqlite://{}?mode=rwc", file()),
    };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

async fn drop(backend: DbBackend, db: DatabaseConnection) {
    db.close().await.expect("the pool closes");
    if backend == DbBackend::Postgres {
        let db = Database::connect(server()).await.expect("the server");
        let sql = format!("DROP DATABASE {}", name());
        db.execute_unprepared(&sql).await.expect("the database");
    } else {
        for suffix in ["", "-journal", "-shm", "-wal"] {
            let _ = fs::remove_file(file() + suffix);
        }
    }
}

/// The peak memory in kilobytes, or 0 if the system does not report it.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn server() -> String {
    env::var("AUDIT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn name() -> String {
    format!("audit_replay_{}", process::id())
}

fn file() -> String {
    let file = env::temp_dir().join(name()).with_extension("sqlite3");
    file.display().to_string()
}

//! The first page of one row's history, in a log of ten thousand, a million and five million entries.
//!
//! `cargo bench -p audit-tests --bench read`; `-- 10000 1000000` for other sizes. SQLite always, PostgreSQL where
//! `AUDIT_TEST_POSTGRES_URL` or its usual address leads. Each database is filled once and grows; after each size all
//! rounds are interleaved, and the figure is the median. The page at the largest size must cost at most 1.5 times
//! what it costs at the smallest, or this fails.

use std::{
    env, fs, process,
    time::{Duration, Instant},
};

use audit_runtime::{prelude::*, schema};
use audit_tests::bulk::{self, Sql};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};

const PAGE: u64 = 50;
const ROUNDS: usize = 400;
const LIMIT: f64 = 1.5;

/// A name, a question, and how many entries must come.
type Question = (&'static str, fn() -> History, usize);

const QUESTIONS: [Question; 3] = [
    (
        "a row of half a log",
        || History::on("User", bulk::HOT_ID),
        50,
    ),
    (
        "a row of a hundred entries",
        || History::on("User", "hundred"),
        50,
    ),
    ("a row of one entry", || History::on("User", "5008"), 1),
];

fn main() {
    let mut sizes: Vec<u64> = env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 1_000_000, 5_000_000];
    }
    sizes.sort_unstable();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let within = runtime.block_on(async {
        let mut within = true;
        for sql in [Sql::Sqlite, Sql::Postgres] {
            match create(sql).await {
                Ok((db, name)) => {
                    within &= measure(sql, &db, &sizes).await;
                    drop_database(sql, db, &name).await;
                }
                Err(error) => eprintln!("NOT RUN: {sql:?} is not reachable: {error}"),
            }
        }
        within
    });
    if !within {
        eprintln!("a page of a large log costs more than {LIMIT} times that of a small one");
        process::exit(1);
    }
}

/// Whether the page at the largest size costs little more than at the smallest.
async fn measure(sql: Sql, db: &DatabaseConnection, sizes: &[u64]) -> bool {
    schema::install(db).await.expect("the log can be installed");
    println!("\n{sql:?}: {}", settings(sql, db).await);
    let mut entries = 0;
    let mut medians = Vec::new();
    for size in sizes {
        while entries < *size {
            // The largest power of ten that still fits.
            let count = 10_u64.pow((*size - entries).ilog10().min(6));
            execute(db, &bulk::insert(sql, entries, count)).await;
            entries += count;
            if entries == 10_000 {
                execute(db, &a_hundred(sql)).await;
            }
        }
        execute(
            db,
            if let Sql::Postgres = sql {
                "VACUUM ANALYZE audit_log"
            } else {
                "PRAGMA optimize"
            },
        )
        .await;
        medians.push(medians_of(db).await);
        let row: Vec<_> = medians[medians.len() - 1]
            .iter()
            .map(|median| format!("{median:?}"))
            .collect();
        println!("{sql:?}: {entries:>9} entries: {}", row.join(", "));
    }
    let (first, last) = (&medians[0], &medians[medians.len() - 1]);
    let mut within = true;
    for (index, (name, ..)) in QUESTIONS.iter().enumerate() {
        let ratio = last[index].as_secs_f64() / first[index].as_secs_f64();
        println!(
            "{sql:?}: {name}: {ratio:.2} times the cost at {} entries",
            sizes[0]
        );
        within &= ratio <= LIMIT;
    }
    within
}

/// The median of each question's first page, of interleaved rounds.
async fn medians_of(db: &DatabaseConnection) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(ROUNDS); QUESTIONS.len()];
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (index, (name, question, found)) in QUESTIONS.iter().enumerate() {
            let question = question().newest_first();
            let start = Instant::now();
            let page = question.page(db, None, PAGE).await.expect("a page");
            let time = start.elapsed();
            assert_eq!(page.entries.len(), *found, "{name}");
            // The first rounds warm up.
            if round >= ROUNDS / 10 {
                times[index].push(time);
            }
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect()
}

/// A row of a hundred entries among the first ten thousand.
fn a_hundred(sql: Sql) -> String {
    let columns = "kind, format, changeset_id, entity_type, action, outcome, actor_kind, actor_id, timestamp, changes";
    let limit = match sql {
        Sql::MySql => unreachable!("not measured"),
        Sql::Postgres | Sql::Sqlite => "ORDER BY id LIMIT 100",
    };
    format!(
        "INSERT INTO audit_log (entity_id, {columns}) SELECT 'hundred', {columns} FROM audit_log {limit}"
    )
}

async fn settings(sql: Sql, db: &DatabaseConnection) -> String {
    let question = match sql {
        Sql::Postgres => {
            "SELECT version() || ', shared_buffers ' || current_setting('shared_buffers') AS told"
        }
        _ => {
            "SELECT 'SQLite ' || sqlite_version() || ', cache_size ' || (SELECT cache_size FROM pragma_cache_size) AS told"
        }
    };
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), question);
    let row = db
        .query_one_raw(statement)
        .await
        .expect("settings")
        .expect("settings");
    row.try_get("", "told").expect("settings")
}

async fn execute(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql)
        .await
        .expect("the statement runs");
}

async fn create(sql: Sql) -> Result<(DatabaseConnection, String), DbErr> {
    let name = format!("audit_bench_{}", process::id());
    let url = match sql {
        Sql::Postgres => {
            let server = server();
            let db = Database::connect(&server).await?;
            db.execute_unprepared(&format!("CREATE DATABASE {name}"))
                .await?;
            let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
            format!("{address}/{name}")
        }
        _ => format!("sqlite://{}?mode=rwc", file(&name)),
    };
    let options = ConnectOptions::new(url)
        .max_connections(1)
        .sqlx_logging(false)
        .to_owned();
    Ok((Database::connect(options).await?, name))
}

async fn drop_database(sql: Sql, db: DatabaseConnection, name: &str) {
    db.close().await.expect("the pool closes");
    if let Sql::Postgres = sql {
        let db = Database::connect(server()).await.expect("the server");
        execute(&db, &format!("DROP DATABASE {name}")).await;
    } else {
        for suffix in ["", "-journal", "-shm", "-wal"] {
            let _ = fs::remove_file(file(name) + suffix);
        }
    }
}

fn server() -> String {
    env::var("AUDIT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn file(name: &str) -> String {
    env::temp_dir()
        .join(name)
        .with_extension("sqlite3")
        .display()
        .to_string()
}

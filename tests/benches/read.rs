//! The first page of one row's history, in a log of ten thousand, a million and five million entries.
//!
//! `cargo bench -p audit-tests --bench read`; `-- 10000 1000000` for other sizes. It runs on SQLite, and on PostgreSQL
//! if `AUDIT_TEST_POSTGRES_URL` or its usual address is reachable. Each size is a separate log. The rounds of all are
//! interleaved, so that other load affects them equally, and the figure is the median. It fails if the page at the
//! largest size costs more than 1.5 times that at the smallest.

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

/// A name, a query, and the expected number of entries.
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
            match Log::create(sql, 0).await {
                Ok(log) => {
                    log.drop().await;
                    within &= measure(sql, &sizes).await;
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
async fn measure(sql: Sql, sizes: &[u64]) -> bool {
    let mut logs = Vec::new();
    for size in sizes {
        let log = Log::create(sql, *size).await.expect("a database");
        log.fill().await;
        logs.push(log);
    }
    println!("\n{sql:?}: {}", settings(sql, &logs[0].db).await);
    let medians = medians(&logs).await;
    for (log, medians) in logs.iter().zip(&medians) {
        let medians: Vec<_> = medians.iter().map(|median| format!("{median:?}")).collect();
        println!("{sql:?}: {:>9} entries: {}", log.size, medians.join(", "));
    }
    let mut within = true;
    for (index, (name, ..)) in QUESTIONS.iter().enumerate() {
        let of = |medians: &[Duration]| medians[index].as_secs_f64();
        let ratio = of(&medians[medians.len() - 1]) / of(&medians[0]);
        println!(
            "{sql:?}: {name}: {ratio:.2} times the cost at {} entries",
            sizes[0]
        );
        within &= ratio <= LIMIT;
    }
    for log in logs {
        log.drop().await;
    }
    within
}

/// The median of each question's first page, by log; the rounds are interleaved.
async fn medians(logs: &[Log]) -> Vec<Vec<Duration>> {
    let mut times = vec![vec![Vec::with_capacity(ROUNDS); QUESTIONS.len()]; logs.len()];
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (log, times) in logs.iter().zip(&mut times) {
            for ((name, question, found), times) in QUESTIONS.iter().zip(times) {
                let question = question().newest_first();
                let start = Instant::now();
                let page = question.page(&log.db, None, PAGE).await.expect("a page");
                let time = start.elapsed();
                assert_eq!(page.entries.len(), *found, "{name}");
                // The first rounds warm up.
                if round >= ROUNDS / 10 {
                    times.push(time);
                }
            }
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    let of_log = |times: Vec<Vec<Duration>>| times.into_iter().map(median).collect();
    times.into_iter().map(of_log).collect()
}

/// A database that contains only a log of some size.
struct Log {
    sql: Sql,
    size: u64,
    name: String,
    db: DatabaseConnection,
}

impl Log {
    async fn create(sql: Sql, size: u64) -> Result<Self, DbErr> {
        let name = format!("audit_bench_{}_{size}", process::id());
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
        let db = Database::connect(options).await?;
        Ok(Self {
            sql,
            size,
            name,
            db,
        })
    }

    async fn fill(&self) {
        schema::install(&self.db)
            .await
            .expect("the log can be installed");
        let mut entries = 0;
        while entries < self.size {
            // The largest power of ten that still fits.
            let count = 10_u64.pow((self.size - entries).ilog10().min(6));
            let count = if entries == 0 {
                count.min(10_000)
            } else {
                count
            };
            execute(&self.db, &bulk::insert(self.sql, entries, count)).await;
            if entries == 0 {
                execute(&self.db, A_HUNDRED).await;
            }
            entries += count;
        }
        if let Sql::Postgres = self.sql {
            execute(&self.db, "VACUUM ANALYZE audit_log").await;
        }
    }

    async fn drop(self) {
        self.db.close().await.expect("the pool closes");
        if let Sql::Postgres = self.sql {
            let db = Database::connect(server()).await.expect("the server");
            execute(&db, &format!("DROP DATABASE {}", self.name)).await;
        } else {
            for suffix in ["", "-journal", "-shm", "-wal"] {
                let _ = fs::remove_file(file(&self.name) + suffix);
            }
        }
    }
}

/// A row of a hundred entries among the first ten thousand.
const A_HUNDRED: &str = "INSERT INTO audit_log (entity_id, kind, format, changeset_id, entity_type, action, outcome,
    actor_kind, actor_id, timestamp, changes)
    SELECT 'hundred', kind, format, changeset_id, entity_type, action, outcome, actor_kind, actor_id, timestamp, changes
    FROM audit_log ORDER BY id LIMIT 100";

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

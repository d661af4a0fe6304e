//! The throughput of writes while a feed of JSON lines to a file runs in the same process.
//!
//! `cargo bench -p audit-tests --bench feed`. It runs on SQLite, and on PostgreSQL if `AUDIT_TEST_POSTGRES_URL` or its
//! usual address is reachable. Rounds without and with the feed alternate. Each pair gives a ratio, and the figure is
//! their median. A round with the feed begins with nothing left to deliver, and the entries that it leaves are counted.
//! It fails below 0.95.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, ExitCode},
    thread::available_parallelism,
    time::{Duration, Instant},
};

use audit_runtime::{
    feed::{self, Feed, JsonLines, RotatedFile, Step},
    prelude::*,
    schema,
};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Schema,
};
use tokio::{sync::oneshot, task::JoinSet};

const WRITERS: i32 = 8;
const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_secs(2);
const LIMIT: f64 = 0.95;

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
        pub role: String,
        #[audited(create, update)]
        pub logins: i32,
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cores = available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, {WRITERS} writers, rounds of {ROUND:?}");
    let mut is_within = true;
    for backend in [DbBackend::Postgres, DbBackend::Sqlite] {
        match create(backend).await {
            Ok(db) => {
                let ratio = measure(&db).await;
                is_within &= ratio >= LIMIT;
                drop(backend, db).await;
            }
            Err(error) => eprintln!("NOT RUN: {backend:?} is not reachable: {error}"),
        }
    }
    if is_within {
        return ExitCode::SUCCESS;
    }
    eprintln!("writes keep less than {LIMIT} of their throughput");
    ExitCode::FAILURE
}

async fn measure(db: &DatabaseConnection) -> f64 {
    let context = AuditContext::new(Actor::new("System", "bench"));
    schema::install(db).await.expect("the log");
    schema::install_feed(db).await.expect("feeds");
    let users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
    db.execute(&users).await.expect("a table");
    for _ in 0..WRITERS {
        let draft = user::Draft::new().role("user").logins(0);
        db.audited(&context).insert(draft).await.expect("a row");
    }
    let log = feed::log_id(db).await.expect("the log's id");
    let sink = RotatedFile::new(JsonLines::new(log), folder().join("audit.jsonl"));
    let mut feed = Feed::new("bench", log, sink);
    feed.start(db, &context).await.expect("a feed");

    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let without = write(db, &context).await;
        drain(&mut feed, db).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let delivery = {
            let db = db.clone();
            tokio::spawn(async move {
                let ended = feed.run(&db, async { _ = stopped.await }).await;
                ended.map(|()| feed)
            })
        };
        let with = write(db, &context).await;
        stop.send(()).expect("the feed runs");
        feed = delivery.await.expect("the feed").expect("the feed");
        let left = feed::lags(db).await.expect("lags")[0].entries;
        drain(&mut feed, db).await;
        // The first round is a warm-up.
        if round > 0 {
            rounds.push((with / without, without, with, left));
        }
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, without, with, left) = rounds[rounds.len() / 2];
    let (least, most) = (rounds[0].0, rounds[rounds.len() - 1].0);
    println!(
        "{:?}: writes keep {ratio:.2} ({least:.2} to {most:.2}): {without:.0}/s alone, {with:.0}/s with the feed, which was {left} entries behind at the end",
        db.get_database_backend()
    );
    ratio
}

/// Audited updates per second.
async fn write(db: &DatabaseConnection, context: &AuditContext) -> f64 {
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for id in 1..=WRITERS {
        let (db, context) = (db.clone(), context.clone());
        writers.spawn(async move {
            let mut writes = 0_i32;
            let first = begun.elapsed().subsec_nanos() as i32 / 2;
            while begun.elapsed() < ROUND {
                let patch = user::Patch::new().logins(first + writes);
                db.audited(&context)
                    .update(id, patch)
                    .await
                    .expect("a write");
                writes += 1;
            }
            writes
        });
    }
    let writes: i32 = writers.join_all().await.into_iter().sum();
    f64::from(writes) / begun.elapsed().as_secs_f64()
}

async fn drain(feed: &mut Feed<RotatedFile<JsonLines>>, db: &DatabaseConnection) {
    while !matches!(feed.step(db).await.expect("a step"), Step::Idle { .. }) {}
}

async fn create(backend: DbBackend) -> Result<DatabaseConnection, DbErr> {
    fs::create_dir(folder()).expect("a folder");
    let url = match backend {
        DbBackend::Postgres => {
            let server = server();
            let db = Database::connect(&server).await?;
            let create = format!("CREATE DATABASE {}", name());
            db.execute_unprepared(&create).await?;
            let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
            format!("{address}/{}", name())
        }
        _ => format!(
            "sqlite://{}?mode=rwc",
            folder().join("log.sqlite3").display()
        ),
    };
    let mut options = ConnectOptions::new(url);
    options.max_connections(10).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| options.pragma("journal_mode", "WAL"));
    Database::connect(options).await
}

async fn drop(backend: DbBackend, db: DatabaseConnection) {
    db.close().await.expect("the pool closes");
    if backend == DbBackend::Postgres {
        let db = Database::connect(server()).await.expect("the server");
        let sql = format!("DROP DATABASE {}", name());
        db.execute_unprepared(&sql).await.expect("the database");
    }
    fs::remove_dir_all(folder()).expect("the folder");
}

fn server() -> String {
    env::var("AUDIT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn name() -> String {
    format!("audit_feed_{}", process::id())
}

fn folder() -> PathBuf {
    env::temp_dir().join(name())
}

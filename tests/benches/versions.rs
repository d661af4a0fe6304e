//! The cost of the queries of `History` with the indexes of this version of the schema and with those of version 1.
//!
//! `cargo bench -p audit-tests --bench versions`; `-- 100000` for another number of entries than a million. It runs on
//! SQLite, and on PostgreSQL if `AUDIT_TEST_POSTGRES_URL` or its usual address is reachable. The indexes of one log are
//! exchanged in turns, and the figure is the ratio of the medians. It fails if a query costs more than twice as much as
//! before.

use std::{
    env, fs,
    process::{self, ExitCode},
    time::{Duration, Instant},
};

use audit_runtime::{prelude::*, schema};
use audit_tests::bulk::{self, Sql};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};
use uuid::Uuid;

const TURNS: usize = 4;
const ROUNDS: usize = 60;
const LIMIT: f64 = 2.0;

/// The statements that exchange the indexes: from version 1 to the present ones, and back.
const EXCHANGES: [[&str; 2]; 2] = [
    [
        "CREATE INDEX audit_log_action_not_update ON audit_log (action, id) WHERE action <> 'UPDATE'",
        "DROP INDEX audit_log_action",
    ],
    [
        "CREATE INDEX audit_log_action ON audit_log (action, id)",
        "DROP INDEX audit_log_action_not_update",
    ],
];

fn questions() -> Vec<(&'static str, History)> {
    let actor = |id| Actor::new("Admin", id);
    let row = |id| History::on("User", id);
    vec![
        ("the whole log", History::all()),
        ("a row of half a log", row(bulk::HOT_ID)),
        ("a row of one entry", row("5008")),
        ("its updates", row("5008").action("UPDATE")),
        ("updates", History::all().action("UPDATE")),
        ("a rare action", History::all().action(bulk::RARE_ACTION)),
        (
            "an action of long ago",
            History::all().action(bulk::OLD_ACTION),
        ),
        ("no such action", History::all().action("NONE")),
        (
            "a rare action of an actor",
            History::all()
                .actor(&actor(bulk::HOT_ACTOR))
                .action(bulk::RARE_ACTION),
        ),
        (
            "updates by an actor",
            History::all()
                .actor(&actor(bulk::RARE_ACTOR))
                .action("UPDATE"),
        ),
        ("an actor", History::all().actor(&actor(bulk::RARE_ACTOR))),
        (
            "a changeset",
            History::all().changeset(Uuid::from_bytes(*b"0000000000005010")),
        ),
    ]
}

#[tokio::main]
async fn main() -> ExitCode {
    let entries = env::args().find_map(|argument| argument.parse().ok());
    let entries = entries.unwrap_or(1_000_000);
    let mut is_within = true;
    for sql in [Sql::Sqlite, Sql::Postgres] {
        match create(sql).await {
            Ok(db) => {
                is_within &= measure(sql, &db, entries).await.expect("a measurement");
                drop(sql, db).await;
            }
            Err(error) => eprintln!("NOT RUN: {sql:?} is not reachable: {error}"),
        }
    }
    match is_within {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Whether no query costs more than the limit.
async fn measure(sql: Sql, db: &DatabaseConnection, entries: u64) -> Result<bool, DbErr> {
    schema::install(db).await.expect("the log");
    db.execute_unprepared(&bulk::insert(sql, 0, entries))
        .await?;
    let questions = questions();
    // By version, this one first, and by query.
    let mut times = [
        vec![Vec::new(); questions.len()],
        vec![Vec::new(); questions.len()],
    ];
    for turn in 0..2 * TURNS {
        if turn > 0 {
            for statement in EXCHANGES[turn % 2] {
                db.execute_unprepared(statement).await?;
            }
        }
        if let Sql::Postgres = sql {
            db.execute_unprepared("VACUUM ANALYZE audit_log").await?;
        }
        for round in 0..ROUNDS + ROUNDS / 10 {
            for ((_, question), times) in questions.iter().zip(&mut times[turn % 2]) {
                let question = question.clone().newest_first();
                let begun = Instant::now();
                question.page(db, None, 50).await.expect("a page");
                // The first rounds warm up.
                if round >= ROUNDS / 10 {
                    times.push(begun.elapsed());
                }
            }
        }
    }
    let [now, before] = times;
    let mut is_within = true;
    for (((name, _), now), before) in questions.iter().zip(now).zip(before) {
        let [now, before] = [median(now), median(before)];
        let ratio = now.as_secs_f64() / before.as_secs_f64();
        println!("{sql:?}: {name}: {ratio:.2} times the cost in version 1 ({now:?}, {before:?})");
        is_within &= ratio <= LIMIT;
    }
    Ok(is_within)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn create(sql: Sql) -> Result<DatabaseConnection, DbErr> {
    let url = match sql {
        Sql::Postgres => {
            let server = server();
            let db = Database::connect(&server).await?;
            db.execute_unprepared(&format!("CREATE DATABASE {}", name()))
                .await?;
            let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
            format!("{address}/{}", name())
        }
        Sql::Sqlite | Sql::MySql => format!("sqlite://{}?mode=rwc", file()),
    };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

async fn drop(sql: Sql, db: DatabaseConnection) {
    db.close().await.expect("the pool closes");
    match sql {
        Sql::Postgres => {
            let db = Database::connect(server()).await.expect("the server");
            let sql = format!("DROP DATABASE {}", name());
            db.execute_unprepared(&sql).await.expect("the database");
        }
        Sql::Sqlite | Sql::MySql => fs::remove_file(file()).expect("the file"),
    }
}

fn server() -> String {
    env::var("AUDIT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn name() -> String {
    format!("audit_versions_{}", process::id())
}

fn file() -> String {
    let file = env::temp_dir().join(name());
    file.with_extension("sqlite3").display().to_string()
}

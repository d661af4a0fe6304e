//! The size of an update's entry on PostgreSQL: bytes of the table and of its indexes, after a vacuum.
//!
//! `cargo bench -p audit-tests --bench size`, if `AUDIT_TEST_POSTGRES_URL` or its usual address is reachable. Rounds
//! alternate with a log that has the index of actions of version 1 of the schema, for the difference in bytes and in
//! time.

use std::{
    env,
    process::{self, ExitCode},
    time::{Duration, Instant},
};

use audit_runtime::{prelude::*, schema};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Schema, Statement,
};

const ROUNDS: usize = 40;
const UPDATES: i32 = 500;
const USERS: i32 = 1000;

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
        #[audited(record, label)]
        pub username: String,
        #[audited(update)]
        pub role: String,
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match (log("now").await, log("before").await) {
        (Ok(now), Ok(before)) => {
            let run = async {
                for statement in VERSION_1 {
                    before.execute_unprepared(statement).await?;
                }
                measure(&now, &before).await
            };
            run.await.expect("a measurement");
        }
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("NOT RUN: PostgreSQL is not reachable: {error}");
        }
    }
    for log in ["now", "before"] {
        if let Ok(db) = Database::connect(server()).await {
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name(log));
            db.execute_unprepared(&drop).await.expect("the database");
        }
    }
    ExitCode::SUCCESS
}

/// Replaces the present index by that of version 1.
const VERSION_1: [&str; 2] = [
    "CREATE INDEX audit_log_action ON audit_log (action, id)",
    "DROP INDEX audit_log_action_not_update",
];

async fn measure(now: &DatabaseConnection, before: &DatabaseConnection) -> Result<(), DbErr> {
    let mut ratios = Vec::new();
    for round in 0..ROUNDS as i32 {
        let [of_now, of_before] = [write(now, round).await, write(before, round).await];
        ratios.push(of_before.as_secs_f64() / of_now.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let [table, indexes] = bytes(now).await?;
    let [_, indexes_before] = bytes(before).await?;
    println!(
        "{} bytes an entry: {table} of the table, {indexes} of its indexes, which were {indexes_before} in version 1",
        table + indexes
    );
    println!(
        "an update took {:.2} times as long in version 1, the median of {ROUNDS} rounds ({:.2} to {:.2})",
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1]
    );
    Ok(())
}

/// The time of the updates of a round.
async fn write(db: &DatabaseConnection, round: i32) -> Duration {
    let context = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
        .ip([203, 0, 113, 9])
        .session_id("0123456789abcdef");
    let begun = Instant::now();
    for update in 0..UPDATES {
        let patch = user::Patch::new().role(format!("role {}", round % 10));
        let id = (round * UPDATES + update) % USERS + 1;
        let context = context
            .clone()
            .request_id(format!("request-{round:06}-{update:06}"));
        db.audited(&context)
            .update(id, patch)
            .await
            .expect("a write");
    }
    begun.elapsed()
}

/// The bytes of the table and of its indexes, per entry.
async fn bytes(db: &DatabaseConnection) -> Result<[i64; 2], DbErr> {
    db.execute_unprepared("VACUUM ANALYZE audit_log").await?;
    let question = "SELECT pg_table_size('audit_log') / count(*), pg_indexes_size('audit_log') / count(*) FROM audit_log";
    let question = Statement::from_string(db.get_database_backend(), question);
    let row = db.query_one_raw(question).await?.expect("sizes");
    Ok([row.try_get_by_index(0)?, row.try_get_by_index(1)?])
}

async fn log(log: &str) -> Result<DatabaseConnection, DbErr> {
    let server = server();
    let db = Database::connect(&server).await?;
    db.execute_unprepared(&format!("CREATE DATABASE {}", name(log)))
        .await?;
    let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
    let mut options = ConnectOptions::new(format!("{address}/{}", name(log)));
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    schema::install(&db).await.expect("the log");
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
    db.execute(&table).await?;
    let users = format!(
        "INSERT INTO users (username, role) SELECT 'user.' || n, '' FROM generate_series(1, {USERS}) AS n"
    );
    db.execute_unprepared(&users).await?;
    Ok(db)
}

fn server() -> String {
    env::var("AUDIT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn name(log: &str) -> String {
    format!("audit_size_{}_{log}", process::id())
}

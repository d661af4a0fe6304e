//! A million entries that move to an archive, and the throughput of concurrent writes.
//!
//! `cargo bench -p audit-tests --bench retention`; `-- 10000` for another number of entries, a power of ten. It runs on
//! SQLite, and on PostgreSQL if `AUDIT_TEST_POSTGRES_URL` or its usual address is reachable. Rounds of writes without a
//! run and with one at the default pace alternate. Each pair gives a ratio, and the figure is their median. It fails
//! below 0.9, above 100 bytes per entry in the archive, or above 100 MB of memory.

use std::{
    env, fs,
    ops::ControlFlow,
    process::{self, ExitCode},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};

use audit_runtime::{
    prelude::*,
    retention::{Archive, DAY, Policy, Retention},
    schema,
};
use audit_tests::bulk::{self, Sql};
use backend::{Database, Server};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::task::JoinSet;

#[path = "../it/backend.rs"]
#[allow(dead_code, unused_macros, unused_imports, reason = "of the scenarios")]
mod backend;

const WRITERS: usize = 8;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
const KEPT: f64 = 0.9;
const BYTES: f64 = 100.0;
const PEAK: u64 = 100_000;

fn main() -> ExitCode {
    let entries = env::args().find_map(|argument| argument.parse().ok());
    let entries: u64 = entries.unwrap_or(1_000_000);
    let cores = available_parallelism().map_or(0, usize::from);
    println!("{cores} cores, {WRITERS} writers, rounds of {ROUND:?}");
    let is_within = Arc::new(Mutex::new(true));
    for server in [Server::Postgres, Server::Sqlite] {
        let found = is_within.clone();
        backend::run(server, async |database: &Database| {
            *found.lock().expect("no panic") &= measure(database, entries).await;
        });
    }
    let peak = peak();
    println!("peak memory: {} MB", peak / 1000);
    if *is_within.lock().expect("no panic") && peak <= PEAK {
        return ExitCode::SUCCESS;
    }
    eprintln!("more than {KEPT} of the writes, {BYTES} bytes an entry and {PEAK} kB allow");
    ExitCode::FAILURE
}

async fn measure(database: &Database, entries: u64) -> bool {
    let db = &database.db;
    let folder = env::temp_dir().join(format!("audit_retention_{}", process::id()));
    let context = AuditContext::new(Actor::new("System", "bench"));
    let archive = Archive::folder(&folder).expect("a folder");
    let policy = |name: &str| Policy::new(name).document("bench");
    let users = policy("users").types(["User", "Rare"]).hot(Duration::ZERO);
    let retention = Retention::new([users.keep(365 * DAY), policy("others")]).expect("policies");
    let retention = retention.archive(archive);
    schema::install(db).await.expect("the log");
    retention.install(db, &context).await.expect("retention");
    let sql = match database.backend() {
        DbBackend::Postgres => Sql::Postgres,
        _ => Sql::Sqlite,
    };
    database.execute(&bulk::insert(sql, 0, entries)).await;
    if database.backend() == DbBackend::Postgres {
        database.execute("VACUUM ANALYZE audit_log").await;
    }
    let table = size(database).await as f64 / entries as f64;

    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let without = write(db, &context).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let run = {
            let (db, context, is_over) = (db.clone(), context.clone(), is_over.clone());
            let retention = retention.clone().after_batch(move |_| {
                if is_over.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            });
            tokio::spawn(async move { retention.run(&db, &context).await })
        };
        let with = write(db, &context).await;
        is_over.store(true, Ordering::Relaxed);
        run.await.expect("the run").expect("the run");
        // The first round is a warm-up.
        if round > 0 {
            rounds.push(with / without);
        }
    }
    rounds.sort_by(f64::total_cmp);
    let kept = rounds[rounds.len() / 2];
    let (least, most) = (rounds[0], rounds[rounds.len() - 1]);

    let begun = Instant::now();
    let report = retention.pace(1.0).run(db, &context).await.expect("a run");
    let seconds = begun.elapsed().as_secs_f64();
    let archived: u64 = report.archived.iter().map(|file| file.entries).sum();
    let bytes: u64 = report.archived.iter().map(|file| file.bytes).sum();
    assert_eq!(archived, entries);
    assert_eq!(report.purged(), entries);
    fs::remove_dir_all(folder).expect("the folder");
    let (rate, file) = (entries as f64 / seconds, bytes as f64 / entries as f64);
    println!(
        "{:?}: {entries} entries archived and purged in {seconds:.1} s: {rate:.0}/s; {table:.0} bytes an entry in the table, {file:.0} in the archive; writes keep {kept:.2} ({least:.2} to {most:.2})",
        database.backend()
    );
    kept >= KEPT && file <= BYTES
}

/// Events per second.
async fn write(db: &DatabaseConnection, context: &AuditContext) -> f64 {
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (db, context) = (db.clone(), context.clone());
        writers.spawn(async move {
            let mut writes = 0_u32;
            while begun.elapsed() < ROUND {
                let event = Event::new("CAME").on("Visit", writes.to_string());
                db.audited(&context).record(event).await.expect("a write");
                writes += 1;
            }
            writes
        });
    }
    let writes: u32 = writers.join_all().await.into_iter().sum();
    f64::from(writes) / begun.elapsed().as_secs_f64()
}

/// The bytes of the log with its indexes.
async fn size(database: &Database) -> i64 {
    let sql = match database.backend() {
        DbBackend::Postgres => "SELECT pg_total_relation_size('audit_log') AS bytes",
        _ => "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
    };
    let size = Statement::from_string(database.backend(), sql);
    let row = database.db.query_one_raw(size).await.expect("the size");
    row.expect("the size")
        .try_get("", "bytes")
        .expect("the size")
}

/// The peak memory of this process in kilobytes, or 0 if the system does not report it.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

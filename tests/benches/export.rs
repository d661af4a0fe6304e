//! A million entries exported by the command line: entries per second, and the peak memory of the process.
//!
//! `cargo bench -p audit-tests --bench export`; `-- 100000` for another number of entries, a power of ten. It runs on
//! SQLite, and on PostgreSQL if `AUDIT_TEST_POSTGRES_URL` or its usual address is reachable. It fails if the memory is
//! above 64 MB.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use audit_runtime::schema;
use audit_tests::bulk::{self, Sql};
use sea_orm::{ConnectionTrait, Database, DbErr};

const PEAK: u64 = 64_000;

fn main() {
    let entries = env::args().find_map(|argument| argument.parse().ok());
    let entries: u64 = entries.unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for sql in [Sql::Sqlite, Sql::Postgres] {
        match runtime.block_on(filled(sql, entries)) {
            Ok(url) => {
                measure(sql, &url, entries);
                runtime.block_on(drop(sql));
            }
            Err(error) => eprintln!("NOT RUN: {sql:?} is not reachable: {error}"),
        }
    }
}

fn measure(sql: Sql, url: &str, entries: u64) {
    let file = temporary("jsonl");
    let begun = Instant::now();
    let mut export = Command::new(env!("CARGO_BIN_EXE_shop-audit"))
        .args(["export", "--output"])
        .arg(&file)
        .env("DATABASE_URL", url)
        .stdout(Stdio::null())
        .spawn()
        .expect("the command line");
    let peak = watch(&mut export);
    let seconds = begun.elapsed().as_secs_f64();
    let text = fs::read_to_string(&file).expect("the file");
    assert_eq!(text.lines().count() as u64, entries);
    for file in [&file, &file.with_extension("jsonl.sha256")] {
        fs::remove_file(file).expect("the file");
    }
    let rate = entries as f64 / seconds;
    let (megabytes, peak_megabytes) = (text.len() / 1_000_000, peak / 1_000);
    println!(
        "{sql:?}: {entries} entries, {megabytes} MB, in {seconds:.1} s: {rate:.0} entries/s, peak memory {peak_megabytes} MB"
    );
    assert!(peak <= PEAK, "the memory is not flat");
}

/// Waits for the process. Returns its peak memory in kilobytes, or 0 if the system does not report it.
fn watch(process: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", process.id());
    let mut peak = 0;
    loop {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        peak = number
            .and_then(|number| number.parse().ok())
            .unwrap_or(peak);
        if let Some(status) = process.try_wait().expect("the command line") {
            assert!(status.success(), "{status}");
            return peak;
        }
        sleep(Duration::from_millis(20));
    }
}

/// Creates a database with a log of this many entries. Returns its URL.
async fn filled(sql: Sql, entries: u64) -> Result<String, DbErr> {
    let url = match sql {
        Sql::Postgres => {
            let server = server();
            let db = Database::connect(&server).await?;
            let create = format!("CREATE DATABASE {}", name());
            db.execute_unprepared(&create).await?;
            let (address, _) = server.rsplit_once('/').unwrap_or((&server, ""));
            format!("{address}/{}", name())
        }
        _ => format!("sqlite://{}?mode=rwc", temporary("sqlite3").display()),
    };
    let db = Database::connect(&url).await?;
    schema::install(&db).await.expect("the log");
    db.execute_unprepared(&bulk::insert(sql, 0, entries))
        .await?;
    if let Sql::Postgres = sql {
        db.execute_unprepared("VACUUM ANALYZE audit_log").await?;
    }
    db.close().await?;
    Ok(url)
}

async fn drop(sql: Sql) {
    if let Sql::Postgres = sql {
        let db = Database::connect(server()).await.expect("the server");
        let sql = format!("DROP DATABASE {}", name());
        db.execute_unprepared(&sql).await.expect("the database");
    } else {
        for suffix in ["sqlite3", "sqlite3-journal", "sqlite3-shm", "sqlite3-wal"] {
            let _ = fs::remove_file(temporary(suffix));
        }
    }
}

fn server() -> String {
    env::var("AUDIT_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned())
}

fn name() -> String {
    format!("audit_export_{}", process::id())
}

fn temporary(extension: &str) -> PathBuf {
    env::temp_dir().join(name()).with_extension(extension)
}

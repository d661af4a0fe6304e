//! Runs each scenario on every server, in a new database that is dropped at the end, even after a panic.

use std::{
    env, fs,
    io::{Write, stderr},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, DbErr};
use tokio::runtime::Runtime;

/// A test of each scenario on each server: `on_every_backend!(a_scenario, another)`
/// for `async fn a_scenario(db: &Database)`.
macro_rules! on_every_backend {
    ($($scenario:ident),+ $(,)?) => {
        crate::backend::on_servers! {
            [sqlite: Sqlite, postgres: Postgres, mariadb: MariaDb, newer_mariadb: NewerMariaDb, mysql: MySql]
            $($scenario)+
        }
    };
}
pub(crate) use on_every_backend;

/// Like `on_every_backend`, for scenarios that apply only to MySQL and MariaDB.
#[allow(
    unused_macros,
    reason = "a binary that shares this file may have no such scenario"
)]
macro_rules! on_mysql_and_mariadb {
    ($($scenario:ident),+ $(,)?) => {
        crate::backend::on_servers! {
            [mariadb: MariaDb, newer_mariadb: NewerMariaDb, mysql: MySql]
            $($scenario)+
        }
    };
}
#[allow(unused_imports, reason = "as above")]
pub(crate) use on_mysql_and_mariadb;

macro_rules! on_servers {
    ($servers:tt $($scenario:ident)+) => { $(
        mod $scenario {
            crate::backend::on_servers!(@ $servers $scenario);
        }
    )+ };
    (@ [$($name:ident: $server:ident),+] $scenario:ident) => { $(
        #[test]
        fn $name() {
            crate::backend::run(crate::backend::Server::$server, super::$scenario);
        }
    )+ };
}
pub(crate) use on_servers;

/// A server that scenarios run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Sqlite,
    Postgres,
    /// MariaDB of Debian's stable release.
    MariaDb,
    /// MariaDB since 11.6.2, where `innodb_snapshot_isolation` is on by default.
    NewerMariaDb,
    /// MySQL itself, not a fork.
    MySql,
}

impl Server {
    /// The address at which databases are created. SQLite needs no server.
    fn url(self) -> Option<String> {
        let (variable, default) = match self {
            Self::Sqlite => return None,
            Self::Postgres => (
                "AUDIT_TEST_POSTGRES_URL",
                "postgres://postgres@127.0.0.1:5432/postgres",
            ),
            Self::MariaDb => (
                "AUDIT_TEST_MARIADB_URL",
                "mysql://root@127.0.0.1:3306/mysql",
            ),
            Self::NewerMariaDb => (
                "AUDIT_TEST_NEWER_MARIADB_URL",
                "mysql://root@127.0.0.1:3308/mysql",
            ),
            Self::MySql => ("AUDIT_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3307/mysql"),
        };
        Some(env::var(variable).unwrap_or_else(|_| default.to_owned()))
    }
}

/// The server for programs that run once per backend, such as the benchmarks.
impl From<DbBackend> for Server {
    fn from(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Postgres => Self::Postgres,
            DbBackend::MySql => Self::MariaDb,
            _ => Self::Sqlite,
        }
    }
}

/// An empty database.
pub struct Database {
    /// A pool, as `sea_orm::Database::connect(url)` creates it.
    pub db: DatabaseConnection,
    server: Server,
    url: String,
}

impl Database {
    pub fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    #[allow(dead_code, reason = "a binary that shares this file may not ask")]
    pub fn server(&self) -> Server {
        self.server
    }

    #[allow(dead_code, reason = "as above")]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens another pool: `db.connect(|options| { options.max_connections(1); })`.
    pub async fn connect(&self, configure: impl FnOnce(&mut ConnectOptions)) -> DatabaseConnection {
        let mut options = patient(&self.url);
        configure(&mut options);
        sea_orm::Database::connect(options).await.unwrap()
    }

    /// Runs SQL unchanged.
    pub async fn execute(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }
}

/// Runs a scenario in a new database, or reports that the server is not reachable.
pub fn run(server: impl Into<Server>, scenario: impl AsyncFnOnce(&Database)) {
    let server = server.into();
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("audit_test_{}_{counter}", process::id());

    let url = match Runtime::new().unwrap().block_on(create(server, &name)) {
        Ok(url) => url,
        Err(error) if env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("{server:?} is not reachable: {error}")
        }
        Err(error) => {
            // Not `eprintln!`, whose output the harness captures.
            let _ = writeln!(stderr(), "NOT RUN: {server:?} is not reachable: {error}");
            return;
        }
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        Runtime::new().unwrap().block_on(async {
            let db = sea_orm::Database::connect(patient(&url)).await.unwrap();
            scenario(&Database {
                db,
                server,
                url: url.clone(),
            })
            .await;
        });
    }));
    // The scenario's runtime has ended, and with it every connection that could block the drop.
    Runtime::new()
        .unwrap()
        .block_on(drop(server, &name))
        .unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Connect options with long timeouts, so that no scenario depends on the machine's speed.
pub fn patient(url: impl Into<String>) -> ConnectOptions {
    const PATIENCE: Duration = Duration::from_secs(120);
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging(false)
        .acquire_timeout(PATIENCE)
        // The sweep for old connections may miscount the idle ones and never end (sqlx 0.9.0, issue 3645).
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(|options| options.busy_timeout(PATIENCE));
    options
}

/// Creates the database, if the server is reachable, and returns its URL.
pub async fn create(server: impl Into<Server>, name: &str) -> Result<String, DbErr> {
    let server = server.into();
    let Some(url) = server.url() else {
        return Ok(format!("sqlite://{}?mode=rwc", file(name)));
    };
    let statement = match server {
        Server::Postgres => format!("CREATE DATABASE {name} TEMPLATE template0"),
        _ => format!("CREATE DATABASE {name}"),
    };
    let db = sea_orm::Database::connect(&url).await?;
    db.execute_unprepared(&statement).await.unwrap();
    db.close().await?;

    let (address, database) = url.rsplit_once('/').unwrap();
    let parameters = database.find('?').map_or("", |at| &database[at..]);
    Ok(format!("{address}/{name}{parameters}"))
}

/// Drops the database, and closes every connection to it.
pub async fn drop(server: impl Into<Server>, name: &str) -> Result<(), DbErr> {
    let server = server.into();
    let Some(url) = server.url() else {
        for suffix in ["", "-journal", "-shm", "-wal"] {
            let _ = fs::remove_file(file(name) + suffix);
        }
        return Ok(());
    };
    let force = match server {
        Server::Postgres => " WITH (FORCE)",
        _ => "",
    };
    let db = sea_orm::Database::connect(&url).await?;
    db.execute_unprepared(&format!("DROP DATABASE {name}{force}"))
        .await?;
    db.close().await
}

fn file(name: &str) -> String {
    env::temp_dir()
        .join(name)
        .with_extension("sqlite3")
        .display()
        .to_string()
}

//! One scenario, every backend: each run in a database of its own, dropped at the end whatever happens.

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

/// A test of each scenario on each backend: `on_every_backend!(a_scenario, another)`
/// for `async fn a_scenario(db: &Database)`.
macro_rules! on_every_backend {
    ($($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            #[test]
            fn sqlite() {
                crate::backend::run(sea_orm::DbBackend::Sqlite, super::$scenario);
            }

            #[test]
            fn postgres() {
                crate::backend::run(sea_orm::DbBackend::Postgres, super::$scenario);
            }

            #[test]
            fn mysql() {
                crate::backend::run(sea_orm::DbBackend::MySql, super::$scenario);
            }
        }
    )+ };
}
pub(crate) use on_every_backend;

/// An empty database.
pub struct Database {
    /// A pool on it, as `sea_orm::Database::connect(url)` makes one.
    pub db: DatabaseConnection,
    url: String,
}

impl Database {
    pub fn backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// A further pool: `db.connect(|options| { options.max_connections(1); })`.
    pub async fn connect(&self, configure: impl FnOnce(&mut ConnectOptions)) -> DatabaseConnection {
        let mut options = patient(&self.url);
        configure(&mut options);
        sea_orm::Database::connect(options).await.unwrap()
    }

    /// Runs SQL as it is.
    pub async fn execute(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }
}

/// Runs a scenario in a database of its own, or says loudly that the backend is not there.
pub fn run(backend: DbBackend, scenario: impl AsyncFnOnce(&Database)) {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("audit_test_{}_{counter}", process::id());

    let url = match Runtime::new().unwrap().block_on(create(backend, &name)) {
        Ok(url) => url,
        Err(error) if env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("{backend:?} is not reachable: {error}")
        }
        Err(error) => {
            // Not eprintln!: the harness would keep it to itself.
            let _ = writeln!(stderr(), "NOT RUN: {backend:?} is not reachable: {error}");
            return;
        }
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        Runtime::new().unwrap().block_on(async {
            let db = sea_orm::Database::connect(patient(&url)).await.unwrap();
            scenario(&Database {
                db,
                url: url.clone(),
            })
            .await;
        });
    }));
    // The runtime of the scenario is gone, and with it every connection that might be in the way.
    Runtime::new()
        .unwrap()
        .block_on(drop(backend, &name))
        .unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Options that wait as long as a busy machine takes: no scenario depends on its speed.
fn patient(url: &str) -> ConnectOptions {
    const PATIENCE: Duration = Duration::from_secs(120);
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging(false)
        .acquire_timeout(PATIENCE)
        .map_sqlx_sqlite_opts(|options| options.busy_timeout(PATIENCE));
    options
}

/// Creates the database, if the backend is reachable, and returns its URL.
pub async fn create(backend: DbBackend, name: &str) -> Result<String, DbErr> {
    let Some(server) = server(backend) else {
        return Ok(format!("sqlite://{}?mode=rwc", file(name)));
    };
    let statement = match backend {
        DbBackend::Postgres => format!("CREATE DATABASE {name} TEMPLATE template0"),
        _ => format!("CREATE DATABASE {name}"),
    };
    let db = sea_orm::Database::connect(&server).await?;
    db.execute_unprepared(&statement).await.unwrap();
    db.close().await?;

    let (address, database) = server.rsplit_once('/').unwrap();
    let parameters = database.find('?').map_or("", |at| &database[at..]);
    Ok(format!("{address}/{name}{parameters}"))
}

/// Drops it, with every connection to it.
pub async fn drop(backend: DbBackend, name: &str) -> Result<(), DbErr> {
    let Some(server) = server(backend) else {
        for suffix in ["", "-journal", "-shm", "-wal"] {
            let _ = fs::remove_file(file(name) + suffix);
        }
        return Ok(());
    };
    let force = if backend == DbBackend::Postgres {
        " WITH (FORCE)"
    } else {
        ""
    };
    let db = sea_orm::Database::connect(&server).await?;
    db.execute_unprepared(&format!("DROP DATABASE {name}{force}"))
        .await?;
    db.close().await
}

/// Where databases are created; SQLite needs no server.
fn server(backend: DbBackend) -> Option<String> {
    let (variable, default) = match backend {
        DbBackend::Postgres => (
            "AUDIT_TEST_POSTGRES_URL",
            "postgres://postgres@127.0.0.1:5432/postgres",
        ),
        DbBackend::MySql => ("AUDIT_TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
        _ => return None,
    };
    Some(env::var(variable).unwrap_or_else(|_| default.to_owned()))
}

fn file(name: &str) -> String {
    env::temp_dir()
        .join(name)
        .with_extension("sqlite3")
        .display()
        .to_string()
}

//! The databases of the contenders: separate, with the same content.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use audit_runtime::{audit_log, schema::GuardMode};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    EntityTrait, PaginatorTrait, QueryFilter,
};
use tokio::runtime::Runtime;

use crate::{
    backend,
    contenders::{Contender, create_trigger},
    tables::{self, Table},
};

/// A contender and its pool.
pub struct Side {
    pub contender: Contender,
    pub db: DatabaseConnection,
}

/// Runs `body` with a database for each contender, with the same content, and drops the databases in any case.
///
/// Returns an error if the backend is not reachable.
pub fn on_stage<E: Table, T>(
    backend: DbBackend,
    contenders: &[Contender],
    connect: impl AsyncFn(String) -> DatabaseConnection,
    body: impl AsyncFnOnce(&[Side]) -> T,
) -> Result<T, DbErr> {
    static COUNTER: AtomicUsize = AtomicUsize::new(0);
    let names: Vec<_> = contenders
        .iter()
        .map(|contender| {
            let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
            let (process, name) = (process::id(), contender.name());
            format!("audit_bench_{process}_{counter}_{name}")
        })
        .collect();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        Runtime::new().expect("a runtime").block_on(async {
            let mut sides = Vec::new();
            for (&contender, name) in contenders.iter().zip(&names) {
                let url = backend::create(backend, name).await?;
                fill::<E>(contender, &url).await.expect("an empty database");
                let db = connect(url).await;
                sides.push(Side { contender, db });
            }
            Ok(body(&sides).await)
        })
    }));
    Runtime::new().expect("a runtime").block_on(async {
        for name in &names {
            // If the backend is not reachable, not all were created.
            let _ = backend::drop(backend, name).await;
        }
    });
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

async fn fill<E: Table>(contender: Contender, url: &str) -> Result<(), DbErr> {
    let db = Database::connect(ConnectOptions::new(url)).await?;
    audit_runtime::schema::install(&db).await?;
    tables::fill::<E>(&db).await?;
    if contender == Contender::Trigger {
        create_trigger(&db).await?;
    }
    if contender == Contender::Guarded {
        let mode = match db.get_database_backend() {
            DbBackend::MySql => GuardMode::Capture,
            _ => GuardMode::Enforce,
        };
        audit_runtime::schema::install_guard::<E>(&db, mode).await?;
    }
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared("VACUUM ANALYZE").await?;
    }
    db.close().await
}

impl Side {
    /// The rows besides the initial ones.
    pub async fn inserted<E: Table>(&self) -> Vec<i32> {
        tables::inserted::<E>(&self.db)
            .await
            .expect("the table can be read")
    }

    /// Asserts the number of entries, because a contender without entries would have an advantage.
    pub async fn check_entries(&self, action: &str, writes: usize) {
        let entries = audit_log::Entity::find()
            .filter(audit_log::Column::Action.eq(action))
            .count(&self.db)
            .await
            .expect("the log can be read");
        assert_eq!(
            entries as usize,
            self.contender.entries(writes),
            "entries of {writes} times {action} by {}",
            self.contender.name()
        );
    }
}

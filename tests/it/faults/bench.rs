//! The setup of fault tests: a pool of one connection, and an observer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use audit_runtime::{Error, History, schema::Dialect};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait,
    Statement,
};
use tokio::sync::RwLock;

use crate::{
    backend::Database,
    entities::{create_table, entries, install},
    invariants::violations,
};

/// A row that the connection's next borrower writes, to see whether the write is stored.
mod witness {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "witness")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub struct Bench {
    /// Has one connection, so the next borrower gets it in the state that a fault left.
    pub pool: DatabaseConnection,
    pub observer: DatabaseConnection,
    /// Held by each write that continues after its caller was dropped.
    pub under_way: Arc<RwLock<()>>,
    sessions: usize,
}

impl Bench {
    pub async fn new(database: &Database) -> Self {
        create(&database.db).await;
        let pool = database.connect(one_connection).await;
        let observer = database.connect(one_connection).await;
        Self {
            sessions: sessions(&observer).await.len(),
            pool,
            observer,
            under_way: Arc::default(),
        }
    }

    /// The same bench with another pool.
    pub fn with(&self, pool: DatabaseConnection) -> Self {
        Self {
            pool,
            observer: self.observer.clone(),
            under_way: Arc::default(),
            sessions: self.sessions,
        }
    }

    /// Creates the tables again, empty, because every check reads all of them.
    pub async fn renew(&self) {
        self.observer
            .execute_unprepared("DROP VIEW audit_entries")
            .await
            .unwrap();
        for table in [
            "orders",
            "users",
            "documents",
            "witness",
            "audit_log",
            "audit_log_version",
        ] {
            // Also drops the functions of guards, which PostgreSQL keeps separately.
            let cascade = match self.observer.get_database_backend() {
                DbBackend::Postgres => "CASCADE",
                _ => "",
            };
            let drop = format!("DROP TABLE {table} {cascade}");
            self.observer.execute_unprepared(&drop).await.unwrap();
        }
        create(&self.observer).await;
    }

    /// Checks the database after a fault, whatever its outcome.
    pub async fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        // A write that is reported as done must be visible on another connection.
        let before = witness::Entity::find().count(&self.observer).await.unwrap();
        let written = witness::Entity::insert(witness::ActiveModel::default())
            .exec(&self.pool)
            .await;
        let after = witness::Entity::find().count(&self.observer).await.unwrap();
        match written {
            Ok(_) if after == before => {
                found.push("the next borrower's write is lost".to_owned());
                // Otherwise the transaction would stay open for the rest of the sweep.
                self.pool.execute_unprepared("ROLLBACK").await.unwrap();
            }
            Ok(_) => {}
            Err(error) => found.push(format!("the pool is poisoned: {error}")),
        }
        found.extend(violations(&self.observer).await);
        found
    }

    /// Checks an outcome, given the number of entries before it and the number that `Ok` requires.
    pub async fn judge(
        &self,
        outcome: Option<&Result<(), Error>>,
        before: usize,
        expected: usize,
    ) -> Vec<String> {
        let mut found = self.violations().await;
        let written = entries(&self.observer).await.len() - before;
        match outcome {
            Some(Ok(())) if written != expected => {
                found.push(format!("Ok with {written} of {expected} entries"));
            }
            Some(Err(Error::CommitUnknown { changeset_id, .. })) => {
                let committed = History::committed(*changeset_id, &self.observer)
                    .await
                    .unwrap();
                if committed != (written == expected) {
                    found.push("nobody can find out whether it was committed".to_owned());
                }
            }
            Some(Err(error)) if written != 0 => {
                found.push(format!(
                    "{written} entries, and an error that does not say so: {error}"
                ));
            }
            None if written != 0 && written != expected => {
                found.push(format!("{written} of {expected} entries"));
            }
            _ => {}
        }
        found
    }

    /// Waits until the server has closed all sessions except those from the start.
    pub async fn settle(&self) {
        // A limit, so that a session that never ends is reported.
        let deadline = Instant::now() + Duration::from_secs(300);
        // A pause, because a busy loop may leave a session no processor time to end.
        let mut pause = tokio::time::interval(Duration::from_millis(5));
        while sessions(&self.observer).await.len() > self.sessions {
            assert!(
                Instant::now() < deadline,
                "a session of a dead client is still there: {:#?}",
                sessions(&self.observer).await
            );
            pause.tick().await;
        }
    }
}

async fn create(db: &DatabaseConnection) {
    install(db).await.unwrap();
    create_table(db, witness::Entity).await.unwrap();
}

/// The state of each session of this database.
async fn sessions(observer: &DatabaseConnection) -> Vec<String> {
    let sql = match Dialect::of(observer).await.unwrap() {
        Dialect::Postgres => {
            "SELECT concat_ws(' ', state, wait_event, backend_start, query_start, query) AS session \
             FROM pg_stat_activity \
             WHERE datname = current_database() AND backend_type = 'client backend'"
        }
        Dialect::MariaDb => {
            "SELECT concat_ws(' ', command, state, time, info) AS session \
             FROM information_schema.processlist WHERE db = DATABASE()"
        }
        // MySQL's `information_schema.processlist` fails while a statement contains the bytes of a binary value.
        Dialect::MySql => {
            "SELECT concat_ws(' ', processlist_command, processlist_state, processlist_time) AS session \
             FROM performance_schema.threads WHERE processlist_db = DATABASE()"
        }
        _ => return Vec::new(),
    };
    let question = Statement::from_string(observer.get_database_backend(), sql);
    let rows = observer.query_all_raw(question).await.unwrap();
    let sessions = rows.iter().map(|row| row.try_get("", "session").unwrap());
    sessions.collect()
}

/// One connection: a leaked one shows as a timeout of the pool.
pub fn one_connection(options: &mut ConnectOptions) {
    options.max_connections(1);
}

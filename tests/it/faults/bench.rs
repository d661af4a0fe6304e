//! Where faults strike: a pool of one connection, and an observer beside it.

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

/// A row that a later borrower of the connection writes, to see whether it lands.
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
    /// What is wrong with its one connection meets the next borrower.
    pub pool: DatabaseConnection,
    pub observer: DatabaseConnection,
    /// Held by each write that goes on after its caller is gone.
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

    /// The same with another pool.
    pub fn with(&self, pool: DatabaseConnection) -> Self {
        Self {
            pool,
            observer: self.observer.clone(),
            under_way: Arc::default(),
            sessions: self.sessions,
        }
    }

    /// Starts over with empty tables: every check reads all of them.
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
            // With the functions of guards, which PostgreSQL keeps beside the table.
            let cascade = match self.observer.get_database_backend() {
                DbBackend::Postgres => "CASCADE",
                _ => "",
            };
            let drop = format!("DROP TABLE {table} {cascade}");
            self.observer.execute_unprepared(&drop).await.unwrap();
        }
        create(&self.observer).await;
    }

    /// What is wrong after a fault, whatever came of it.
    pub async fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        // Reported as written, so it must be there, seen from elsewhere.
        let before = witness::Entity::find().count(&self.observer).await.unwrap();
        let written = witness::Entity::insert(witness::ActiveModel::default())
            .exec(&self.pool)
            .await;
        let after = witness::Entity::find().count(&self.observer).await.unwrap();
        match written {
            Ok(_) if after == before => {
                found.push("the next borrower's write is lost".to_owned());
                // Or this would go on for the rest of the sweep.
                self.pool.execute_unprepared("ROLLBACK").await.unwrap();
            }
            Ok(_) => {}
            Err(error) => found.push(format!("the pool is poisoned: {error}")),
        }
        found.extend(violations(&self.observer).await);
        found
    }

    /// What is wrong with an outcome, given the entries before it and how many `Ok` stands for.
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

    /// Waits until the server has noticed that every session but those from the start is gone.
    pub async fn settle(&self) {
        // A bound, so that a session that never ends is told and not waited for.
        let deadline = Instant::now() + Duration::from_secs(300);
        // Asked without a pause, few processors may leave none of their time to the session that is to end.
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

/// What each session of this database does.
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
        // Its `information_schema.processlist` is an error while a statement has the bytes of a binary value.
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

/// A leaked connection shows as a pool that times out.
pub fn one_connection(options: &mut ConnectOptions) {
    options.max_connections(1);
}

//! The number of rows that the database reads for a page, by its own plan or counters.

mod rows;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use audit_runtime::{
    prelude::*,
    schema::{self, Index},
};
use audit_tests::bulk::{self, Sql};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use uuid::Uuid;

use self::rows::examined;
use crate::{
    backend::{Database, on_every_backend, run},
    entities::user,
};

on_every_backend!(a_page_reads_little);

/// PostgreSQL plans a query by action for each action, however often it runs. A generic plan could not use the index of
/// actions, which contains no updates.
#[test]
fn an_action_is_planned_for_each_time() {
    run(DbBackend::Postgres, async |database| {
        let db = &database
            .connect(|options| {
                options.max_connections(1);
            })
            .await;
        schema::install(db).await.unwrap();
        for statement in [
            &*bulk::insert(Sql::Postgres, 0, 100_000),
            "ANALYZE audit_log",
        ] {
            db.execute_unprepared(statement).await.unwrap();
        }
        let action = |action| History::all().action(action).newest_first();
        let actor = Actor::new("Admin", bulk::HOT_ACTOR);
        let questions = [
            action(bulk::RARE_ACTION),
            action(bulk::OLD_ACTION),
            action("NONE"),
            action(bulk::RARE_ACTION).actor(&actor),
        ];
        for question in questions {
            for _ in 0..20 {
                question.page(db, None, PAGE).await.unwrap();
            }
        }
        let plans = "SELECT sum(custom_plans)::bigint, sum(generic_plans)::bigint FROM pg_prepared_statements
            WHERE position('\"action\" = $' IN statement) > 0 AND custom_plans > 0";
        let plans = Statement::from_string(DbBackend::Postgres, plans);
        let plans = db.query_one_raw(plans).await.unwrap().unwrap();
        let [custom, generic] = [0, 1].map(|at| plans.try_get_by_index::<i64>(at).unwrap());
        assert_eq!((custom, generic), (80, 0));
    });
}

const PAGE: u64 = 50;

async fn a_page_reads_little(database: &Database) {
    // One connection, because the counters belong to it.
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    schema::install(db).await.unwrap();
    crate::entities::create_table(db, user::Entity)
        .await
        .unwrap();
    let (sql, analyze) = match database.backend() {
        DbBackend::Postgres => (Sql::Postgres, Some("ANALYZE audit_log")),
        DbBackend::MySql => (Sql::MySql, Some("ANALYZE TABLE audit_log")),
        _ => (Sql::Sqlite, None),
    };
    db.execute_unprepared(&bulk::insert(sql, 0, 100_000))
        .await
        .unwrap();
    schema::create_index(db, Index::EntityType).await.unwrap();
    schema::create_index(db, Index::RequestId).await.unwrap();
    if let Sql::Postgres = sql {
        schema::create_index(db, Index::Changes).await.unwrap();
    }
    if let Some(analyze) = analyze {
        db.execute_unprepared(analyze).await.unwrap();
    }

    let mut measured = BTreeMap::new();
    for (name, question) in questions(database.backend()) {
        for newest_first in [false, true] {
            let question = if newest_first {
                question.clone().newest_first()
            } else {
                question.clone()
            };
            let recorder = Recorder::new(db);
            let first = question.page(&recorder, None, PAGE).await.unwrap();
            // A page from the middle of the results.
            let mut cursor = first.next;
            for _ in 0..3 {
                if cursor.is_some() {
                    cursor = question.page(&recorder, cursor, PAGE).await.unwrap().next;
                }
            }
            let mut most = 0;
            for statement in recorder.taken() {
                most = most.max(examined(db, statement).await);
            }
            measured.insert((name, newest_first), (first.entries.len(), most));
        }
    }
    for ((name, newest_first), (found, most)) in &measured {
        let order = if *newest_first {
            "newest first"
        } else {
            "oldest first"
        };
        println!(
            "{:?}: {name}, {order}: {found} found, {most} examined",
            database.backend()
        );
    }
    for ((name, newest_first), (_, most)) in measured {
        assert!(
            most <= 10 * PAGE,
            "{name}, newest first {newest_first}: {most} rows"
        );
    }
}

/// Every query that reads only one page according to the documentation.
fn questions(backend: DbBackend) -> Vec<(&'static str, History)> {
    let actor = |id| Actor::new("Admin", id);
    let row = |id| History::on("User", id);
    let changeset = |number: u64| Uuid::from_slice(format!("{number:016}").as_bytes()).unwrap();
    let mut questions = vec![
        ("the whole log", History::all()),
        ("the hot row", row(bulk::HOT_ID)),
        ("the hot row by its key", History::of::<user::Entity>(1)),
        ("the rare row", row(bulk::RARE_ID)),
        ("a row of one entry", row("99999")),
        ("no row", row("none")),
        ("a type that is most", History::of_type::<user::Entity>()),
        ("a rare type", History::on(bulk::RARE_TYPE, "9")),
        (
            "the hot actor",
            History::all().actor(&actor(bulk::HOT_ACTOR)),
        ),
        (
            "the rare actor",
            History::all().actor(&actor(bulk::RARE_ACTOR)),
        ),
        ("no actor", History::all().actor(&actor("none"))),
        ("the hot action", History::all().action("UPDATE")),
        ("the rare action", History::all().action(bulk::RARE_ACTION)),
        (
            "an action of long ago",
            History::all().action(bulk::OLD_ACTION),
        ),
        ("no action", History::all().action("NONE")),
        (
            "a changeset of one",
            History::all().changeset(changeset(50_000)),
        ),
        (
            "no changeset",
            History::all().changeset(changeset(9_999_999)),
        ),
        ("a request", History::all().request_id("50000")),
        ("no request", History::all().request_id("none")),
        (
            "what the hot actor did to the hot row",
            row(bulk::HOT_ID).actor(&actor(bulk::HOT_ACTOR)),
        ),
        ("the hot row's updates", row(bulk::HOT_ID).action("UPDATE")),
        (
            "a rare action of the hot actor",
            History::all()
                .actor(&actor(bulk::HOT_ACTOR))
                .action(bulk::RARE_ACTION),
        ),
        (
            "what the rare actor did in a session",
            History::all()
                .actor(&actor(bulk::RARE_ACTOR))
                .session_id("session"),
        ),
        (
            "the changes of a role in a row",
            row(bulk::HOT_ID).changed(user::Column::Role),
        ),
    ];
    if backend == DbBackend::Postgres {
        questions.push((
            "who became admin",
            History::all().changed(user::Column::Role).to("admin"),
        ));
    } else {
        questions.push((
            "a big changeset",
            History::all().changeset(Uuid::from_bytes(bulk::BIG_CHANGESET)),
        ));
    }
    questions
}

/// A connection that records its statements.
struct Recorder<'a> {
    db: &'a DatabaseConnection,
    statements: Mutex<Vec<Statement>>,
}

impl<'a> Recorder<'a> {
    fn new(db: &'a DatabaseConnection) -> Self {
        Self {
            db,
            statements: Mutex::default(),
        }
    }

    /// The statements that query the log itself.
    fn taken(&self) -> Vec<Statement> {
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let of_log = |statement: &Statement| statement.sql.contains("changeset_id");
        std::mem::take(&mut *statements)
            .into_iter()
            .filter(of_log)
            .collect()
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl ConnectionTrait for Recorder<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(statement.clone());
        self.db.query_all_raw(statement).await
    }
}

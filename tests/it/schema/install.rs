//! `schema::install`: what it completes, and what it refuses.

use std::{
    env,
    io::{BufRead, BufReader, stdin},
    process::{Command, Stdio},
};

use audit_runtime::{Error, audit_log, schema};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement};

use super::{
    VERSIONS, column, entries,
    frozen::{description, golden},
    insert, versions,
};
use crate::backend::{Database, on_every_backend, on_mysql_and_mariadb, run};

on_every_backend!(
    installs_twice,
    three_pools_install_at_once,
    three_processes_install_at_once,
    a_half_finished_install_is_finished,
    a_missing_table_is_not_hidden_by_the_version,
    a_foreign_table_is_refused_untouched,
    a_foreign_view_is_refused_untouched,
    a_temporary_table_in_front_of_the_log_is_refused,
    a_newer_schema_is_refused,
    a_newer_schema_for_earlier_builds_is_used,
);

on_mysql_and_mariadb!(keeps_to_its_database_on_mysql);

async fn installs_twice(db: &Database) {
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    schema::install(&db.db).await.unwrap();
    assert_eq!(entries(&db.db).await, 1);
}

async fn three_pools_install_at_once(db: &Database) {
    let (a, b, c) = tokio::join!(db.connect(|_| {}), db.connect(|_| {}), db.connect(|_| {}));
    tokio::try_join!(
        schema::install(&a),
        schema::install(&b),
        schema::install(&c)
    )
    .unwrap();
    assert_eq!(versions(db).await, VERSIONS);
}

async fn three_processes_install_at_once(db: &Database) {
    let mut children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .args([
                    "--exact",
                    "schema::install::one_of_three_processes",
                    "--nocapture",
                ])
                .env(INSTALL_URL, db.url())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    // All are connected before the first may start.
    let outputs: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(lines.any(|line| line.unwrap().contains(CONNECTED)));
            lines
        })
        .collect();
    for child in &mut children {
        drop(child.stdin.take());
    }
    for (mut child, output) in children.into_iter().zip(outputs) {
        let output: Vec<_> = output.map(Result::unwrap).collect();
        assert!(child.wait().unwrap().success(), "{output:?}");
    }
    assert_eq!(versions(db).await, VERSIONS);
    insert(&db.db, None).await;
}

async fn a_half_finished_install_is_finished(db: &Database) {
    let dialect = schema::Dialect::of(&db.db).await.unwrap();
    let statements = schema::statements(dialect);
    for done in 0..=statements.len() {
        for statement in &statements[..done] {
            db.execute(statement).await;
        }
        schema::install(&db.db).await.unwrap();
        assert_eq!(versions(db).await, VERSIONS, "after {done} statements");
        assert_eq!(description(db).await, golden(db), "after {done} statements");

        for statement in [
            "DROP VIEW audit_entries",
            "DROP TABLE audit_log",
            "DROP TABLE audit_log_version",
        ] {
            db.execute(statement).await;
        }
    }
}

async fn a_missing_table_is_not_hidden_by_the_version(db: &Database) {
    schema::install(&db.db).await.unwrap();
    db.execute("DROP VIEW audit_entries").await;
    db.execute("DROP TABLE audit_log").await;
    schema::install(&db.db).await.unwrap();
    assert_eq!(description(db).await, golden(db));
}

async fn a_foreign_table_is_refused_untouched(db: &Database) {
    db.execute("CREATE TABLE audit_log (id integer PRIMARY KEY, message varchar(9))")
        .await;
    db.execute("INSERT INTO audit_log VALUES (1, 'mine')").await;

    let refused = schema::install(&db.db).await.unwrap_err();
    let Error::ForeignTable { table, missing } = refused else {
        panic!("{refused}");
    };
    assert_eq!(table, "audit_log");
    assert_eq!(missing.len(), 25);
    assert_eq!(missing[..2], ["kind", "format"]);

    let sql = "SELECT * FROM audit_log";
    let rows = db
        .db
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].column_names(), ["id", "message"]);
    let nothing_else = db.db.execute_unprepared("SELECT * FROM audit_log_version");
    assert!(nothing_else.await.is_err());
}

async fn a_foreign_view_is_refused_untouched(db: &Database) {
    db.execute("CREATE VIEW audit_entries AS SELECT 'mine' AS message")
        .await;
    let refused = schema::install(&db.db).await.unwrap_err();
    assert!(
        matches!(refused, Error::ForeignTable { table, .. } if table == "audit_entries"),
        "{refused}"
    );
    let messages: Vec<String> = column(db, "SELECT message AS value FROM audit_entries").await;
    assert_eq!(messages, ["mine"]);
    assert!(audit_log::Entity::find().one(&db.db).await.is_err());
}

/// Whether or not the log exists.
async fn a_temporary_table_in_front_of_the_log_is_refused(db: &Database) {
    let one = &db
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let drop = match db.backend() {
        DbBackend::Postgres => "DROP TABLE pg_temp.audit_log",
        DbBackend::MySql => "DROP TEMPORARY TABLE audit_log",
        _ => "DROP TABLE temp.audit_log",
    };
    let create: &[&str] = match db.backend() {
        DbBackend::MySql => &[
            "CREATE TEMPORARY TABLE audit_log (id bigint)",
            "CREATE TEMPORARY TABLE audit_log SELECT * FROM copied",
        ],
        DbBackend::Postgres => &[
            "CREATE TEMPORARY TABLE audit_log (id bigint)",
            "CREATE TEMPORARY TABLE audit_log (LIKE copied INCLUDING ALL)",
        ],
        _ => &[
            "CREATE TEMPORARY TABLE audit_log (id bigint)",
            "CREATE TEMPORARY TABLE Audit_Log AS SELECT * FROM copied",
        ],
    };
    for is_installed in [false, true] {
        if is_installed {
            schema::install(one).await.unwrap();
            db.execute("CREATE TABLE copied AS SELECT * FROM audit_log")
                .await;
        }
        for create in &create[..=usize::from(is_installed)] {
            one.execute_unprepared(create).await.unwrap();
            let refused = schema::install(one).await.unwrap_err();
            assert!(matches!(refused, Error::LogHidden), "{create}: {refused}");
            assert!(refused.to_string().ends_with("drop it"), "{refused}");
            one.execute_unprepared(drop).await.unwrap();
            let is_there = one
                .execute_unprepared("SELECT 1 FROM audit_log")
                .await
                .is_ok();
            assert_eq!(is_there, is_installed, "{create}");
        }
    }
    schema::install(one).await.unwrap();
    insert(one, None).await;
}

async fn a_newer_schema_is_refused(db: &Database) {
    schema::install(&db.db).await.unwrap();
    db.execute("INSERT INTO audit_log_version (version) VALUES (7)")
        .await;
    let refused = schema::install(&db.db).await.unwrap_err();
    assert!(
        matches!(refused, Error::NewerSchema { installed, known, .. } if (installed, known) == (7, 2)),
        "{refused}"
    );
}

async fn a_newer_schema_for_earlier_builds_is_used(db: &Database) {
    schema::install(&db.db).await.unwrap();
    db.execute("INSERT INTO audit_log_version (version) VALUES (-7)")
        .await;
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    assert_eq!(versions(db).await, [1, -2, -7]);
}

#[test]
fn follows_the_search_path_on_postgres() {
    run(DbBackend::Postgres, async |db| {
        db.execute(r#"CREATE SCHEMA "Audit Trail""#).await;
        let elsewhere = db
            .connect(|options| {
                options.set_schema_search_path(r#""Audit Trail",public"#);
            })
            .await;
        schema::install(&elsewhere).await.unwrap();
        schema::install(&elsewhere).await.unwrap();
        insert(&elsewhere, None).await;
        let schemas: Vec<String> = column(
            db,
            "SELECT schemaname AS value FROM pg_tables WHERE tablename LIKE 'audit%'",
        )
        .await;
        assert_eq!(schemas, ["Audit Trail", "Audit Trail"]);

        schema::install(&db.db).await.unwrap();
        assert_eq!(entries(&db.db).await, 0);
        assert_eq!(entries(&elsewhere).await, 1);
    });
}

/// Names that need quotes, and names that differ only in case.
async fn keeps_to_its_database_on_mysql(db: &Database) {
    db.execute("CREATE TABLE audit_log (id integer PRIMARY KEY)")
        .await;
    let (server, name) = db.url().rsplit_once('/').unwrap();
    let upper = name.to_uppercase().replace('_', "-");
    db.execute(&format!("CREATE DATABASE `{upper}`")).await;
    db.execute(&format!("CREATE DATABASE `{}`", name.to_uppercase()))
        .await;
    let mut installed = Vec::new();
    for database in [&upper, &name.to_uppercase()] {
        let elsewhere = sea_orm::Database::connect(format!("{server}/{database}"))
            .await
            .unwrap();
        installed.push((
            schema::install(&elsewhere).await,
            schema::install(&elsewhere).await,
            audit_log::Entity::find().count(&elsewhere).await,
        ));
        db.execute(&format!("DROP DATABASE `{database}`")).await;
    }
    for installed in installed {
        assert!(
            matches!(installed, (Ok(()), Ok(()), Ok(0))),
            "{installed:?}"
        );
    }
}

const INSTALL_URL: &str = "AUDIT_TEST_INSTALL_URL";
const CONNECTED: &str = "connected";

/// Does nothing, unless it is a process started by `three_processes_install_at_once`.
#[tokio::test]
async fn one_of_three_processes() {
    let Ok(url) = env::var(INSTALL_URL) else {
        return;
    };
    let db = sea_orm::Database::connect(url).await.unwrap();
    println!("{CONNECTED}");
    stdin().read_line(&mut String::new()).unwrap();
    schema::install(&db).await.unwrap();
}

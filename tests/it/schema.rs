//! What `schema::install` and the migrations leave in a database, and what they refuse.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use audit_runtime::{Error, audit_log, schema};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, Statement, TransactionTrait, TryGetable,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait, prelude::SchemaManager};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::backend::{Database, on_every_backend};

on_every_backend!(
    installs_twice,
    three_pools_install_at_once,
    three_processes_install_at_once,
    a_half_finished_install_is_finished,
    a_foreign_table_is_refused_untouched,
    a_foreign_view_is_refused_untouched,
    a_newer_schema_is_refused,
    a_missing_table_is_not_hidden_by_the_version,
    migrations_live_beside_the_users_own,
    fresh_starts_over,
    the_way_down_refuses_a_log_with_entries,
    entries_are_neither_changed_nor_deleted,
    the_view_shows_before_after_and_diff,
    the_view_survives_what_is_not_changes,
    the_schema_is_frozen,
    recorded_at_is_utc_by_the_databases_clock,
    identities_compare_by_bytes,
    an_entry_reads_back_as_written,
);

async fn installs_twice(db: &Database) {
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    schema::install(&db.db).await.unwrap();
    assert_eq!(entries(&db.db).await, 1);
}

async fn three_pools_install_at_once(db: &Database) {
    let (a, b, c) = tokio::join!(db.connect(|_| {}), db.connect(|_| {}), db.connect(|_| {}));
    let installed = tokio::join!(
        schema::install(&a),
        schema::install(&b),
        schema::install(&c)
    );
    assert!(
        matches!(installed, (Ok(()), Ok(()), Ok(()))),
        "{installed:?}"
    );
    assert_eq!(versions(db).await, [1]);
}

async fn three_processes_install_at_once(db: &Database) {
    let mut children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "schema::one_of_three_processes", "--nocapture"])
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
    assert_eq!(versions(db).await, [1]);
    insert(&db.db, None).await;
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
    std::io::stdin().read_line(&mut String::new()).unwrap();
    schema::install(&db).await.unwrap();
}

async fn a_half_finished_install_is_finished(db: &Database) {
    let dialect = schema::Dialect::of(&db.db).await.unwrap();
    let statements = schema::statements(dialect);
    for done in 0..=statements.len() {
        for statement in &statements[..done] {
            db.execute(statement).await;
        }
        schema::install(&db.db).await.unwrap();
        assert_eq!(versions(db).await, [1], "after {done} statements");
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

async fn a_foreign_table_is_refused_untouched(db: &Database) {
    db.execute("CREATE TABLE audit_log (id integer PRIMARY KEY, message varchar(9))")
        .await;
    db.execute("INSERT INTO audit_log VALUES (1, 'mine')").await;

    let refused = schema::install(&db.db).await.unwrap_err();
    assert!(
        matches!(&refused, Error::ForeignTable { table: "audit_log", missing } if missing.len() == 25 && missing[0] == "kind")
    );
    assert!(refused.to_string().starts_with(
        "there is a `audit_log` that is not the audit log's: it has no kind, format, "
    ));

    let columns: Vec<String> = match db.backend() {
        DbBackend::Sqlite => column(db, "SELECT name AS value FROM pragma_table_info('audit_log')").await,
        _ => column(db, "SELECT column_name AS value FROM information_schema.columns WHERE table_name = 'audit_log' AND table_schema NOT IN ('mysql') ORDER BY ordinal_position").await,
    };
    assert_eq!(columns, ["id", "message"]);
    assert_eq!(
        column::<String>(db, "SELECT message AS value FROM audit_log").await,
        ["mine"]
    );
    assert!(
        db.db
            .execute_unprepared("SELECT * FROM audit_log_version")
            .await
            .is_err()
    );
}

async fn a_foreign_view_is_refused_untouched(db: &Database) {
    db.execute("CREATE VIEW audit_entries AS SELECT 'mine' AS message")
        .await;
    let refused = schema::install(&db.db).await.unwrap_err();
    assert!(
        matches!(
            &refused,
            Error::ForeignTable {
                table: "audit_entries",
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(
        column::<String>(db, "SELECT message AS value FROM audit_entries").await,
        ["mine"]
    );
    assert!(audit_log::Entity::find().one(&db.db).await.is_err());
}

async fn a_newer_schema_is_refused(db: &Database) {
    schema::install(&db.db).await.unwrap();
    db.execute("INSERT INTO audit_log_version (version) VALUES (7)")
        .await;
    let refused = schema::install(&db.db).await.unwrap_err();
    assert!(matches!(
        refused,
        Error::NewerSchema {
            installed: 7,
            known: 1,
            ..
        }
    ));
    assert_eq!(
        refused.to_string(),
        "the audit log's schema has version 7, and this build knows 1: upgrade `audit-runtime`"
    );
}

async fn a_missing_table_is_not_hidden_by_the_version(db: &Database) {
    schema::install(&db.db).await.unwrap();
    db.execute("DROP VIEW audit_entries").await;
    db.execute("DROP TABLE audit_log").await;
    schema::install(&db.db).await.unwrap();
    assert_eq!(description(db).await, golden(db));
}

/// An application's own migration, and after it the audit log's.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations: Vec<Box<dyn MigrationTrait>> = vec![Box::new(CreateUsers)];
        migrations.extend(schema::migrations());
        migrations
    }
}

struct CreateUsers;

impl sea_orm_migration::MigrationName for CreateUsers {
    fn name(&self) -> &str {
        "m20251231_000001_create_users"
    }
}

#[sea_orm_migration::async_trait::async_trait]
impl MigrationTrait for CreateUsers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE TABLE users (id integer PRIMARY KEY)";
        manager
            .get_connection()
            .execute_unprepared(sql)
            .await
            .map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "DROP TABLE users";
        manager
            .get_connection()
            .execute_unprepared(sql)
            .await
            .map(|_| ())
    }
}

async fn migrations_live_beside_the_users_own(db: &Database) {
    Migrator::up(&db.db, None).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    Migrator::up(&db.db, None).await.unwrap();
    schema::install(&db.db).await.unwrap();
    assert_eq!(
        column::<String>(
            db,
            "SELECT version AS value FROM seaql_migrations ORDER BY version"
        )
        .await,
        [
            "m20251231_000001_create_users",
            "m20260101_000001_audit_runtime_create_audit_log"
        ]
    );

    Migrator::refresh(&db.db).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    Migrator::down(&db.db, None).await.unwrap();
    assert_eq!(description(db).await, "");

    // A log that `install` created is taken over as it is.
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    Migrator::up(&db.db, None).await.unwrap();
    assert_eq!(entries(&db.db).await, 1);
}

async fn fresh_starts_over(db: &Database) {
    Migrator::up(&db.db, None).await.unwrap();
    insert(&db.db, None).await;
    Migrator::fresh(&db.db).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    assert_eq!(entries(&db.db).await, 0);
}

async fn the_way_down_refuses_a_log_with_entries(db: &Database) {
    Migrator::up(&db.db, None).await.unwrap();
    insert(&db.db, None).await;
    let refused = Migrator::down(&db.db, Some(1)).await.unwrap_err();
    let message = "`audit_log` has entries and is not dropped: archive them, then drop it by hand";
    assert_eq!(refused, DbErr::Migration(message.to_owned()));
    assert_eq!(description(db).await, golden(db));

    // No lock is left behind on the pool.
    insert(&db.connect(|_| {}).await, None).await;
    assert_eq!(entries(&db.db).await, 2);
}

async fn entries_are_neither_changed_nor_deleted(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let entry = insert(&db.db, None).await;

    let columns =
        "id, kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp";
    let same = format!("{columns}) SELECT {columns} FROM audit_log");
    let (common, own): (_, &[String]) = match db.backend() {
        DbBackend::Sqlite => (
            "",
            &[
                format!("INSERT OR REPLACE INTO audit_log ({same}"),
                format!("INSERT INTO audit_log ({same} WHERE true ON CONFLICT DO UPDATE SET reason = 'forged'"),
                "UPDATE OR REPLACE audit_log SET id = id".to_owned(),
                "INSERT INTO audit_log (id, kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp) VALUES (-1, 2, 1, '', '', '', '', '', '')".to_owned(),
            ],
        ),
        DbBackend::Postgres => (
            "audit_log is append-only: ",
            &[
                "TRUNCATE audit_log".to_owned(),
                format!("INSERT INTO audit_log ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM audit_log ON CONFLICT (id) DO UPDATE SET reason = 'forged'"),
                // One implicit transaction: the setting ends with it.
                "SET LOCAL session_replication_role = replica; DELETE FROM audit_log".to_owned(),
                "SET LOCAL session_replication_role = replica; TRUNCATE audit_log".to_owned(),
            ],
        ),
        _ => (
            "audit_log is append-only: ",
            &[
                format!("REPLACE INTO audit_log ({same}"),
                format!("INSERT INTO audit_log ({same} ON DUPLICATE KEY UPDATE reason = 'forged'"),
            ],
        ),
    };
    for sql in [
        "UPDATE audit_log SET reason = 'forged'",
        "DELETE FROM audit_log",
    ] {
        let refused = db.db.execute_unprepared(sql).await.unwrap_err().to_string();
        let expected = format!("audit_log is append-only: {} refused", &sql[..6]);
        assert!(refused.contains(&expected), "{refused}");
    }
    for sql in own {
        let refused = db.db.execute_unprepared(sql).await.unwrap_err().to_string();
        assert!(refused.contains(common), "{sql}: {refused}");
    }
    assert_eq!(
        audit_log::Entity::find().all(&db.db).await.unwrap(),
        [entry]
    );

    // MySQL and MariaDB show TRUNCATE to no trigger; it takes the DROP privilege, which is not to be granted.
    if db.backend() == DbBackend::MySql {
        db.execute("TRUNCATE audit_log").await;
        assert_eq!(entries(&db.db).await, 0);
    }
}

async fn the_view_shows_before_after_and_diff(db: &Database) {
    schema::install(&db.db).await.unwrap();
    for (changes, before, after, diff) in [
        (
            json!({"phone": {"before_is": "redacted", "after": null}, "role": {"before": "user", "after": "admin"}}),
            json!({"role": "user"}),
            json!({"phone": null, "role": "admin"}),
            json!([
                {"field": "phone", "before_is": "redacted", "after": null},
                {"field": "role", "before": "user", "after": "admin"},
            ]),
        ),
        (
            json!({"a": {"after": {"x": [1, 2.5, null, true, "\"'\\/ {"]}}, "größe": {"after": "9007199254740993"}, "type": {"after": ""}, "z": {"after": -1}}),
            json!({}),
            json!({"a": {"x": [1, 2.5, null, true, "\"'\\/ {"]}, "größe": "9007199254740993", "type": "", "z": -1}),
            json!([
                {"field": "a", "after": {"x": [1, 2.5, null, true, "\"'\\/ {"]}},
                {"field": "größe", "after": "9007199254740993"},
                {"field": "type", "after": ""},
                {"field": "z", "after": -1},
            ]),
        ),
        (
            json!({"before": {"before": false}, "field": {"before": {"before": 1, "field": 2}}, "🦀": {"before": []}}),
            json!({"before": false, "field": {"before": 1, "field": 2}, "🦀": []}),
            json!({}),
            json!([
                {"field": "before", "before": false},
                {"field": "field", "before": {"before": 1, "field": 2}},
                {"field": "🦀", "before": []},
            ]),
        ),
        (json!({}), json!({}), json!({}), json!([])),
        // Longer than what an aggregate may be on MariaDB by default.
        (
            json!({"text": {"before": "x".repeat(1 << 21)}}),
            json!({"text": "x".repeat(1 << 21)}),
            json!({}),
            json!([{"field": "text", "before": "x".repeat(1 << 21)}]),
        ),
    ] {
        let entry = insert(&db.db, Some(changes)).await;
        assert!(
            view(db, entry.id).await == [Some(before), Some(after), Some(diff)],
            "{:?}",
            view(db, entry.id).await
        );
    }
    let entry = insert(&db.db, None).await;
    assert_eq!(view(db, entry.id).await, [None, None, None]);
}

async fn the_view_survives_what_is_not_changes(db: &Database) {
    schema::install(&db.db).await.unwrap();
    for changes in [
        "[1]",
        "7",
        "\"before\"",
        "null",
        "{\"role\":\"before\"}",
        "{\"role\":{}}",
    ] {
        db.execute(&format!(
            "INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp, changes)
             VALUES (1, 1, '{CHANGESET}', 'UPDATE', 'SUCCESS', 'Admin', '7', '2026-11-23 09:19:08', '{changes}')"
        ).replace(CHANGESET, if db.backend() == DbBackend::Postgres { CHANGESET } else { "0123456789abcdef" }))
        .await;
    }
    let rows: Vec<String> = column(db, "SELECT action AS value FROM audit_entries WHERE coalesce(before, after, diff) IS NOT NULL OR id > 0").await;
    assert_eq!(rows.len(), 6);
}

async fn the_schema_is_frozen(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let description = description(db).await;
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(golden_file(db), &description).unwrap();
    }
    assert_eq!(description, golden(db));
}

async fn recorded_at_is_utc_by_the_databases_clock(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let session: &[&str] = match db.backend() {
        DbBackend::Postgres => &["SET TIME ZONE '+05:30'"],
        DbBackend::MySql => &[
            "SET time_zone = '+05:30'",
            "SET time_zone = '+05:30', timestamp = 1",
        ],
        _ => &["SELECT 1"],
    };
    let db = db
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    for setting in session {
        db.execute_unprepared(setting).await.unwrap();
        let entry = insert(&db, None).await;
        let age = Utc::now() - entry.recorded_at;
        assert!(
            age.abs() < TimeDelta::minutes(1),
            "{setting}: {}",
            entry.recorded_at
        );
    }
    if db.get_database_backend() == DbBackend::MySql {
        let zone = Statement::from_string(DbBackend::MySql, "SELECT @@SESSION.time_zone AS value");
        let zone: String = db
            .query_one_raw(zone)
            .await
            .unwrap()
            .unwrap()
            .try_get("", "value")
            .unwrap();
        assert_eq!(zone, "+05:30");

        let forged = audit_log::ActiveModel {
            recorded_at: Set(DateTime::UNIX_EPOCH),
            ..entry(None)
        };
        let entry = forged.insert(&db).await.unwrap();
        assert_ne!(entry.recorded_at, DateTime::UNIX_EPOCH);
    }
}

async fn identities_compare_by_bytes(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let identities = ["abc", "ABC", "abc ", "äbc", "a\u{308}bc", "🦀", "🦞"];
    for identity in identities {
        let identity = || Set(identity.to_owned());
        let some_identity = || Set(Some(identity().unwrap()));
        audit_log::ActiveModel {
            tenant: some_identity(),
            service: some_identity(),
            entity_type: some_identity(),
            entity_id: some_identity(),
            action: identity(),
            actor_kind: identity(),
            actor_id: identity(),
            on_behalf_of: some_identity(),
            session_id: some_identity(),
            request_id: some_identity(),
            trace_id: some_identity(),
            ..entry(None)
        }
        .insert(&db.db)
        .await
        .unwrap();
    }
    use audit_log::Column::*;
    for column in [
        Tenant, Service, EntityType, EntityId, Action, ActorKind, ActorId, OnBehalfOf, SessionId,
        RequestId, TraceId,
    ] {
        for identity in identities {
            let found = audit_log::Entity::find()
                .filter(column.eq(identity))
                .count(&db.db)
                .await
                .unwrap();
            assert_eq!(found, 1, "{column:?} {identity:?}");
        }
    }
    let ordered = audit_log::Entity::find()
        .order_by_asc(ActorId)
        .all(&db.db)
        .await
        .unwrap();
    let mut by_bytes = identities;
    by_bytes.sort_unstable();
    assert!(
        ordered
            .iter()
            .map(|entry| entry.actor_id.as_str())
            .eq(by_bytes)
    );
}

async fn an_entry_reads_back_as_written(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let text = |length| Set(Some("🦀".repeat(length)));
    let written = audit_log::ActiveModel {
        tenant: text(64),
        service: text(64),
        entity_type: text(64),
        entity_id: text(512),
        entity_label: text(255),
        actor_name: text(255),
        on_behalf_of: text(320),
        ip: text(45),
        user_agent: text(512),
        session_id: text(128),
        request_id: text(128),
        trace_id: text(64),
        reason: text(1024),
        reverts: Set(Some(i64::MAX)),
        metadata: Set(Some(
            json!({"attempts": 3, "name": "größe 🦀 \"\\", "none": null}),
        )),
        ..entry(Some(json!({"role": {"before": "user", "after": "admin"}})))
    };
    let inserted = written.clone().insert(&db.db).await.unwrap();
    let found = audit_log::Entity::find_by_id(1)
        .one(&db.db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found, inserted);
    assert_eq!(found.changeset_id, Uuid::parse_str(CHANGESET).unwrap());
    assert_eq!(
        found.timestamp.to_rfc3339(),
        "2026-11-23T09:19:08.123456+00:00"
    );

    let expected = audit_log::ActiveModel {
        id: Set(1),
        recorded_at: Set(found.recorded_at),
        ..written
    };
    assert_eq!(found, audit_log::Model::try_from(expected).unwrap());

    let transaction = db.db.begin().await.unwrap();
    assert_eq!(
        audit_log::Entity::find().count(&transaction).await.unwrap(),
        1
    );
}

const CHANGESET: &str = "019aafe2-0c5b-7c6f-8f3e-0123456789ab";

fn entry(changes: Option<Json>) -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        id: NotSet,
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(Uuid::parse_str(CHANGESET).unwrap()),
        action: Set("UPDATE".to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("Admin".to_owned()),
        actor_id: Set("7".to_owned()),
        timestamp: Set("2026-11-23T09:19:08.123456Z".parse().unwrap()),
        changes: Set(changes),
        ..Default::default()
    }
}

async fn insert<C: ConnectionTrait>(db: &C, changes: Option<Json>) -> audit_log::Model {
    entry(changes).insert(db).await.unwrap()
}

async fn entries<C: ConnectionTrait>(db: &C) -> u64 {
    audit_log::Entity::find().count(db).await.unwrap()
}

async fn versions(db: &Database) -> Vec<i32> {
    column(db, "SELECT version AS value FROM audit_log_version").await
}

/// `before`, `after` and `diff` of an entry.
async fn view(db: &Database, id: i64) -> [Option<Json>; 3] {
    let columns = match db.backend() {
        DbBackend::Postgres => "before::text, after::text, diff::text",
        _ => "`before`, `after`, `diff`",
    };
    let sql = format!("SELECT {columns} FROM audit_entries WHERE id = {id}");
    let row = db
        .db
        .query_one_raw(Statement::from_string(db.backend(), sql))
        .await
        .unwrap()
        .unwrap();
    ["before", "after", "diff"].map(|column| {
        let text: Option<String> = row.try_get("", column).unwrap();
        text.map(|text| serde_json::from_str(&text).unwrap())
    })
}

/// The column `value` of every row.
async fn column<T: TryGetable>(db: &Database, sql: &str) -> Vec<T> {
    let rows = db
        .db
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.try_get("", "value").unwrap())
        .collect()
}

/// Columns, indexes and triggers as the catalog tells them, a line each.
async fn description(db: &Database) -> String {
    let sql = match db.backend() {
        DbBackend::Postgres => include_str!("golden/schema_postgres.sql"),
        DbBackend::MySql => include_str!("golden/schema_mysql.sql"),
        _ => include_str!("golden/schema_sqlite.sql"),
    };
    column::<String>(db, sql)
        .await
        .into_iter()
        .map(|line| line + "\n")
        .collect()
}

fn golden(db: &Database) -> String {
    fs::read_to_string(golden_file(db)).unwrap()
}

fn golden_file(db: &Database) -> impl AsRef<Path> {
    let backend = match db.backend() {
        DbBackend::Postgres => "postgres",
        DbBackend::MySql => "mysql",
        _ => "sqlite",
    };
    format!(
        "{}/it/golden/schema_{backend}.txt",
        env!("CARGO_MANIFEST_DIR")
    )
}

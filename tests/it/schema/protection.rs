//! A log whose triggers or columns were changed.

use audit_runtime::{Error, audit_log, schema};
use sea_orm::{ConnectionTrait, DbBackend, Schema};

use super::{column, entries, insert};
use crate::backend::{Database, Server, on_every_backend};

on_every_backend!(
    triggers_are_created_again,
    a_trigger_that_cannot_be_created_is_told,
    a_table_of_schema_sync_is_refused_untouched,
    a_changed_column_is_refused_by_name,
    statements_run_again_after_a_column_was_added,
);

/// Statements that each remove a protection.
pub(super) fn attacks(backend: DbBackend) -> Vec<&'static str> {
    match backend {
        DbBackend::Postgres => vec![
            "DROP TRIGGER audit_log_append_only ON audit_log",
            "DROP TRIGGER audit_log_no_truncate ON audit_log",
            "ALTER TABLE audit_log DISABLE TRIGGER audit_log_append_only",
            "ALTER TABLE audit_log DISABLE TRIGGER ALL",
            "ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only",
            "ALTER TABLE audit_log ENABLE REPLICA TRIGGER audit_log_no_truncate",
            "CREATE OR REPLACE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN RETURN coalesce(NEW, OLD); END'",
            "CREATE OR REPLACE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
             FOR EACH ROW WHEN (false) EXECUTE FUNCTION audit_log_append_only()",
            "CREATE OR REPLACE TRIGGER audit_log_append_only BEFORE UPDATE ON audit_log
             FOR EACH ROW EXECUTE FUNCTION audit_log_append_only()",
            "CREATE OR REPLACE TRIGGER audit_log_append_only BEFORE UPDATE OF tenant OR DELETE ON audit_log
             FOR EACH ROW EXECUTE FUNCTION audit_log_append_only()",
        ],
        DbBackend::MySql => vec![
            "DROP TRIGGER audit_log_no_update",
            "DROP TRIGGER audit_log_no_delete",
            "DROP TRIGGER audit_log_recorded_at",
            "DROP TRIGGER audit_log_no_delete;
             CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log FOR EACH ROW SET @gone = OLD.id",
            "DROP TRIGGER audit_log_no_delete;
             CREATE TRIGGER audit_log_no_delete AFTER DELETE ON audit_log FOR EACH ROW
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: DELETE refused'",
        ],
        _ => vec![
            "DROP TRIGGER audit_log_no_update",
            "DROP TRIGGER audit_log_no_delete",
            "DROP TRIGGER audit_log_no_replace",
            "DROP TRIGGER audit_log_no_delete;
             CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT 1; END",
            "DROP TRIGGER audit_log_no_delete;
             CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log WHEN false
             BEGIN SELECT RAISE(ABORT, 'audit_log is append-only: DELETE refused'); END",
        ],
    }
}

async fn triggers_are_created_again(db: &Database) {
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    let as_created = triggers(db).await;
    for attack in attacks(db.backend()) {
        run(attack, db).await;
        assert_ne!(triggers(db).await, as_created, "{attack}");
        schema::install(&db.db).await.unwrap();
        assert_eq!(triggers(db).await, as_created, "{attack}");
        for change in ["UPDATE audit_log SET kind = 2", "DELETE FROM audit_log"] {
            let refused = db.db.execute_unprepared(change).await;
            assert!(refused.is_err(), "{attack}: {change}");
        }
    }
    assert_eq!(entries(&db.db).await, 1);
}

pub(super) async fn run(attack: &str, db: &Database) {
    for statement in attack.split(";\n") {
        db.execute(statement).await;
    }
}

/// An account that may not create what is missing gets an error each time, and changes nothing.
async fn a_trigger_that_cannot_be_created_is_told(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let reader = db
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let only_reads = match db.backend() {
        DbBackend::Postgres => "SET default_transaction_read_only = on",
        DbBackend::MySql => "SET SESSION TRANSACTION READ ONLY",
        _ => "PRAGMA query_only = ON",
    };
    reader.execute_unprepared(only_reads).await.unwrap();
    for attack in attacks(db.backend()) {
        schema::install(&reader).await.unwrap();
        run(attack, db).await;
        let left = triggers(db).await;
        for _ in 0..2 {
            assert_not_append_only(schema::install(&reader).await, attack);
        }
        assert_eq!(triggers(db).await, left, "{attack}");
        schema::install(&db.db).await.unwrap();
    }
}

/// Asserts that the error names the triggers that the attack has changed.
#[track_caller]
pub(super) fn assert_not_append_only(refused: Result<(), Error>, attack: &str) -> String {
    let Err(refused) = refused else {
        panic!("{attack}: it is append-only")
    };
    let message = refused.to_string();
    let Error::NotAppendOnly { triggers, source } = refused else {
        panic!("{attack}: {refused:?}")
    };
    let is_of_both =
        attack.contains("TRIGGER ALL") || attack.starts_with("CREATE OR REPLACE FUNCTION");
    let expected: &[&str] = match attack {
        _ if is_of_both => &["audit_log_append_only", "audit_log_no_truncate"],
        _ => &[attack
            .split_whitespace()
            .find(|word| word.starts_with("audit_log_"))
            .unwrap()
            .trim_end_matches(';')],
    };
    assert_eq!(triggers, expected, "{attack}");
    assert!(message.contains(expected[0]), "{message}");
    source.code().unwrap_or_default().to_owned()
}

/// The log's triggers according to the catalog.
pub(super) async fn triggers(db: &Database) -> Vec<String> {
    let catalog = match db.backend() {
        DbBackend::Postgres => {
            "SELECT concat_ws(' ', pg_get_triggerdef(pg_trigger.oid), tgenabled, prosrc) AS value
             FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
             WHERE tgrelid = 'audit_log'::regclass ORDER BY tgname"
        }
        DbBackend::MySql => {
            "SELECT CAST(concat_ws(' ', trigger_name, action_timing, event_manipulation, action_statement) AS char)
             AS `value` FROM information_schema.triggers
             WHERE event_object_schema = DATABASE() ORDER BY trigger_name"
        }
        _ => "SELECT sql AS value FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    };
    column(db, catalog).await
}

async fn a_table_of_schema_sync_is_refused_untouched(db: &Database) {
    let table = Schema::new(db.backend()).create_table_from_entity(audit_log::Entity);
    db.db.execute(&table).await.unwrap();
    let refused = schema::install(&db.db).await.unwrap_err();
    let Error::DifferentColumns { differences } = &refused else {
        panic!("{refused}")
    };
    let names_recorded_at = |difference: &String| difference.starts_with("`recorded_at` ");
    assert!(differences.iter().any(names_recorded_at), "{refused}");
    assert!(triggers(db).await.is_empty());
}

/// Statements that each change a column, and the name of the column. On SQLite, no column can be changed.
fn changed_columns(server: Server) -> Vec<(&'static str, &'static str)> {
    match server {
        Server::Postgres => vec![
            (
                "ALTER TABLE audit_log ALTER COLUMN changes TYPE json",
                "changes",
            ),
            (
                "ALTER TABLE audit_log ALTER COLUMN reason TYPE text",
                "reason",
            ),
            (
                "ALTER TABLE audit_log ALTER COLUMN recorded_at DROP DEFAULT",
                "recorded_at",
            ),
            ("ALTER TABLE audit_log ALTER COLUMN id DROP IDENTITY", "id"),
            (
                "ALTER TABLE audit_log ALTER COLUMN tenant SET NOT NULL",
                "tenant",
            ),
            (
                r#"ALTER TABLE audit_log ALTER COLUMN actor_id TYPE varchar(255) COLLATE "default""#,
                "actor_id",
            ),
        ],
        Server::MySql | Server::MariaDb | Server::NewerMariaDb => vec![
            (
                "ALTER TABLE audit_log MODIFY format integer NOT NULL",
                "format",
            ),
            (
                "ALTER TABLE audit_log MODIFY recorded_at datetime(6) NOT NULL",
                "recorded_at",
            ),
            ("ALTER TABLE audit_log MODIFY id bigint NOT NULL", "id"),
            (
                "ALTER TABLE audit_log MODIFY reverts bigint NOT NULL",
                "reverts",
            ),
            (
                "ALTER TABLE audit_log MODIFY actor_id varchar(255) COLLATE utf8mb4_general_ci NOT NULL",
                "actor_id",
            ),
        ],
        Server::Sqlite => Vec::new(),
    }
}

async fn a_changed_column_is_refused_by_name(db: &Database) {
    for (change, column) in changed_columns(db.server()) {
        schema::install(&db.db).await.unwrap();
        db.execute("DROP VIEW audit_entries").await;
        db.execute(change).await;
        let refused = schema::install(&db.db).await.unwrap_err();
        let Error::DifferentColumns { differences } = &refused else {
            panic!("{change}: {refused}")
        };
        assert_eq!(differences.len(), 1, "{change}: {refused}");
        assert!(
            differences[0].starts_with(&format!("`{column}` ")),
            "{change}: {refused}"
        );
        db.execute("DROP TABLE audit_log").await;
    }
}

async fn statements_run_again_after_a_column_was_added(db: &Database) {
    schema::install(&db.db).await.unwrap();
    db.execute("ALTER TABLE audit_log ADD COLUMN region varchar(8)")
        .await;
    let dialect = schema::Dialect::of(&db.db).await.unwrap();
    for statement in schema::statements(dialect) {
        db.execute(&statement).await;
    }
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    let ids: Vec<i64> = column(db, "SELECT id AS value FROM audit_entries").await;
    assert_eq!(ids.len(), 1);
}

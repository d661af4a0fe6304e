//! The doctor on SQLite, where the file's owner can do anything.

use audit_runtime::schema::{
    self, GuardMode,
    doctor::{Code, Severity},
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::{
    audited, codes, doctor, each_is_found, each_is_found_and_mended, healthy, nothing_is_found,
    run_all,
};
use crate::{
    backend::run,
    entities::{entries, install},
};

#[test]
fn each_sabotage_is_found_and_mended() {
    run(DbBackend::Sqlite, async |database| {
        // Settings and temporary tables belong to one connection.
        let db = &database
            .connect(|options| {
                options.max_connections(1);
            })
            .await;
        healthy(db).await;
        each_is_found_and_mended(&doctor(), db, db, &SABOTAGES).await;
        each_is_found(&doctor(), db, db, &WITHOUT_MEND).await;
    });
}

const SABOTAGES: [(&str, Code); 29] = [
    ("DROP TRIGGER audit_log_no_update", Code::LogProtection),
    ("DROP TRIGGER audit_log_no_delete", Code::LogProtection),
    ("DROP TRIGGER audit_log_no_replace", Code::LogProtection),
    (
        "DROP TRIGGER audit_log_no_delete;; CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT 1; END",
        Code::LogProtection,
    ),
    ("DROP INDEX audit_log_entity", Code::LogIndex),
    (
        "DROP INDEX audit_log_entity;; CREATE INDEX audit_log_entity ON audit_log (tenant)",
        Code::LogIndex,
    ),
    (
        "DROP INDEX audit_log_action_not_update;; CREATE INDEX audit_log_action_not_update ON audit_log (action, id)",
        Code::LogIndex,
    ),
    (
        "CREATE INDEX audit_log_action ON audit_log (action, id)",
        Code::LogIndex,
    ),
    (
        "CREATE TRIGGER others AFTER INSERT ON audit_log BEGIN SELECT 1; END",
        Code::LogTrigger,
    ),
    (
        "CREATE TEMPORARY TRIGGER others BEFORE INSERT ON main.audit_log BEGIN SELECT RAISE(IGNORE); END",
        Code::LogTrigger,
    ),
    (
        "CREATE TEMPORARY TABLE audit_log (id integer)",
        Code::LogHidden,
    ),
    (
        "CREATE TEMPORARY VIEW audit_log AS SELECT 1",
        Code::LogHidden,
    ),
    ("DROP VIEW audit_entries", Code::LogMissing),
    (
        "DROP VIEW audit_entries;; CREATE VIEW audit_entries AS SELECT 1 AS id",
        Code::LogForeign,
    ),
    ("DROP TABLE audit_log_version", Code::LogMissing),
    ("DROP INDEX audit_log_actor", Code::LogIndex),
    ("DROP TRIGGER audit_guard_users_update", Code::GuardChanged),
    (
        "DROP TRIGGER audit_guard_users_delete;; CREATE TRIGGER audit_guard_users_delete AFTER DELETE ON users BEGIN SELECT 1; END",
        Code::GuardChanged,
    ),
    ("DROP TRIGGER audit_guard_settle", Code::GuardChanged),
    (
        "DROP TRIGGER audit_guard_unmarked;; CREATE TRIGGER audit_guard_unmarked AFTER DELETE ON audit_guard_mark BEGIN SELECT 1; END",
        Code::GuardChanged,
    ),
    (
        "DROP TRIGGER audit_guard_never_is_empty;; INSERT INTO audit_guard_never VALUES (1)",
        Code::GuardChanged,
    ),
    (
        "DROP TRIGGER audit_guard_never_is_empty;; CREATE TRIGGER audit_guard_never_is_empty BEFORE INSERT ON audit_guard_never BEGIN SELECT 1; END",
        Code::GuardChanged,
    ),
    (
        "DROP TRIGGER audit_guard_orders_insert;; DROP TRIGGER audit_guard_orders_update;; DROP TRIGGER audit_guard_orders_move;; DROP TRIGGER audit_guard_orders_delete",
        Code::GuardMissing,
    ),
    (
        "ALTER TABLE documents RENAME TO old_documents;; CREATE TABLE documents (id text PRIMARY KEY, title text, revision integer)",
        Code::GuardMissing,
    ),
    (
        "CREATE TEMPORARY TRIGGER others AFTER INSERT ON main.audit_log BEGIN SELECT 1; END",
        Code::LogTrigger,
    ),
    ("PRAGMA writable_schema = ON", Code::Setting),
    ("PRAGMA foreign_keys = OFF", Code::Setting),
    ("PRAGMA synchronous = OFF", Code::Durability),
    ("PRAGMA ignore_check_constraints = ON", Code::Setting),
];

/// Each with the statement that undoes it.
const WITHOUT_MEND: [(&str, &str, Code); 4] = [
    (
        "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL);; UPDATE audit_guard_pending SET recorded_at = '2000'",
        "DELETE FROM users;; DELETE FROM audit_guard_pending",
        Code::Notes,
    ),
    (
        "ALTER TABLE documents RENAME TO others",
        "ALTER TABLE others RENAME TO documents",
        Code::TableMissing,
    ),
    (
        "ALTER TABLE documents RENAME COLUMN title TO heading",
        "ALTER TABLE documents RENAME COLUMN heading TO title",
        Code::ColumnMissing,
    ),
    (
        "INSERT INTO audit_log_version VALUES (99)",
        "DELETE FROM audit_log_version WHERE version = 99",
        Code::LogNewer,
    ),
];

/// Rows that were written with foreign keys off, past a guard that refuses.
#[test]
fn what_slipped_through_is_found() {
    run(DbBackend::Sqlite, async |database| {
        let db = &database.db;
        install(db).await.unwrap();
        schema::install_guards(db, &audited(), GuardMode::Enforce)
            .await
            .unwrap();
        let shell = database
            .connect(|options| {
                options.map_sqlx_sqlite_opts(|options| options.foreign_keys(false));
            })
            .await;
        let raw = "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL)";
        db.execute_unprepared(raw).await.unwrap_err();
        shell.execute_unprepared(raw).await.unwrap();
        let report = doctor().examine(db).await.unwrap();
        assert_eq!(codes(&report), [Code::Notes], "{report}");
        assert_eq!(report.severity(), Some(Severity::Warning));
        let text = report.to_string();
        assert!(
            text.ends_with("Mended by: audit_runtime::schema::collect(&db)"),
            "{text}"
        );
        schema::collect(db).await.unwrap();
        nothing_is_found(&doctor(), db, "collected").await;
        assert_eq!(entries(db).await.len(), 1);
    });
}

#[test]
fn a_guard_in_another_mode_or_version_is_found() {
    run(DbBackend::Sqlite, async |database| {
        let db = &database.db;
        healthy(db).await;
        let wanted = doctor().guards(GuardMode::Enforce);
        let report = wanted.examine(db).await.unwrap();
        assert_eq!(codes(&report), [Code::GuardMode], "{report}");
        for finding in report.findings() {
            run_all(db, &finding.mend.join(";;")).await;
        }
        nothing_is_found(&wanted, db, "mended").await;

        for (version, code) in [("0", Code::GuardOutdated), ("99", Code::GuardNewer)] {
            let trigger = "SELECT sql FROM sqlite_master WHERE name = 'audit_guard_users_insert'";
            let trigger = Statement::from_string(DbBackend::Sqlite, trigger);
            let row = db.query_one_raw(trigger).await.unwrap().unwrap();
            let sql: String = row.try_get_by(0).unwrap();
            let other = sql.replace("guard 1, ", &format!("guard {version}, "));
            run_all(
                db,
                &format!("DROP TRIGGER audit_guard_users_insert;; {other}"),
            )
            .await;
            let report = wanted.examine(db).await.unwrap();
            assert_eq!(codes(&report), [code], "{report}");
            run_all(
                db,
                &format!("DROP TRIGGER audit_guard_users_insert;; {sql}"),
            )
            .await;
            nothing_is_found(&wanted, db, version).await;
        }
    });
}

#[test]
fn cascades_into_tables_without_a_guard_are_found() {
    run(DbBackend::Sqlite, async |database| {
        let db = &database.db;
        install(db).await.unwrap();
        let cascading = "DROP TABLE orders;; CREATE TABLE orders (id integer PRIMARY KEY, user_id integer NOT NULL REFERENCES users (id) ON DELETE CASCADE, total integer NOT NULL)";
        run_all(db, cascading).await;
        let doctor = doctor().accept(Code::GuardMissing);
        let report = doctor.examine(db).await.unwrap();
        assert_eq!(codes(&report), [Code::Cascade], "{report}");
        schema::install_guards(db, &audited(), GuardMode::Capture)
            .await
            .unwrap();
        nothing_is_found(&doctor, db, "guarded").await;
    });
}

//! Sabotage of a log and of guards.

use audit_runtime::schema::doctor::Code;
use sea_orm::DbBackend;

use super::super::{GUARD, codes, doctor, each_is_found, each_is_found_and_mended};
use super::{application, gone};
use crate::{backend::run, grants::name};

#[test]
fn each_sabotage_is_found_and_mended() {
    run(DbBackend::Postgres, async |database| {
        let (owner, account, app) = application(database).await;
        let doctor = doctor().guards(GUARD);
        each_is_found_and_mended(&doctor, &database.db, &app, &SABOTAGES).await;
        let of_session = [
            ("SET synchronous_commit = off", Code::Durability),
            ("SET extra_float_digits = 0", Code::Setting),
        ];
        each_is_found_and_mended(&doctor, &app, &app, &of_session).await;
        database
            .execute(&format!(
                "GRANT TEMPORARY ON DATABASE {} TO {account}",
                name(database)
            ))
            .await;
        let hidden = [
            (
                "CREATE TEMPORARY TABLE audit_log (id bigint)",
                Code::LogHidden,
            ),
            (
                "CREATE TEMPORARY VIEW audit_log AS SELECT 1 AS id",
                Code::LogHidden,
            ),
        ];
        each_is_found_and_mended(&doctor, &app, &app, &hidden).await;

        let database_name = name(database);
        for (sabotage, code) in [
            (
                format!("GRANT UPDATE ON audit_log TO {account}"),
                Code::LogRights,
            ),
            (
                format!("GRANT TRIGGER ON audit_log TO {account}"),
                Code::LogRights,
            ),
            (
                format!("GRANT INSERT (recorded_at) ON audit_log TO {account}"),
                Code::LogRights,
            ),
            (
                format!("GRANT pg_write_all_data TO {account}"),
                Code::LogRights,
            ),
            (
                format!("GRANT TEMPORARY ON DATABASE {database_name} TO PUBLIC"),
                Code::TemporaryTables,
            ),
            (
                format!("ALTER DATABASE {database_name} SET synchronous_commit = off"),
                Code::Durability,
            ),
            (
                format!(
                    "ALTER ROLE {account} IN DATABASE {database_name} SET session_replication_role = replica"
                ),
                Code::Setting,
            ),
            (format!("GRANT {owner} TO {account}"), Code::Account),
            (
                format!(
                    "GRANT ALL ON SCHEMA public TO {account};; ALTER TABLE audit_log OWNER TO {account}"
                ),
                Code::Account,
            ),
        ] {
            let sabotage: &'static str = sabotage.leak();
            each_is_found_and_mended(&doctor, &database.db, &app, &[(sabotage, code)]).await;
        }
        app.close().await.unwrap();
        let made = format!("{account}_audit_owner");
        gone(database, &[&account, &owner, &made]).await;
    });
}

const SABOTAGES: [(&str, Code); 29] = [
    ("DROP TRIGGER audit_log_append_only ON audit_log", Code::LogProtection),
    (
        "ALTER TABLE audit_log DISABLE TRIGGER audit_log_no_truncate",
        Code::LogProtection,
    ),
    (
        "ALTER TABLE audit_log ENABLE TRIGGER audit_log_append_only",
        Code::LogProtection,
    ),
    (
        "CREATE OR REPLACE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(NEW, OLD); END'",
        Code::LogProtection,
    ),
    ("DROP INDEX audit_log_actor", Code::LogIndex),
    (
        "DROP INDEX audit_log_entity;; CREATE INDEX audit_log_entity ON audit_log (entity_id)",
        Code::LogIndex,
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'audit_log_action_not_update'::regclass",
        Code::LogIndex,
    ),
    (
        "DROP INDEX audit_log_action_not_update;; CREATE INDEX audit_log_action_not_update ON audit_log (action, id)",
        Code::LogIndex,
    ),
    ("CREATE INDEX audit_log_action ON audit_log (action, id)", Code::LogIndex),
    (
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';;
         CREATE TRIGGER swallow BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION swallow()",
        Code::LogTrigger,
    ),
    (
        "CREATE RULE swallow AS ON INSERT TO audit_log DO INSTEAD NOTHING",
        Code::LogTrigger,
    ),
    ("ALTER TABLE audit_log SET UNLOGGED", Code::LogStorage),
    ("ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY", Code::LogRowSecurity),
    ("ALTER TABLE audit_log ALTER COLUMN id SET CACHE 20", Code::LogIds),
    ("ALTER TABLE audit_log ALTER COLUMN id SET CYCLE", Code::LogIds),
    ("GRANT INSERT ON audit_log TO PUBLIC", Code::LogRights),
    ("GRANT DELETE, TRUNCATE ON audit_log TO PUBLIC", Code::LogRights),
    ("DROP VIEW audit_entries", Code::LogMissing),
    ("DROP TRIGGER audit_guard_update ON users", Code::GuardChanged),
    ("ALTER TABLE users DISABLE TRIGGER audit_guard_insert", Code::GuardChanged),
    ("ALTER TABLE users ENABLE TRIGGER audit_guard_delete", Code::GuardChanged),
    ("ALTER TABLE audit_guard_pending DISABLE TRIGGER audit_guard_settle", Code::GuardChanged),
    (
        "CREATE OR REPLACE FUNCTION audit_guard_users_update() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        Code::GuardChanged,
    ),
    (
        "ALTER FUNCTION audit_guard_users_update() SECURITY INVOKER",
        Code::GuardChanged,
    ),
    (
        "ALTER FUNCTION audit_guard_users_update() RESET search_path",
        Code::GuardChanged,
    ),
    (
        "DROP TRIGGER audit_guard_insert ON users;; DROP TRIGGER audit_guard_update ON users;;
         DROP TRIGGER audit_guard_delete ON users;; DROP TRIGGER audit_guard_truncate ON users",
        Code::GuardMissing,
    ),
    (
        "ALTER TABLE documents RENAME TO old_documents;; CREATE TABLE documents (LIKE old_documents INCLUDING ALL)",
        Code::GuardMissing,
    ),
    ("ALTER TABLE users ALTER COLUMN logins TYPE bigint", Code::ColumnType),
    (
        "DO $$ BEGIN EXECUTE regexp_replace(pg_get_functiondef('audit_guard_users_insert()'::regprocedure),
            'audit-runtime guard [0-9]+', 'audit-runtime guard 0'); END $$",
        Code::GuardOutdated,
    ),
];

#[test]
fn what_no_statement_mends_is_found() {
    run(DbBackend::Postgres, async |database| {
        let (owner, account, app) = application(database).await;
        each_is_found(&doctor(), &database.db, &app, &WITHOUT_MEND).await;

        // A superuser bypasses all of these checks, and gets a single finding.
        let report = doctor().examine(&database.db).await.unwrap();
        assert_eq!(codes(&report), [Code::Account], "{report}");
        assert_eq!(report.findings().len(), 1, "{report}");
        let by_owner = doctor().by_owner();
        let report = by_owner.examine(&database.db).await.unwrap();
        assert!(report.findings().is_empty(), "{report}");
        app.close().await.unwrap();
        gone(database, &[&account, &owner]).await;
    });
}

/// Each with the statement that undoes it.
const WITHOUT_MEND: [(&str, &str, Code); 6] = [
    (
        "ALTER TABLE audit_log ALTER COLUMN tenant SET NOT NULL",
        "ALTER TABLE audit_log ALTER COLUMN tenant DROP NOT NULL",
        Code::LogColumns,
    ),
    (
        "INSERT INTO audit_log_version VALUES (99)",
        "DELETE FROM audit_log_version WHERE version = 99",
        Code::LogNewer,
    ),
    (
        "ALTER TABLE documents RENAME TO others",
        "ALTER TABLE others RENAME TO documents",
        Code::TableMissing,
    ),
    (
        "ALTER TABLE documents RENAME title TO heading",
        "ALTER TABLE documents RENAME heading TO title",
        Code::ColumnMissing,
    ),
    (
        "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';;
         CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch()",
        "DROP EVENT TRIGGER watch",
        Code::EventTrigger,
    ),
    (
        "DO $$ BEGIN EXECUTE regexp_replace(pg_get_functiondef('audit_guard_users_insert()'::regprocedure),
            'audit-runtime guard [0-9]+', 'audit-runtime guard 99'); END $$",
        "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('audit_guard_users_insert()'::regprocedure),
            'audit-runtime guard 99', 'audit-runtime guard 1'); END $$",
        Code::GuardNewer,
    ),
];

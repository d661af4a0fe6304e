//! The doctor on MySQL and MariaDB, with the account of the log's owner and with an application's.

mod rights;

use audit_runtime::schema::{
    Dialect, Roles,
    doctor::{Code, Doctor},
    grants,
};

use sea_orm::DatabaseConnection;

use super::{codes, doctor, each_is_found_and_mended, healthy};
use crate::{
    backend::{Database, on_mysql_and_mariadb, patient},
    grants::{name, url_of},
};

on_mysql_and_mariadb!(
    each_sabotage_is_found_and_mended,
    an_application_is_told_what_it_does_not_see,
    a_definer_that_is_gone_is_found
);

/// The test servers run without durability.
fn by_owner() -> Doctor {
    doctor().by_owner().accept(Code::Durability)
}

async fn each_sabotage_is_found_and_mended(database: &Database) {
    // Settings and temporary tables belong to one connection.
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    healthy(db).await;
    each_is_found_and_mended(&by_owner(), db, db, &SABOTAGES).await;
}

const SABOTAGES: [(&str, Code); 24] = [
    ("DROP TRIGGER audit_log_no_update", Code::LogProtection),
    ("DROP TRIGGER audit_log_no_delete", Code::LogProtection),
    ("DROP TRIGGER audit_log_recorded_at", Code::LogProtection),
    (
        "DROP TRIGGER audit_log_no_delete;; CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log FOR EACH ROW SET @gone = OLD.id",
        Code::LogProtection,
    ),
    ("DROP INDEX audit_log_entity ON audit_log", Code::LogIndex),
    (
        "DROP INDEX audit_log_actor ON audit_log;; CREATE INDEX audit_log_actor ON audit_log (tenant)",
        Code::LogIndex,
    ),
    (
        "CREATE TRIGGER others AFTER INSERT ON audit_log FOR EACH ROW SET @seen = NEW.id",
        Code::LogTrigger,
    ),
    (
        "CREATE TEMPORARY TABLE audit_log (id bigint)",
        Code::LogHidden,
    ),
    ("DROP VIEW audit_entries", Code::LogMissing),
    ("DROP TABLE audit_log_version", Code::LogMissing),
    (
        "ALTER TABLE users MODIFY logins bigint NOT NULL",
        Code::ColumnType,
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT cascading FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE",
        Code::Cascade,
    ),
    (
        "DROP INDEX audit_log_changeset ON audit_log",
        Code::LogIndex,
    ),
    ("DROP TRIGGER audit_guard_users_update", Code::GuardChanged),
    (
        "DROP TRIGGER audit_guard_users_delete;; CREATE TRIGGER audit_guard_users_delete AFTER DELETE ON users FOR EACH ROW SET @gone = OLD.id",
        Code::GuardChanged,
    ),
    ("DROP TRIGGER audit_guard_settle", Code::GuardChanged),
    (
        "DROP TRIGGER audit_guard_settle;; CREATE TRIGGER audit_guard_settle AFTER INSERT ON audit_log FOR EACH ROW DELETE FROM audit_guard_pending",
        Code::GuardChanged,
    ),
    ("DROP PROCEDURE audit_guard_move", Code::GuardChanged),
    (
        "DROP PROCEDURE audit_guard_collect;; CREATE PROCEDURE audit_guard_collect(IN `changeset` binary(16), IN `after` bigint, IN `most` bigint, OUT `moved` bigint) BEGIN SET moved = 0; END",
        Code::GuardChanged,
    ),
    (
        "DROP TRIGGER audit_guard_orders_insert;; DROP TRIGGER audit_guard_orders_update;; DROP TRIGGER audit_guard_orders_delete",
        Code::GuardMissing,
    ),
    (
        "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL);; UPDATE audit_guard_pending SET recorded_at = '2000-01-01'",
        Code::Notes,
    ),
    ("SET SESSION sql_mode = ''", Code::Setting),
    ("SET SESSION foreign_key_checks = 0", Code::Setting),
    ("SET SESSION autocommit = 0", Code::Setting),
];

async fn an_application_is_told_what_it_does_not_see(database: &Database) {
    let (shop, account) = (name(database), writer(database).await);
    let app = connect(database, &account).await;
    let doctor = by_application();
    let report = doctor.examine(&app).await.unwrap();
    assert_eq!(codes(&report), [Code::Unseen], "{report}");
    assert!(report.is_healthy());
    nothing_but_rights(database, &account, &[]).await;
    for right in ["UPDATE (action) ON audit_log", "DELETE ON audit_log"] {
        database
            .execute(&format!("GRANT {right} TO {account}"))
            .await;
        let report = doctor.examine(&app).await.unwrap();
        assert_eq!(codes(&report), [Code::LogRights, Code::Unseen], "{report}");
        nothing_but_rights(database, &account, &[Code::LogRights]).await;
        for statement in &report.findings()[0].mend {
            database.execute(statement).await;
        }
        nothing_but_rights(database, &account, &[]).await;
    }
    // Also the right to drop a table, because `TRUNCATE` fires no trigger.
    database
        .execute(&format!("GRANT DROP ON {shop}.* TO {account}"))
        .await;
    nothing_but_rights(database, &account, &[Code::LogRights]).await;
    database.execute(&format!("DROP USER {account}")).await;
}

/// Creates an account that may write to the healthy log and to the tables.
async fn writer(database: &Database) -> String {
    let dialect = Dialect::of(&database.db).await.unwrap();
    healthy(&database.db).await;
    let (shop, account) = (name(database), account(database));
    database.execute(&format!("CREATE USER {account}")).await;
    for table in ["users", "orders", "documents"] {
        database
            .execute(&format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON {shop}.{table} TO {account}"
            ))
            .await;
    }
    for grant in grants(dialect, &Roles::new().writer(&account)) {
        database.execute(&grant).await;
    }
    account
}

async fn connect(database: &Database, account: &str) -> DatabaseConnection {
    let options = patient(url_of(database, account));
    sea_orm::Database::connect(options).await.unwrap()
}

fn by_application() -> Doctor {
    doctor().accept(Code::Durability).accept(Code::GuardMissing)
}

/// Asserts the owner's findings.
async fn nothing_but_rights(database: &Database, account: &str, expected: &[Code]) {
    let report = by_owner().examine(&database.db).await.unwrap();
    assert_eq!(codes(&report), expected, "{report}");
    for finding in report.findings() {
        assert!(finding.object.contains(account), "{finding}");
    }
}

async fn a_definer_that_is_gone_is_found(database: &Database) {
    let db = &database.db;
    healthy(db).await;
    let account = account(database);
    let body =
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_log is append-only: DELETE refused'";
    for statement in [
        format!("CREATE USER {account}"),
        "DROP TRIGGER audit_log_no_delete".to_owned(),
        format!(
            "CREATE DEFINER = {account} TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log FOR EACH ROW {body}"
        ),
        format!("DROP USER {account}"),
    ] {
        database.execute(&statement).await;
    }
    let report = by_owner().examine(db).await.unwrap();
    assert_eq!(codes(&report), [Code::Definer], "{report}");
    for statement in &report.findings()[0].mend {
        database.execute(statement).await;
    }
    super::nothing_is_found(&by_owner(), db, "mended").await;
}

fn account(database: &Database) -> String {
    format!("app_{}", &name(database)["audit_test_".len()..])
}

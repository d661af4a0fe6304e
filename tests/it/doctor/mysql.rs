//! On MySQL and MariaDB, by the account that owns the log and by an application's.

use audit_runtime::schema::{
    Dialect, Roles,
    doctor::{Code, Doctor},
    grants,
};

use sea_orm::DatabaseConnection;

use super::{codes, doctor, each_is_found_and_mended, healthy, run_all};
use crate::{
    backend::{Database, Server, on_mysql_and_mariadb, patient},
    grants::{name, url_of},
};

on_mysql_and_mariadb!(
    each_sabotage_is_found_and_mended,
    an_application_is_told_what_it_does_not_see,
    rights_through_roles_are_found,
    rights_of_everybody_are_found,
    a_definer_that_is_gone_is_found,
);

/// The servers of the tests need not survive a crash.
fn by_owner() -> Doctor {
    doctor().by_owner().accept(Code::Durability)
}

async fn each_sabotage_is_found_and_mended(database: &Database) {
    // Settings and temporary tables are of one connection.
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
    // Even what drops a table: `TRUNCATE` fires no trigger.
    database
        .execute(&format!("GRANT DROP ON {shop}.* TO {account}"))
        .await;
    nothing_but_rights(database, &account, &[Code::LogRights]).await;
    database.execute(&format!("DROP USER {account}")).await;
}

/// A right of a role, or of a role's role, whether it is taken on or not.
async fn rights_through_roles_are_found(database: &Database) {
    let (shop, account) = (name(database), writer(database).await);
    let [role, nested] = ["role", "nested"].map(|kind| format!("{kind}_{account}"));
    for statement in [
        format!("CREATE ROLE {role}"),
        format!("CREATE ROLE {nested}"),
        format!("GRANT {nested} TO {role}"),
    ] {
        database.execute(&statement).await;
    }
    let is_mysql = database.server() == Server::MySql;
    let log = format!("{shop}.audit_log");
    for (holder, right) in [
        (&role, format!("UPDATE (action) ON {log}")),
        (&role, format!("DROP ON {shop}.*")),
        (&role, format!("ALL ON {shop}.*")),
        (&nested, format!("DELETE ON {log}")),
        (&nested, format!("INSERT (id, recorded_at) ON {log}")),
        (&nested, format!("UPDATE ON {shop}.*")),
        (&nested, format!("ALL ON {log}")),
    ] {
        for is_default in [false, true] {
            database
                .execute(&format!("GRANT {role} TO {account}"))
                .await;
            let (default, to) = (
                if is_default { &*role } else { "NONE" },
                if is_mysql { "TO" } else { "FOR" },
            );
            let default = format!("SET DEFAULT ROLE {default} {to} {account}");
            database.execute(&default).await;
            database
                .execute(&format!("GRANT {right} TO {holder}"))
                .await;
            // A session goes by the rights that it began with.
            let app = connect(database, &account).await;
            let report = by_application().examine(&app).await.unwrap();
            if is_mysql || is_default {
                let findings = report.findings().iter();
                let seen = findings.filter(|found| found.code != Code::Unseen);
                let [found] = *seen.collect::<Vec<_>>() else {
                    panic!("{right}: {report}")
                };
                assert_eq!(found.code, Code::LogRights, "{right}: {report}");
                assert!(
                    found.what.starts_with("gives this account the right"),
                    "{found}"
                );
                let named = if is_mysql { &role } else { holder };
                assert!(found.object.contains(&**named), "{right}: {found}");
                run_all(&database.db, &found.mend.join(";;")).await;
                let report = by_application().examine(&app).await.unwrap();
                assert!(report.is_healthy(), "{right}: {report}");
            } else {
                // MariaDB does not show it.
                assert_eq!(codes(&report), [Code::Unseen], "{right}: {report}");
                let mut findings = report.findings().iter();
                assert!(
                    findings.any(|found| found.object.contains(&*role)),
                    "{report}"
                );
            }
            // What was mended by taking the role away is still the role's.
            let report = by_owner().examine(&database.db).await.unwrap();
            let is_mended = is_default && !is_mysql;
            let expected: &[_] = if is_mended { &[] } else { &[Code::LogRights] };
            assert_eq!(codes(&report), expected, "{right}: {report}");
            for found in report.findings() {
                assert!(found.object.contains(&**holder), "{right}: {found}");
                run_all(&database.db, &found.mend.join(";;")).await;
            }
            super::nothing_is_found(&by_owner(), &database.db, &right).await;
            app.close().await.unwrap();
        }
    }
    database.execute(&format!("DROP USER {account}")).await;
    database
        .execute(&format!("DROP ROLE {role}, {nested}"))
        .await;
}

/// By a role that MySQL's `mandatory_roles` gives to every account, or by MariaDB's PUBLIC.
async fn rights_of_everybody_are_found(database: &Database) {
    let account = writer(database).await;
    let app = connect(database, &account).await;
    let everybody = match database.server() {
        Server::MySql => format!("mandatory_{account}"),
        _ => "PUBLIC".to_owned(),
    };
    let grant = format!(
        "GRANT DELETE ON {}.audit_log TO {everybody}",
        name(database)
    );
    let report = if database.server() == Server::MySql {
        // It is a setting of the server: one test at a time changes it.
        let server = database
            .connect(|options| {
                options.max_connections(1);
            })
            .await;
        run_all(
            &server,
            &format!(
                "CREATE ROLE {everybody};; {grant};; DO GET_LOCK('audit_test_mandatory_roles', 120);;
                 SET @before = @@GLOBAL.mandatory_roles;;
                 SET GLOBAL mandatory_roles = '{everybody}'"
            ),
        )
        .await;
        let report = by_application().examine(&app).await;
        run_all(
            &server,
            &format!(
                "SET GLOBAL mandatory_roles = @before;; DO RELEASE_LOCK('audit_test_mandatory_roles');;
                 DROP ROLE {everybody}"
            ),
        )
        .await;
        report.unwrap()
    } else {
        database.execute(&grant).await;
        let report = by_application().examine(&app).await;
        let by_owner = by_owner().examine(&database.db).await;
        let revoke = grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM ");
        database.execute(&revoke).await;
        let by_owner = by_owner.unwrap();
        assert_eq!(codes(&by_owner), [Code::LogRights], "{by_owner}");
        assert_eq!(by_owner.findings()[0].object, "PUBLIC");
        report.unwrap()
    };
    database.execute(&format!("DROP USER {account}")).await;
    assert_eq!(codes(&report), [Code::LogRights, Code::Unseen], "{report}");
    let found = &report.findings()[0];
    assert!(found.object.contains(&everybody), "{found}");
    match database.server() {
        Server::MySql => {
            assert!(found.what.starts_with("is mandatory"), "{found}");
            assert!(found.mend.is_empty(), "{found}");
        }
        _ => assert_eq!(found.mend.len(), 1, "{found}"),
    }
}

/// An account that may write to the healthy log, and to the tables.
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

/// What the owner finds.
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

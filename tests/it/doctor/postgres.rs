//! The doctor on PostgreSQL, with the application's account, while a superuser sabotages.

mod sabotage;

use audit_runtime::{
    entities,
    prelude::*,
    retention::{DAY, Policy, Retention},
    schema::{
        self, Dialect, GuardMode, Roles,
        doctor::{Code, Doctor, Severity},
        grants,
    },
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

use super::{GUARD, codes, doctor, each_is_found_and_mended, healthy, run_all};
use crate::{
    backend::{Database, patient, run},
    entities::{context, new_user, user},
    grants::{name, url_of},
};

/// Prepares a healthy database. Returns its owner, the application's account and a connection of that account.
async fn application(database: &Database) -> (String, String, DatabaseConnection) {
    let suffix = &name(database)["audit_test_".len()..];
    let (owner, app) = (
        format!("doctor_owner_{suffix}"),
        format!("doctor_app_{suffix}"),
    );
    let db = &database.db;
    database.execute(&format!("CREATE ROLE {owner}")).await;
    database
        .execute(&format!("CREATE ROLE {app} LOGIN PASSWORD '{app}'"))
        .await;
    healthy(db).await;
    for grant in grants(Dialect::Postgres, &Roles::new().owner(&owner).writer(&app)) {
        database.execute(&grant).await;
    }
    let mut options = patient(url_of(database, &app));
    options.max_connections(1);
    let connection = sea_orm::Database::connect(options).await.unwrap();
    (owner, app, connection)
}

async fn gone(database: &Database, roles: &[&str]) {
    for role in roles {
        database
            .execute(&format!("DROP OWNED BY \"{role}\" CASCADE"))
            .await;
        database.execute(&format!("DROP ROLE \"{role}\"")).await;
    }
}

#[test]
fn a_guard_in_another_mode_is_found() {
    run(DbBackend::Postgres, async |database| {
        let db = &database.db;
        healthy(db).await;
        let only = entities![user::Entity];
        let doctor = Doctor::new()
            .entities(only)
            .by_owner()
            .accept(Code::TemporaryTables);
        for (installed, wanted) in [
            (GuardMode::Enforce, GuardMode::Capture),
            (GuardMode::Capture, GuardMode::Enforce),
        ] {
            schema::install_guard::<user::Entity>(db, installed)
                .await
                .unwrap();
            assert!(doctor.examine(db).await.unwrap().findings().is_empty());
            let wanted = doctor.clone().guards(wanted);
            let report = wanted.examine(db).await.unwrap();
            assert_eq!(codes(&report), [Code::GuardMode], "{report}");
            run_all(db, &report.findings()[0].mend.join(";;")).await;
            super::nothing_is_found(&wanted, db, "mended").await;
        }
    });
}

#[test]
fn the_owner_of_a_guarded_table_is_told() {
    run(DbBackend::Postgres, async |database| {
        let (owner, account, app) = application(database).await;
        let owned = format!(
            "GRANT CREATE ON SCHEMA public TO {owner}, {account};; ALTER TABLE users OWNER TO {account}"
        );
        let sabotage: &'static str = owned.leak();
        each_is_found_and_mended(&doctor(), &database.db, &app, &[(sabotage, Code::Account)]).await;
        let context = context();
        app.audited(&context).insert(new_user("a")).await.unwrap();
        app.close().await.unwrap();
        gone(database, &[&account, &owner]).await;
    });
}

#[test]
fn retention_is_no_sabotage() {
    run(DbBackend::Postgres, async |database| {
        let (owner, account, app) = application(database).await;
        let all = Policy::new("all").document("SEC-12").destroy_after(DAY);
        let retention = Retention::new([all]).unwrap();
        retention.install(&database.db, &context()).await.unwrap();
        let purger = format!("{account}_purger");
        database.execute(&format!("CREATE ROLE {purger}")).await;
        let roles = Roles::new().owner(&owner).purger(&purger);
        for grant in grants(Dialect::Postgres, &roles) {
            database.execute(&grant).await;
        }
        super::nothing_is_found(&doctor(), &app, "retention").await;
        let sabotage = [(
            "DROP TRIGGER audit_log_append_only ON audit_log",
            Code::LogProtection,
        )];
        each_is_found_and_mended(&doctor(), &database.db, &app, &sabotage).await;
        app.close().await.unwrap();
        gone(database, &[&account, &owner, &purger]).await;
    });
}

#[test]
fn cascades_and_partitions_without_a_guard_are_found() {
    run(DbBackend::Postgres, async |database| {
        let db = &database.db;
        healthy(db).await;
        let doctor = doctor().by_owner().accept(Code::TemporaryTables);
        // A guard sees the cascade.
        let cascade = "ALTER TABLE orders ADD CONSTRAINT cascading FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE ON UPDATE SET NULL";
        database.execute(cascade).await;
        super::nothing_is_found(&doctor, db, "guarded").await;
        schema::remove_guards(db, &super::audited()).await.unwrap();
        let doctor = doctor.accept(Code::GuardMissing);
        let report = doctor.examine(db).await.unwrap();
        assert_eq!(codes(&report), [Code::Cascade], "{report}");
        run_all(db, &report.findings()[0].mend.join(";;")).await;
        super::nothing_is_found(&doctor, db, "mended").await;

        run_all(
            db,
            "DROP TABLE documents;;
             CREATE TABLE documents (id text, title text, revision int, PRIMARY KEY (id)) PARTITION BY HASH (id);;
             CREATE TABLE documents_0 PARTITION OF documents FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        )
        .await;
        let only = entities![crate::entities::document::Entity];
        schema::install_guards(db, &only, GUARD).await.unwrap();
        let doctor = Doctor::new()
            .entities(only)
            .by_owner()
            .accept(Code::TemporaryTables);
        super::nothing_is_found(&doctor, db, "partitions").await;
        database
            .execute("CREATE TABLE documents_1 PARTITION OF documents FOR VALUES WITH (MODULUS 2, REMAINDER 1)")
            .await;
        let report = doctor.examine(db).await.unwrap();
        assert_eq!(codes(&report), [Code::GuardMissing], "{report}");
        assert_eq!(report.severity(), Some(Severity::Error));
        assert!(
            report.findings()[0].what.ends_with(": documents_1"),
            "{report}"
        );
        run_all(db, &report.findings()[0].mend.join(";;")).await;
        super::nothing_is_found(&doctor, db, "attached").await;
    });
}

#[test]
fn nothing_but_the_log_is_asked_where_there_is_none() {
    run(DbBackend::Postgres, async |database| {
        let db = &database.db;
        let doctor = Doctor::new().by_owner();
        let report = doctor.examine(db).await.unwrap();
        assert_eq!(codes(&report), [Code::LogMissing], "{report}");
        for statement in &report.findings()[0].mend {
            db.execute_unprepared(statement).await.unwrap();
        }
        let doctor = doctor.accept(Code::TemporaryTables);
        super::nothing_is_found(&doctor, db, "installed").await;
        schema::install(db).await.unwrap();
    });
}

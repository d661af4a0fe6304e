//! The grants of SECURITY.md, as they stand there: enough to write audited, and not enough to change the log.

use std::fs;

use audit_runtime::{History, prelude::*, schema};
use sea_orm::{ConnectionTrait, DbBackend, Iden, Iterable};

use crate::{
    backend::{Database, on_mysql_and_mariadb, run},
    entities::{context, entries, install, new_user, user},
};

#[test]
fn the_grants_of_postgres_are_enough_and_no_more() {
    run(DbBackend::Postgres, async |database| {
        let app = format!("app_{}", name(database));
        database
            .execute(&format!("CREATE ROLE {app} LOGIN PASSWORD 'app'"))
            .await;
        install(&database.db).await.unwrap();
        // What the entity does not have, the application need not be able to read.
        database
            .execute("ALTER TABLE users ADD COLUMN unread text")
            .await;
        let columns = user::Column::iter().map(|column| column.to_string());
        let columns = columns.collect::<Vec<_>>().join(", ");
        database
            .execute(&format!(
                "GRANT SELECT ({columns}), INSERT, UPDATE ({columns}), DELETE ON users TO {app}"
            ))
            .await;
        database
            .execute(&format!("GRANT ALL ON SEQUENCE users_id_seq TO {app}"))
            .await;
        for grant in grants(0) {
            database
                .execute(&grant.replace(" TO app", &format!(" TO {app}")))
                .await;
        }
        check(
            database,
            &format!("{app}:app"),
            &[
                "TRUNCATE audit_log",
                "ALTER TABLE audit_log DISABLE TRIGGER ALL",
                "DROP TRIGGER audit_log_append_only ON audit_log",
                "INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp, recorded_at)
                 VALUES (2, 1, gen_random_uuid(), 'LOGIN', 'SUCCESS', 'Admin', '7', now(), '2000-01-01')",
            ],
        )
        .await;
        database
            .execute(&format!("DROP OWNED BY {app}; DROP ROLE {app}"))
            .await;
    });
}

on_mysql_and_mariadb!(the_grants_of_mysql_are_enough_and_no_more);

async fn the_grants_of_mysql_are_enough_and_no_more(database: &Database) {
    let shop = name(database);
    let app = format!("app_{}", &shop["audit_test_".len()..]);
    // Without a password: on a line without TLS, the driver sends MySQL none that MySQL does not remember.
    database.execute(&format!("CREATE USER {app}")).await;
    install(&database.db).await.unwrap();
    let all = "SELECT, INSERT, UPDATE, DELETE";
    database
        .execute(&format!("GRANT {all} ON {shop}.users TO {app}"))
        .await;
    for grant in grants(1) {
        let grant = grant.replace(" TO app", &format!(" TO {app}"));
        database
            .execute(&grant.replace(" ON shop.", &format!(" ON {shop}.")))
            .await;
    }
    check(
        database,
        &app,
        &["TRUNCATE audit_log", "DROP TRIGGER audit_log_no_delete"],
    )
    .await;
    database.execute(&format!("DROP USER {app}")).await;
}

async fn check(database: &Database, account: &str, refused: &[&str]) {
    let (_, address) = database.url().split_once('@').unwrap();
    let scheme = database.url().split_once("://").unwrap().0;
    let url = format!("{scheme}://{account}@{address}");
    let db = sea_orm::Database::connect(url).await.unwrap();

    schema::install(&db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let promotion = user::AdminPatch::new().role("admin");
    audit.update(john.id, promotion).await.unwrap();
    let unit = audit.begin().await.unwrap();
    let role = user::AdminPatch::new().role("user");
    unit.update(john.id, role).await.unwrap();
    unit.commit().await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    audit
        .record(Event::new("LOGIN_FAILURE").denied())
        .await
        .unwrap();
    let history = History::of::<user::Entity>(john.id);
    assert_eq!(history.page(&db, None, 10).await.unwrap().entries.len(), 4);
    db.execute_unprepared("SELECT diff FROM audit_entries")
        .await
        .unwrap();

    for statement in [
        "UPDATE audit_log SET action = 'X'",
        "DELETE FROM audit_log",
        "DROP TABLE audit_log",
    ] {
        db.execute_unprepared(statement).await.unwrap_err();
    }
    for statement in refused {
        let outcome = db.execute_unprepared(statement).await;
        assert!(outcome.is_err(), "not refused: {statement}");
    }
    assert_eq!(entries(&database.db).await.len(), 5);
    db.close().await.unwrap();
}

/// The statements of SECURITY.md: 0 for PostgreSQL, 1 for MySQL.
fn grants(backend: usize) -> Vec<String> {
    let security = fs::read_to_string("../SECURITY.md").unwrap();
    let block = security.split("\n```sql\n").nth(backend + 1).unwrap();
    let statements = block.split("\n```").next().unwrap().split(';');
    statements
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

pub(crate) fn name(database: &Database) -> &str {
    let name = database.url().rsplit_once('/').unwrap().1;
    name.split('?').next().unwrap()
}

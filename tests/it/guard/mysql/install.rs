//! Installation and removal of guards, and refusals.

mod accounts;

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, Dialect, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::MySql, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, create_table, entries, new_user, user},
    invariants::{assert_none, violations},
    types::entities::postgres,
};

on_mysql_and_mariadb!(
    a_type_that_the_entity_does_not_read_is_named,
    a_guard_is_replaced_and_removed,
    a_guard_is_a_migration,
    users_triggers_stay
);

#[test]
fn nothing_is_refused_there() {
    for dialect in [Dialect::MySql, Dialect::MariaDb] {
        let enforce = schema::guard_statements::<user::Entity>(dialect, GuardMode::Enforce);
        assert!(matches!(&enforce, Err(Error::GuardUnsupported(of)) if *of == dialect));
        schema::guard_statements::<user::Entity>(dialect, GuardMode::Capture).unwrap();
    }
}

#[test]
fn a_field_that_only_rust_can_encode_is_named() {
    let capture = schema::guard_statements::<postgres::Entity>(Dialect::MySql, GuardMode::Capture);
    let Err(Error::GuardRefused { problem, .. }) = capture else {
        panic!("{capture:?}")
    };
    assert!(problem.contains("`moods`"), "{problem}");
}

async fn a_type_that_the_entity_does_not_read_is_named(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    create_table(db, user::Entity).await.unwrap();
    database
        .execute("ALTER TABLE users MODIFY logins bit(8) NOT NULL")
        .await;
    let refused = schema::install_guard::<user::Entity>(db, GuardMode::Capture).await;
    let Err(error @ Error::GuardRefused { .. }) = refused else {
        panic!("{refused:?}")
    };
    let problem = "the type of `logins` has no SQL encoder";
    assert!(error.to_string().contains(problem), "{error}");
    database
        .execute("ALTER TABLE users MODIFY logins int NOT NULL")
        .await;
    schema::install_guard::<user::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    database
        .execute("INSERT INTO users VALUES (1, 'a', 'user', 7, NULL, '', NULL)")
        .await;
    assert_eq!(schema::collect(db).await.unwrap(), 1);
}

async fn a_guard_is_replaced_and_removed(database: &Database) {
    let db = &database.db;
    guarded(database).await;
    let context = context();
    db.audited(&context).insert(new_user("a")).await.unwrap();
    let raise = "UPDATE users SET role = CONCAT(role, '!')";
    database.execute(raise).await;
    schema::install_guard::<user::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    database.execute(raise).await;
    assert_eq!(schema::collect(db).await.unwrap(), 1);
    let last = entries(db).await.pop().unwrap();
    assert_eq!((last.actor.kind(), last.actor.id()), ("Database", "root"));
    assert_eq!(entries(db).await.len(), 3);

    // A changed trigger is replaced.
    database
        .execute("DROP TRIGGER audit_guard_users_update")
        .await;
    database
        .execute("CREATE TRIGGER audit_guard_users_update AFTER UPDATE ON users FOR EACH ROW SET @nothing = 1")
        .await;
    schema::install_guard::<user::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    database.execute(raise).await;
    assert_eq!(schema::collect(db).await.unwrap(), 1);
    assert_none(&violations(db).await, "captured");

    // The statements are sufficient without the library.
    let dialect = Dialect::of(db).await.unwrap();
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    for _ in 0..2 {
        for statement in
            schema::guard_statements::<user::Entity>(dialect, GuardMode::Capture).unwrap()
        {
            database.execute(&statement).await;
        }
    }
    database.execute(raise).await;
    assert_eq!(schema::collect(db).await.unwrap(), 1);
    assert_none(&violations(db).await, "captured");
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    database.execute(raise).await;
    assert_eq!(schema::collect(db).await.unwrap(), 0);
    assert_eq!(violations(db).await.len(), 1);
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = schema::migrations();
        migrations.push(schema::guard_migration::<user::Entity>(
            "m20261126_000001_guard_users",
            GuardMode::Capture,
        ));
        migrations
    }
}

async fn a_guard_is_a_migration(database: &Database) {
    let db = &database.db;
    create_table(db, user::Entity).await.unwrap();
    Migrator::up(db, None).await.unwrap();
    let new = "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL)";
    database.execute(new).await;
    let notes = "SELECT count(*) AS notes FROM audit_guard_pending";
    let notes = db
        .query_one_raw(Statement::from_string(MySql, notes))
        .await
        .unwrap();
    assert_eq!(notes.unwrap().try_get::<i64>("", "notes").unwrap(), 1);
    Migrator::down(db, None).await.unwrap();
    database.execute("DELETE FROM users").await;
    let left = "SELECT count(*) AS found FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_name LIKE 'audit%'";
    let left = db
        .query_one_raw(Statement::from_string(MySql, left))
        .await
        .unwrap();
    assert_eq!(left.unwrap().try_get::<i64>("", "found").unwrap(), 0);
    Migrator::up(db, None).await.unwrap();
    database.execute(new).await;
    assert_eq!(schema::collect(db).await.unwrap(), 1);
}

async fn users_triggers_stay(database: &Database) {
    let db = &database.db;
    guarded(database).await;
    database.execute("CREATE TABLE seen (what text)").await;
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    database
        .execute("CREATE TRIGGER own_before BEFORE UPDATE ON users FOR EACH ROW SET NEW.role = CONCAT(NEW.role, ' x')")
        .await;
    database
        .execute("CREATE TRIGGER own_after AFTER UPDATE ON users FOR EACH ROW INSERT INTO seen VALUES (NEW.role)")
        .await;
    schema::install_guard::<user::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    database
        .execute("CREATE TRIGGER own_last AFTER UPDATE ON users FOR EACH ROW UPDATE documents SET title = NEW.role")
        .await;
    let context = context();
    let user = db.audited(&context).insert(new_user("a")).await.unwrap();
    let draft = crate::entities::document::Draft::new().id("x").title("x");
    db.audited(&context).insert(draft).await.unwrap();
    database.execute("UPDATE users SET role = 'admin'").await;
    let patch = user::AdminPatch::new().role("editor");
    let user = db.audited(&context).update(user.id, patch).await.unwrap();
    assert_eq!(user.role, "editor x");
    schema::collect(db).await.unwrap();
    assert_none(&violations(db).await, "beside triggers");
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    let own = "SELECT count(*) AS found FROM information_schema.triggers \
         WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'own%'";
    let own = db
        .query_one_raw(Statement::from_string(MySql, own))
        .await
        .unwrap();
    assert_eq!(own.unwrap().try_get::<i64>("", "found").unwrap(), 3);
    let seen = "SELECT count(*) AS found FROM seen";
    let seen = db
        .query_one_raw(Statement::from_string(MySql, seen))
        .await
        .unwrap();
    assert_eq!(seen.unwrap().try_get::<i64>("", "found").unwrap(), 2);
}

//! How guards get there and go, and what is refused.

use audit_runtime::{
    Error,
    prelude::*,
    retention::{Policy, Retention},
    schema::{self, Dialect, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::MySql, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, create_table, entries, new_user, user},
    grants::name,
    invariants::{assert_none, violations},
    types::entities::postgres,
};

on_mysql_and_mariadb!(
    what_is_missing_is_named_with_what_comes_first,
    a_guard_is_replaced_and_removed,
    a_guard_is_a_migration,
    users_triggers_stay,
    a_table_of_another_database_is_guarded,
    the_accounts_of_writers_need_no_more_than_before,
    instants_are_utc_in_every_session,
    nothing_depends_on_comments,
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

async fn what_is_missing_is_named_with_what_comes_first(database: &Database) {
    let db = &database.db;
    let enforce = schema::install_guard::<user::Entity>(db, GuardMode::Enforce).await;
    assert!(matches!(enforce, Err(Error::GuardUnsupported(_))));
    let problem = async || match schema::install_guard::<user::Entity>(db, GuardMode::Capture).await
    {
        Err(error @ Error::GuardRefused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let first = "call audit_runtime::schema::install(&db) first";
    assert!(problem().await.contains(first));
    schema::install(db).await.unwrap();
    assert!(problem().await.contains("there is no table `users`"));
    database
        .execute("CREATE VIEW users AS SELECT 1 AS id")
        .await;
    assert!(problem().await.contains("there is no table `users`"));
    database.execute("DROP VIEW users").await;
    create_table(db, user::Entity).await.unwrap();
    database
        .execute("ALTER TABLE users RENAME COLUMN id TO number")
        .await;
    assert!(
        problem()
            .await
            .contains("no column of the entity's key `id`")
    );
    database
        .execute("ALTER TABLE users RENAME COLUMN number TO id")
        .await;
    database
        .execute("ALTER TABLE users RENAME COLUMN role TO roles")
        .await;
    assert!(problem().await.contains("no column `role`"));
    database
        .execute("ALTER TABLE users RENAME COLUMN roles TO role")
        .await;
    // Of a type that the entity does not read.
    database
        .execute("ALTER TABLE users MODIFY logins bit(8) NOT NULL")
        .await;
    assert!(
        problem()
            .await
            .contains("the type of `logins` has no SQL encoder")
    );
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

    // A changed trigger is another one.
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

    // The statements are enough, without the library.
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

mod part {
    //! In a database of its own, with a name that is too long for a trigger's.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(
        schema_name = "audit_test_elsewhere",
        table_name = "spare `parts` of this and that, and of many other things besid"
    )]
    #[audited(entity_type = "Part", no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[audited(update)]
        pub price: f64,
    }
}

async fn a_table_of_another_database_is_guarded(database: &Database) {
    let (db, context) = (&database.db, context());
    schema::install(db).await.unwrap();
    let dialect = Dialect::of(db).await.unwrap();
    let statements = schema::guard_statements::<part::Entity>(dialect, GuardMode::Capture);
    assert!(matches!(statements, Err(Error::GuardRefused { .. })));
    database
        .execute("DROP DATABASE IF EXISTS audit_test_elsewhere")
        .await;
    database
        .execute("CREATE DATABASE audit_test_elsewhere")
        .await;
    let table =
        "audit_test_elsewhere.`spare ``parts`` of this and that, and of many other things besid`";
    database
        .execute(&format!(
            "CREATE TABLE {table} (code varchar(40) PRIMARY KEY, price double NOT NULL)"
        ))
        .await;
    schema::install_guard::<part::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    let row = part::ActiveModel {
        code: Set("a".to_owned()),
        price: Set(1.5),
    };
    db.audited(&context).insert(row).await.unwrap();
    database
        .execute(&format!("UPDATE {table} SET price = 2"))
        .await;
    database.execute(&format!("DELETE FROM {table}")).await;
    schema::collect(db).await.unwrap();
    let entries = entries(db).await;
    let actions: Vec<_> = entries.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["CREATE", "UPDATE", "DELETE"]);
    schema::remove_guard::<part::Entity>(db).await.unwrap();
    database.execute("DROP DATABASE audit_test_elsewhere").await;
}

/// Triggers run as whoever installed them, and tell who changed the row.
async fn the_accounts_of_writers_need_no_more_than_before(database: &Database) {
    guarded(database).await;
    let shop = name(database);
    let clerk = format!("clerk_{}", &shop["audit_test_".len()..]);
    database.execute(&format!("CREATE USER {clerk}")).await;
    database
        .execute(&format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON {shop}.users TO {clerk}"
        ))
        .await;
    let (_, address) = database.url().split_once('@').unwrap();
    let scheme = database.url().split_once("://").unwrap().0;
    let by_clerk = sea_orm::Database::connect(format!("{scheme}://{clerk}@{address}"))
        .await
        .unwrap();
    for statement in [
        "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL)",
        "UPDATE users SET role = 'admin'",
        "DELETE FROM users",
    ] {
        by_clerk.execute_unprepared(statement).await.unwrap();
    }
    by_clerk.close().await.unwrap();
    schema::collect(&database.db).await.unwrap();
    let entries = entries(&database.db).await;
    assert_eq!(entries.len(), 3);
    for entry in entries {
        assert_eq!(
            (entry.actor.kind(), entry.actor.id()),
            ("Database", &*clerk)
        );
    }
    database.execute(&format!("DROP USER {clerk}")).await;
}

mod visit {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "visits")]
    #[audited(entity_type = "Visit", no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub began: DateTimeUtc,
        pub ended: DateTimeUtc,
        pub noted: DateTime,
    }
}

async fn instants_are_utc_in_every_session(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    // The entity takes both for instants; only the table tells which of them a session shows in its zone.
    database
        .execute("CREATE TABLE visits (id int PRIMARY KEY, began timestamp(6) NOT NULL, ended datetime(6) NOT NULL, noted timestamp(3) NOT NULL)")
        .await;
    schema::install_guard::<visit::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    let unit = database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    unit.execute_unprepared("SET time_zone = '-05:30'")
        .await
        .unwrap();
    unit.execute_unprepared(
        "INSERT INTO visits VALUES (1, '2024-03-01 12:34:56.123456', '2024-03-01 12:34:56.5', '2024-03-01 12:34:56.125')",
    )
    .await
    .unwrap();
    unit.close().await.unwrap();
    schema::collect(db).await.unwrap();
    let entry = entries(db).await.pop().unwrap();
    let after = entry.after();
    assert_eq!(after["began"], "2024-03-01T18:04:56.123456Z");
    assert_eq!(after["ended"], "2024-03-01T12:34:56.500000Z");
    assert_eq!(after["noted"], "2024-03-01T18:04:56.125000");
    assert!((entry.recorded_at - entry.timestamp).num_minutes().abs() < 5);
}

/// The client that loads a dump removes them.
async fn nothing_depends_on_comments(database: &Database) {
    let db = &database.db;
    guarded(database).await;
    let retention = Retention::new([Policy::new("all").document("SEC-1")]).unwrap();
    retention.install(db, &context()).await.unwrap();
    schema::install_feed(db).await.unwrap();
    let bodies = "SELECT CAST(trigger_name AS char) AS name, CAST(action_statement AS char) AS body
        FROM information_schema.triggers WHERE trigger_schema = DATABASE()
        UNION ALL SELECT CAST(routine_name AS char), CAST(routine_definition AS char)
        FROM information_schema.routines WHERE routine_schema = DATABASE()";
    let bodies = db
        .query_all_raw(Statement::from_string(MySql, bodies))
        .await;
    let bodies = bodies.unwrap();
    assert!(bodies.len() > 20, "{}", bodies.len());
    for body in bodies {
        let name: String = body.try_get("", "name").unwrap();
        let body: String = body.try_get("", "body").unwrap();
        for comment in ["/*", "-- ", "#"] {
            assert!(!body.contains(comment), "{name} has a comment: {body}");
        }
    }
}

//! Guards with other databases, accounts, sessions and clients.

use audit_runtime::{
    Error,
    prelude::*,
    retention::{Policy, Retention},
    schema::{self, Dialect, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::MySql, Statement};

use super::super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, entries},
    grants::name,
};

on_mysql_and_mariadb!(
    a_table_of_another_database_is_guarded,
    the_accounts_of_writers_need_no_more_than_before,
    instants_are_utc_in_every_session,
    nothing_depends_on_comments
);

mod part {
    //! An entity in another database, with a name that is too long for the name of a trigger.

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

/// Triggers run with the rights of their installer, and record the account that changed the row.
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
    // The entity reads both as instants. Only the table determines which of them a session shows in its time zone.
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

/// The client that loads a dump removes comments.
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

//! Installation and removal of guards, and refusals.

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, Dialect, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::Postgres};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use super::{MODES, guarded, raw, unaudited, where_guards_enforce};
use crate::{
    backend::{Database, Server, on_every_backend, run},
    entities::{context, create_table, entries, install, new_user, user},
    invariants::{assert_none, violations},
    types::entities::{number, postgres},
};

on_every_backend!(
    a_guard_refuses_on_postgres_and_sqlite,
    what_is_missing_is_named_with_what_comes_first,
);

async fn a_guard_refuses_on_postgres_and_sqlite(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let dialect = Dialect::of(db).await.unwrap();
    let installed = schema::install_guard::<user::Entity>(db, GuardMode::Enforce).await;
    let statements = schema::guard_statements::<user::Entity>(dialect, GuardMode::Enforce);
    if matches!(database.server(), Server::Postgres | Server::Sqlite) {
        installed.unwrap();
        statements.unwrap();
    } else {
        for refused in [installed, statements.map(drop)] {
            assert!(matches!(&refused, Err(Error::GuardUnsupported(of)) if *of == dialect));
        }
    }
    schema::remove_guard::<user::Entity>(db).await.unwrap();
}

where_guards_enforce!(a_guard_is_replaced_and_removed, a_guard_is_a_migration);

async fn what_is_missing_is_named_with_what_comes_first(database: &Database) {
    let db = &database.db;
    let (mode, table) = match database.server() {
        Server::Postgres | Server::Sqlite => (GuardMode::Enforce, "\"users\""),
        _ => (GuardMode::Capture, "`users`"),
    };
    let no_table = format!("there is no table {table}");
    let problem = async || match schema::install_guard::<user::Entity>(db, mode).await {
        Err(error @ Error::GuardRefused { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let first = "call audit_runtime::schema::install(&db) first";
    assert!(problem().await.contains(first));
    schema::install(db).await.unwrap();
    assert!(problem().await.contains(&no_table));
    database
        .execute("CREATE VIEW users AS SELECT 1 AS id")
        .await;
    assert!(problem().await.contains(&no_table));
    database.execute("DROP VIEW users").await;
    create_table(db, user::Entity).await.unwrap();
    for (column, renamed, missing) in [
        ("id", "number", "no column of the entity's key `id`"),
        ("role", "roles", "no column `role`"),
    ] {
        let rename = |from, to| format!("ALTER TABLE users RENAME COLUMN {from} TO {to}");
        database.execute(&rename(column, renamed)).await;
        assert!(problem().await.contains(missing));
        database.execute(&rename(renamed, column)).await;
    }
    schema::install_guard::<user::Entity>(db, mode)
        .await
        .unwrap();
}

#[test]
fn a_field_that_only_rust_can_encode_is_enforced_and_not_captured() {
    let capture =
        schema::guard_statements::<postgres::Entity>(Dialect::Postgres, GuardMode::Capture);
    let Err(Error::GuardRefused { problem, .. }) = capture else {
        panic!("{capture:?}")
    };
    assert!(problem.contains("GuardMode::Enforce"), "{problem}");
    schema::guard_statements::<postgres::Entity>(Dialect::Postgres, GuardMode::Enforce).unwrap();

    let capture = schema::guard_statements::<number::Entity>(Dialect::Sqlite, GuardMode::Capture);
    let Err(Error::GuardRefused { problem, .. }) = capture else {
        panic!("{capture:?}")
    };
    assert!(problem.contains("`big_decimal`"), "{problem}");
    schema::guard_statements::<number::Entity>(Dialect::Sqlite, GuardMode::Enforce).unwrap();
}

async fn a_guard_is_replaced_and_removed(database: &Database) {
    let db = &database.db;
    guarded(database, GuardMode::Enforce).await;
    let dialect = Dialect::of(db).await.unwrap();
    let context = context();
    let user = db.audited(&context).insert(new_user("a")).await.unwrap();
    let raise = "UPDATE users SET role = role || '!'";
    let text = raw(db, raise).await.unwrap_err().to_string();
    assert!(
        text.contains(&format!("UPDATE of User {}", user.id)),
        "{text}"
    );
    assert!(text.contains("update(id, patch)"), "{text}");

    schema::install_guard::<user::Entity>(db, GuardMode::Capture)
        .await
        .unwrap();
    database.execute(raise).await;
    schema::collect(db).await.unwrap();
    let last = entries(db).await.pop().unwrap();
    let account = match database.backend() {
        Postgres => "postgres",
        _ => "SQLite",
    };
    assert_eq!((last.actor.kind(), last.actor.id()), ("Database", account));
    assert_none(&violations(db).await, "captured");

    // The statements are sufficient without the library.
    for statement in schema::guard_statements::<user::Entity>(dialect, GuardMode::Enforce).unwrap()
    {
        database.execute(&statement).await;
    }
    unaudited(raw(db, raise).await.unwrap_err());
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    schema::remove_guard::<user::Entity>(db).await.unwrap();
    database.execute(raise).await;
    assert_eq!(violations(db).await.len(), 1);
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations = schema::migrations();
        migrations.push(schema::guard_migration::<user::Entity>(
            "m20261126_000001_guard_users",
            GuardMode::Enforce,
        ));
        migrations
    }
}

async fn a_guard_is_a_migration(database: &Database) {
    let db = &database.db;
    let insert = "INSERT INTO users VALUES (1, 'a', 'user', 0, NULL, '', NULL)";
    create_table(db, user::Entity).await.unwrap();
    Migrator::up(db, None).await.unwrap();
    unaudited(raw(db, insert).await.unwrap_err());
    Migrator::down(db, None).await.unwrap();
    database.execute(insert).await;
    Migrator::up(db, None).await.unwrap();
    unaudited(raw(db, "DELETE FROM users").await.unwrap_err());
}

mod part {
    //! An entity in its own schema and partitions, with a composite key.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(schema_name = "The Shop", table_name = "spare \"parts\"")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub year: i64,
        #[audited(update)]
        pub price: f64,
        #[audited(redact)]
        pub supplier: Option<String>,
        #[audited(skip)]
        pub seen: i32,
    }
}

#[test]
fn partitions_are_guarded_each() {
    for mode in MODES {
        run(Postgres, async |database| {
            let (db, context) = (&database.db, context());
            schema::install(db).await.unwrap();
            for statement in [
                r#"CREATE SCHEMA "The Shop""#,
                r#"CREATE TABLE "The Shop"."spare ""parts""" (code text, year bigint, price float8, supplier text, seen int, PRIMARY KEY (code, year)) PARTITION BY RANGE (year)"#,
                r#"CREATE TABLE old_parts PARTITION OF "The Shop"."spare ""parts""" FOR VALUES FROM (0) TO (2000)"#,
                r#"CREATE TABLE new_parts (seen int, supplier text, price float8, code text NOT NULL, year bigint NOT NULL)"#,
                r#"ALTER TABLE "The Shop"."spare ""parts""" ATTACH PARTITION new_parts FOR VALUES FROM (2000) TO (3000)"#,
            ] {
                database.execute(statement).await;
            }
            schema::install_guard::<part::Entity>(db, mode)
                .await
                .unwrap();
            let audit = db.audited(&context);
            let row = |code: &str, year| part::ActiveModel {
                code: Set(code.to_owned()),
                year: Set(year),
                price: Set(1.5),
                supplier: Set(Some("secret".to_owned())),
                seen: Set(0),
            };
            let code = "a \"b\"\n,";
            audit.insert(row(code, 1999)).await.unwrap();
            audit
                .insert_many([row("c", 2001), row("d", 1)])
                .await
                .unwrap();
            audit
                .update((code.to_owned(), 1999), part::Patch::new().price(f64::NAN))
                .await
                .unwrap();
            database
                .execute("UPDATE new_parts SET seen = seen + 1")
                .await;
            let written = entries(db).await.len();
            assert_eq!(written, 4);

            let attacks = [
                ("UPDATE old_parts SET price = -0.0", 2),
                (
                    "UPDATE \"The Shop\".\"spare \"\"parts\"\"\" SET year = year + 2000 WHERE year < 1400",
                    2,
                ),
                ("INSERT INTO new_parts (code, year) VALUES ('e', 2500)", 1),
                ("DELETE FROM new_parts WHERE code = 'e'", 1),
                (
                    "UPDATE \"The Shop\".\"spare \"\"parts\"\"\" SET supplier = 'other'",
                    3,
                ),
                ("TRUNCATE old_parts", 1),
                ("TRUNCATE \"The Shop\".\"spare \"\"parts\"\"\"", 2),
            ];
            let mut expected = written;
            for (attack, count) in attacks {
                let done = db.execute_unprepared(attack).await;
                if mode == GuardMode::Enforce {
                    match done {
                        Err(error) => assert!(unaudited(error).0.ends_with("spare \"parts\"")),
                        // No row matches.
                        Ok(_) => assert!(attack.starts_with("DELETE")),
                    }
                } else {
                    done.unwrap();
                    expected += count;
                }
                let found = entries(db).await;
                assert_eq!(found.len(), expected, "{attack} {found:#?}");
                assert!(!format!("{found:?}").contains("secret"));
            }
            if mode == GuardMode::Capture {
                let last = entries(db).await.pop().unwrap();
                assert_eq!((&*last.action, last.actor.kind()), ("DELETE", "Database"));
            }
        });
    }
}

//! The grants of SECURITY.md: enough to own, write, read and purge the log, and not enough to change it.

mod works;

use std::fs;

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, Dialect, GuardMode, Roles, grants},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, Iden, IntoActiveModel,
    Iterable,
};

use self::works::{marks, owns, purges, reads, retention, writes};
use crate::{
    backend::{Database, on_mysql_and_mariadb, patient, run},
    entities::{context, install, new_user, user},
};

#[test]
fn security_md_shows_the_grants() {
    let roles = Roles::new()
        .owner("audit_owner")
        .writer("app")
        .reader("auditor")
        .purger("purger");
    let security = fs::read_to_string("../SECURITY.md").unwrap();
    for (dialect, roles) in [
        (Dialect::Postgres, roles.clone()),
        (Dialect::MySql, roles.in_schema("shop").with_guards()),
    ] {
        let statements = grants(dialect, &roles).into_iter();
        let statements: String = statements.map(|text| text + ";\n").collect();
        let block = format!("\n```sql\n{statements}```\n");
        assert!(security.contains(&block), "{dialect:?}:\n{block}");
    }
}

#[test]
fn the_grants_of_postgres_are_enough_and_no_more() {
    for schema in [None, Some("The Log")] {
        run(DbBackend::Postgres, async |database| {
            let [owner, writer, reader, purger, stranger] =
                accounts(database, Dialect::Postgres).await;
            if let Some(schema) = schema {
                database
                    .execute(&format!("CREATE SCHEMA \"{schema}\""))
                    .await;
            }
            let db = in_schema(database, "postgres", schema).await;
            install(&db).await.unwrap();
            // Guards need no further rights.
            schema::install_guard::<user::Entity>(&db, GuardMode::Enforce)
                .await
                .unwrap();
            retention().install(&db, &context()).await.unwrap();
            // The application needs no right to read columns that the entity does not have.
            let table = match schema {
                Some(schema) => format!("\"{schema}\".users"),
                None => "users".to_owned(),
            };
            let sequence = table.replace("users", "users_id_seq");
            let columns = user::Column::iter().map(|column| column.to_string());
            let columns = columns.collect::<Vec<_>>().join(", ");
            for statement in [
                format!("ALTER TABLE {table} ADD COLUMN unread text"),
                format!(
                    "GRANT SELECT ({columns}), INSERT, UPDATE ({columns}), DELETE ON {table} TO {writer}, {reader}"
                ),
                format!("GRANT ALL ON SEQUENCE {sequence} TO {writer}, {reader}"),
            ] {
                database.execute(&statement).await;
            }
            let mut roles = roles(&owner, &writer, &reader, &purger);
            if let Some(schema) = schema {
                roles = roles.in_schema(schema);
            }
            for _ in 0..2 {
                for grant in grants(Dialect::Postgres, &roles) {
                    db.execute_unprepared(&grant).await.unwrap();
                }
            }

            let app = in_schema(database, &writer, schema).await;
            writes(
                &app,
                &db,
                "TRUNCATE audit_log;
                 ALTER TABLE audit_log DISABLE TRIGGER ALL;
                 DROP TRIGGER audit_log_append_only ON audit_log;
                 CREATE TEMPORARY TABLE audit_log (id bigint);
                 ALTER TABLE users DISABLE TRIGGER ALL;
                 INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp, recorded_at)
                 VALUES (2, 1, gen_random_uuid(), 'LOGIN', 'SUCCESS', 'Admin', '7', now(), '2000-01-01')",
            )
            .await;
            // The guard, whose functions belong to the owner, refuses a change without an entry.
            let context = context();
            let user = app
                .audited(&context)
                .insert(new_user("jane"))
                .await
                .unwrap();
            let mut row = user.into_active_model();
            row.role = Set("admin".to_owned());
            let refused = Error::from(row.update(&app).await.unwrap_err());
            assert!(matches!(refused, Error::Unaudited { .. }), "{refused}");
            marks(&app, &db).await;

            let auditor = in_schema(database, &reader, schema).await;
            reads(&auditor, "table audit_log").await;
            purges(&in_schema(database, &purger, schema).await, &app).await;
            owns(&in_schema(database, &owner, schema).await).await;
            let stranger = in_schema(database, &stranger, schema).await;
            let refused = schema::install(&stranger).await.unwrap_err().to_string();
            let expected = match schema {
                Some(_) => "for schema",
                None => "audit_log_version: it needs SELECT",
            };
            assert!(refused.contains(expected), "{refused}");
            drop_accounts(database).await;
        });
    }
}

on_mysql_and_mariadb!(the_grants_of_mysql_are_enough_and_no_more);

async fn the_grants_of_mysql_are_enough_and_no_more(database: &Database) {
    let dialect = Dialect::of(&database.db).await.unwrap();
    let [owner, writer, reader, purger, stranger] = accounts(database, dialect).await;
    install(&database.db).await.unwrap();
    schema::install_guard::<user::Entity>(&database.db, GuardMode::Capture)
        .await
        .unwrap();
    retention().install(&database.db, &context()).await.unwrap();
    let shop = name(database);
    for account in [&writer, &reader] {
        let all = "SELECT, INSERT, UPDATE, DELETE";
        database
            .execute(&format!("GRANT {all} ON {shop}.users TO {account}"))
            .await;
    }
    database
        .execute(&format!("GRANT INSERT ON {shop}.users TO {stranger}"))
        .await;
    let roles = roles(&owner, &writer, &reader, &purger)
        .in_schema(shop)
        .with_guards();
    for grant in grants(dialect, &roles) {
        database.execute(&grant).await;
    }
    let app = in_schema(database, &writer, None).await;
    writes(
        &app,
        &database.db,
        "TRUNCATE audit_log;
         DROP TRIGGER audit_log_no_delete",
    )
    .await;
    marks(&app, &database.db).await;
    schema::collect(&app).await.unwrap();
    reads(&in_schema(database, &reader, None).await, "INSERT").await;
    purges(&in_schema(database, &purger, None).await, &app).await;
    owns(&in_schema(database, &owner, None).await).await;
    let stranger = in_schema(database, &stranger, None).await;
    let refused = schema::install(&stranger).await.unwrap_err().to_string();
    assert!(refused.contains("CREATE on table"), "{refused}");
    drop_accounts(database).await;
}

fn roles(owner: &str, writer: &str, reader: &str, purger: &str) -> Roles {
    let roles = Roles::new().owner(owner).writer(writer);
    roles.reader(reader).purger(purger)
}

/// Creates accounts for this database: owner, writer, reader, purger and one without rights.
async fn accounts(database: &Database, dialect: Dialect) -> [String; 5] {
    let names = ROLES.map(|role| format!("{role}_{}", &name(database)["audit_test_".len()..]));
    for account in &names {
        let create = match dialect {
            Dialect::Postgres => format!("CREATE ROLE {account} LOGIN PASSWORD '{account}'"),
            // Without a password: over a connection without TLS, the driver sends one only if MySQL has it cached.
            _ => format!("CREATE USER {account}"),
        };
        database.execute(&create).await;
    }
    names
}

const ROLES: [&str; 5] = ["owner", "writer", "reader", "purger", "stranger"];

async fn drop_accounts(database: &Database) {
    for role in ROLES {
        let account = format!("{role}_{}", &name(database)["audit_test_".len()..]);
        let drop = match database.backend() {
            DbBackend::Postgres => format!("DROP OWNED BY {account} CASCADE; DROP ROLE {account}"),
            _ => format!("DROP USER {account}"),
        };
        database.execute(&drop).await;
    }
}

/// A pool of an account, which finds the log in this schema.
async fn in_schema(database: &Database, account: &str, schema: Option<&str>) -> DatabaseConnection {
    let mut options = patient(url_of(database, account));
    if let Some(schema) = schema {
        options.set_schema_search_path(format!("\"{schema}\", public"));
    }
    sea_orm::Database::connect(options).await.unwrap()
}

/// The URL of this database for an account. The password, if there is one, is the account's name.
pub(crate) fn url_of(database: &Database, account: &str) -> String {
    let (scheme, rest) = database.url().split_once("://").unwrap();
    let (_, address) = rest.split_once('@').unwrap();
    let password = match database.backend() {
        DbBackend::Postgres => format!(":{account}"),
        _ => String::new(),
    };
    format!("{scheme}://{account}{password}@{address}")
}

pub(crate) fn name(database: &Database) -> &str {
    let name = database.url().rsplit_once('/').unwrap().1;
    name.split('?').next().unwrap()
}

//! The grants of SECURITY.md: enough to own, write, read and purge the log, and not enough to change it.

use std::{fs, time::Duration};

use audit_runtime::{
    Error, History,
    prelude::*,
    retention::{DAY, Policy, Retention},
    schema::{self, Dialect, GuardMode, Roles, grants},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, Iden, IntoActiveModel,
    Iterable,
};

use tracing::Level;

use crate::{
    backend::{Database, on_mysql_and_mariadb, patient, run},
    entities::{context, entries, install, new_user, user},
    traces::Traces,
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
            // Guards need nothing but that.
            schema::install_guard::<user::Entity>(&db, GuardMode::Enforce)
                .await
                .unwrap();
            retention().install(&db, &context()).await.unwrap();
            // What the entity does not have, the application need not be able to read.
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
            // The guard, whose functions are the owner's, refuses what has no entry.
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

/// Accounts of this database alone: owner, writer, reader, purger and one without rights.
async fn accounts(database: &Database, dialect: Dialect) -> [String; 5] {
    let names = ROLES.map(|role| format!("{role}_{}", &name(database)["audit_test_".len()..]));
    for account in &names {
        let create = match dialect {
            Dialect::Postgres => format!("CREATE ROLE {account} LOGIN PASSWORD '{account}'"),
            // Without a password: on a line without TLS, the driver sends MySQL none that MySQL does not remember.
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

/// The URL of this database for an account whose password, where it has one, is its name.
pub(crate) fn url_of(database: &Database, account: &str) -> String {
    let (scheme, rest) = database.url().split_once("://").unwrap();
    let (_, address) = rest.split_once('@').unwrap();
    let password = match database.backend() {
        DbBackend::Postgres => format!(":{account}"),
        _ => String::new(),
    };
    format!("{scheme}://{account}{password}@{address}")
}

/// All that an application does, and none of what it may not.
async fn writes(app: &DatabaseConnection, admin: &DatabaseConnection, refused: &str) {
    let traces = Traces::keep(Level::WARN);
    schema::install(app).await.unwrap();
    assert_eq!(traces.take(), "");
    drop(traces);
    let before = entries(admin).await.len();
    let context = context();
    let audit = app.audited(&context);
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
    assert_eq!(entries(admin).await.len(), before + 5);

    // On MariaDB the library looks for each entry that it wrote.
    if Dialect::of(app).await.unwrap() != Dialect::MariaDb {
        let history = History::of::<user::Entity>(john.id);
        let refusal = history.page(app, None, 10).await.unwrap_err().to_string();
        assert!(
            refusal.contains("SELECT") && refusal.contains("audit_log"),
            "{refusal}"
        );
        let read = app.execute_unprepared("SELECT action FROM audit_log").await;
        assert!(read.is_err());
    }
    for statement in [
        "UPDATE audit_log SET action = 'X'",
        "DELETE FROM audit_log",
        "DROP TABLE audit_log",
    ]
    .into_iter()
    .chain(refused.split(";\n"))
    {
        let outcome = app.execute_unprepared(statement).await;
        assert!(outcome.is_err(), "not refused: {statement}");
    }
    assert_eq!(entries(admin).await.len(), before + 5);
}

/// Plain SeaORM in a unit that is marked.
async fn marks(app: &DatabaseConnection, admin: &DatabaseConnection) {
    let before = entries(admin).await.len();
    let context = context();
    let unit = app.audited(&context).begin().await.unwrap();
    unit.raw_sql("a backfill").await.unwrap();
    new_user("plain").insert(&unit).await.unwrap();
    unit.commit().await.unwrap();
    let entries = entries(admin).await;
    assert_eq!(entries.len(), before + 2);
    let change = entries
        .iter()
        .find(|entry| entry.entity_label.as_deref() == Some("plain"));
    assert_eq!(&change.unwrap().actor, context.actor());
}

/// All visits are old at once.
fn retention() -> Retention {
    let visits = Policy::new("visits").document("SEC-12").types(["Visit"]);
    let others = Policy::new("others").document("SEC-12");
    Retention::new([
        visits.destroy_after(Duration::ZERO),
        others.destroy_after(DAY),
    ])
    .unwrap()
}

/// A purge by who may, and none by who may not.
async fn purges(purger: &DatabaseConnection, app: &DatabaseConnection) {
    let context = context();
    let visit = Event::new("CAME").on("Visit", "1");
    app.audited(&context).record(visit).await.unwrap();
    let refused = retention()
        .run(app, &context)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("audit_"), "{refused}");
    let before = entries(purger).await.len();
    let report = retention().run(purger, &context).await.unwrap();
    assert_eq!(report.policies[0].entries, 1);
    assert_eq!(entries(purger).await.len(), before);
    for statement in [
        "DELETE FROM audit_log",
        "DELETE FROM audit_hold",
        "DELETE FROM audit_floor",
    ] {
        assert!(
            purger.execute_unprepared(statement).await.is_err(),
            "{statement}"
        );
    }
}

/// `install` is for the owner, too, and says what it thinks of that.
async fn owns(owner: &DatabaseConnection) {
    let traces = Traces::keep(Level::WARN);
    schema::install(owner).await.unwrap();
    let said = traces.take();
    assert!(said.contains("this account owns audit_log"), "{said}");
}

/// All that a reader does. Its own writes are refused, as there would be no entry.
async fn reads(auditor: &DatabaseConnection, missing: &str) {
    schema::install(auditor).await.unwrap();
    assert!(entries(auditor).await.len() >= 5);
    auditor
        .execute_unprepared("SELECT diff FROM audit_entries")
        .await
        .unwrap();
    let context = context();
    let inserted = auditor.audited(&context).insert(new_user("jack")).await;
    let refusal = inserted.unwrap_err().to_string();
    assert!(
        refusal.contains(missing) && refusal.contains("audit_log"),
        "{refusal}"
    );
    assert!(refusal.contains("INSERT"), "{refusal}");
}

pub(crate) fn name(database: &Database) -> &str {
    let name = database.url().rsplit_once('/').unwrap().1;
    name.split('?').next().unwrap()
}

//! What `install` does and reports, depending on the rights of its account.

use audit_runtime::{Error, schema};
use sea_orm::{DatabaseConnection, DbBackend};

use super::{
    column, insert,
    protection::{assert_not_append_only, attacks, run, triggers},
};
use crate::backend::{self, Database, Server, on_mysql_and_mariadb};

on_mysql_and_mariadb!(
    an_insert_only_account_is_not_accused,
    the_account_that_installed_may_be_dropped,
    privileges_may_come_through_roles,
);

/// The application's account sees that triggers are wrong, and may not repair them.
#[test]
fn only_the_owner_of_the_log_creates_its_triggers() {
    backend::run(DbBackend::Postgres, async |db: &Database| {
        let (server, name) = db.url().rsplit_once('/').unwrap();
        let (_, address) = server.split_once('@').unwrap();
        let app = format!("app_{name}");
        db.execute(&format!("CREATE ROLE {app} LOGIN PASSWORD 'app'"))
            .await;
        schema::install(&db.db).await.unwrap();
        let grant = "GRANT SELECT ON audit_log, audit_entries, audit_log_version TO";
        db.execute(&format!("{grant} {app}")).await;
        let url = format!("postgres://{app}:app@{address}/{name}");
        let account = sea_orm::Database::connect(url).await.unwrap();
        schema::install(&account).await.unwrap();
        for attack in attacks(DbBackend::Postgres) {
            run(attack, db).await;
            let code = assert_not_append_only(schema::install(&account).await, attack);
            assert_eq!(code, "42501", "{attack}");
            schema::install(&db.db).await.unwrap();
            schema::install(&account).await.unwrap();
        }
        db.execute(&format!("DROP OWNED BY {app}; DROP ROLE {app}"))
            .await;
    });
}

async fn an_insert_only_account_is_not_accused(db: &Database) {
    schema::install(&db.db).await.unwrap();
    let (account, url) = account(db).await;
    let insert_only = format!("GRANT INSERT (kind, format) ON audit_log TO {account}");
    db.execute(&insert_only).await;
    let app = sea_orm::Database::connect(url).await.unwrap();
    let without_version = schema::install(&app).await;
    let version = format!("GRANT SELECT ON audit_log_version TO {account}");
    db.execute(&version).await;
    let with_version = schema::install(&app).await;
    db.execute(&format!("DROP USER {account}")).await;

    let Err(Error::HiddenColumns { table, missing }) = without_version else {
        panic!("{without_version:?}")
    };
    assert_eq!(table, "audit_log");
    assert!(missing.contains(&"recorded_at".to_owned()), "{missing:?}");
    with_version.unwrap();
}

async fn the_account_that_installed_may_be_dropped(db: &Database) {
    let (account, url) = account(db).await;
    let (_, name) = db.url().rsplit_once('/').unwrap();
    db.execute(&format!("GRANT ALL ON {name}.* TO {account}"))
        .await;
    // With a binary log, MySQL lets only such an account create a trigger.
    db.execute(&format!("GRANT SUPER ON *.* TO {account}"))
        .await;
    let installer = sea_orm::Database::connect(url).await.unwrap();
    let installed = schema::install(&installer).await;
    installer.close().await.unwrap();
    db.execute(&format!("DROP USER {account}")).await;
    installed.unwrap();

    let ids: Vec<i64> = column(db, "SELECT id AS value FROM audit_entries").await;
    assert!(ids.is_empty());
    for trigger in triggers_of_mysql() {
        db.execute(&format!("DROP TRIGGER {trigger}")).await;
    }
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
}

/// The holder of an account's privileges.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Account,
    Role,
    RoleOfARole,
}

/// Privileges of the account and of its roles have the same effect.
async fn privileges_may_come_through_roles(db: &Database) {
    let (_, name) = db.url().rsplit_once('/').unwrap();
    for holder in [Holder::Account, Holder::Role, Holder::RoleOfARole] {
        schema::install(&db.db).await.unwrap();
        let (account, url) = account(db).await;
        let roles: &[String] = &match holder {
            Holder::Account => Vec::new(),
            Holder::Role => vec![format!("r_{account}")],
            Holder::RoleOfARole => vec![format!("r_{account}"), format!("s_{account}")],
        };
        let mut grantee = account.clone();
        for role in roles {
            db.execute(&format!("CREATE ROLE {role}")).await;
            db.execute(&format!("GRANT {role} TO {grantee}")).await;
            grantee.clone_from(role);
        }
        if let [first, ..] = roles {
            let to = if db.server() == Server::MySql {
                "TO"
            } else {
                "FOR"
            };
            db.execute(&format!("SET DEFAULT ROLE {first} {to} {account}"))
                .await;
        }
        let grant = async |privilege: &str| {
            let grant = format!("GRANT {privilege} ON {name}.* TO {grantee}");
            db.execute(&grant).await;
        };
        judge(
            db,
            grant,
            async || sea_orm::Database::connect(&url).await.unwrap(),
            holder,
        )
        .await;
        db.execute(&format!("DROP USER {account}")).await;
        for role in roles {
            db.execute(&format!("DROP ROLE {role}")).await;
        }
    }
}

async fn judge(
    db: &Database,
    grant: impl AsyncFn(&str),
    connect: impl AsyncFn() -> DatabaseConnection,
    holder: Holder,
) {
    let as_created = triggers(db).await;
    grant("SELECT").await;
    for trigger in triggers_of_mysql() {
        db.execute(&format!("DROP TRIGGER {trigger}")).await;
    }
    // The account does not see whether there are triggers.
    schema::install(&connect().await).await.unwrap();
    assert!(triggers(db).await.is_empty(), "{holder:?}");

    grant("TRIGGER").await;
    let installed = schema::install(&connect().await).await;
    match db.server() {
        // With a binary log, MySQL lets no account without SUPER create a trigger.
        Server::MySql => {
            let Err(Error::NotAppendOnly { triggers, .. }) = installed else {
                panic!("{holder:?}: {installed:?}")
            };
            assert_eq!(triggers, triggers_of_mysql(), "{holder:?}");
            schema::install(&db.db).await.unwrap();
        }
        _ => installed.unwrap(),
    }
    assert_eq!(triggers(db).await, as_created, "{holder:?}");

    // Another table of the log's name. `install` relies on the version until the account sees enough to report it.
    db.execute("DROP VIEW audit_entries").await;
    db.execute("DROP TABLE audit_log").await;
    db.execute("CREATE TABLE audit_log (id bigint, kind smallint)")
        .await;
    schema::install(&connect().await).await.unwrap();
    grant("CREATE VIEW").await;
    let accused = schema::install(&connect().await).await;
    assert!(
        matches!(
            &accused,
            Err(Error::ForeignTable {
                table: "audit_log",
                ..
            })
        ),
        "{holder:?}: {accused:?}"
    );
    db.execute("DROP TABLE audit_log, audit_log_version").await;
}

fn triggers_of_mysql() -> [&'static str; 3] {
    [
        "audit_log_no_update",
        "audit_log_no_delete",
        "audit_log_recorded_at",
    ]
}

/// Creates an account without privileges. Returns its name, and its URL of this database.
async fn account(db: &Database) -> (String, String) {
    let (server, name) = db.url().rsplit_once('/').unwrap();
    let account = format!("u_{}", &name["audit_test_".len()..]);
    db.execute(&format!("CREATE USER {account}")).await;
    let (_, address) = server.split_once('@').unwrap();
    (
        account.clone(),
        format!("mysql://{account}@{address}/{name}"),
    )
}

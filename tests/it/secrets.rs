//! Redacted and skipped values appear nowhere, whatever fails.

use std::{
    env,
    error::Error as _,
    process::{Command, Stdio},
};

use audit_runtime::{Error, prelude::*};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    a_secret_is_in_no_error_entry_or_trace,
    a_withheld_message_still_says_what_was_violated,
);

/// A part of every value that must not appear.
const SECRET: &str = "s3cr3t";

mod vault {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "vaults")]
    #[audited(entity_type = "Vault", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update, label)]
        pub owner: String,
        #[audited(update, redact)]
        pub secret: String,
        #[audited(skip)]
        pub hidden: Option<String>,
    }
}

fn row(number: usize) -> vault::ActiveModel {
    vault::ActiveModel {
        owner: Set("jane".to_owned()),
        secret: Set(format!("{SECRET} {number}")),
        hidden: Set(Some(format!("hidden {SECRET} {number}"))),
        ..Default::default()
    }
}

async fn create(db: &DatabaseConnection) {
    let id = match db.get_database_backend() {
        DbBackend::Postgres => "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        DbBackend::MySql => "integer AUTO_INCREMENT PRIMARY KEY",
        _ => "integer PRIMARY KEY AUTOINCREMENT",
    };
    let table = format!(
        "CREATE TABLE vaults (id {id}, owner varchar(20) NOT NULL, \
         secret varchar(40) NOT NULL UNIQUE CHECK (secret NOT LIKE '%forbidden%'), hidden varchar(40) UNIQUE)"
    );
    db.execute_unprepared(&table).await.unwrap();
    let triggers = match db.get_database_backend() {
        DbBackend::Postgres => vec![
            "CREATE FUNCTION blab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF NEW.secret LIKE '%blab%' THEN RAISE 'no %, not % either', NEW.secret, NEW.hidden; END IF; \
             RETURN NEW; END $$",
            "CREATE TRIGGER blab BEFORE INSERT OR UPDATE ON vaults FOR EACH ROW EXECUTE FUNCTION blab()",
        ],
        DbBackend::MySql => vec![
            "CREATE TRIGGER blab BEFORE UPDATE ON vaults FOR EACH ROW BEGIN \
             DECLARE said varchar(128) DEFAULT concat('no ', NEW.secret); \
             IF NEW.secret LIKE '%blab%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said; END IF; END",
        ],
        _ => vec![],
    };
    for trigger in triggers {
        db.execute_unprepared(trigger).await.unwrap();
    }
}

/// Causes every failure that could contain a secret, and runs every write.
async fn provoke(db: &DatabaseConnection) -> Vec<Error> {
    let context = context();
    let audit = db.audited(&context);
    let first = audit.insert(row(1)).await.unwrap();
    let second = audit.insert(row(2)).await.unwrap();
    let patch = |secret: String| vault::Patch::new().secret(secret);
    audit
        .update(second.id, patch(format!("{SECRET} new")))
        .await
        .unwrap();
    audit
        .update(second.id, vault::Patch::new().owner("jack"))
        .await
        .unwrap();

    let mut errors = vec![
        audit.insert(row(1)).await.unwrap_err(),
        audit
            .update(second.id, patch(format!("{SECRET} 1")))
            .await
            .unwrap_err(),
        audit
            .update(second.id, patch(format!("{SECRET} forbidden")))
            .await
            .unwrap_err(),
        audit
            .update_if_unchanged(&second, patch(format!("{SECRET} late")))
            .await
            .unwrap_err(),
        audit
            .insert(vault::ActiveModel {
                owner: NotSet,
                ..row(3)
            })
            .await
            .unwrap_err(),
        audit
            .insert(vault::ActiveModel {
                hidden: Set(first.hidden.clone()),
                ..row(4)
            })
            .await
            .unwrap_err(),
    ];
    if db.get_database_backend() != DbBackend::Sqlite {
        let long = format!("{SECRET} {}", "x".repeat(60));
        errors.push(audit.update(second.id, patch(long)).await.unwrap_err());
        errors.push(
            audit
                .update(second.id, patch(format!("{SECRET} blab")))
                .await
                .unwrap_err(),
        );
    }
    let tx = audit.begin().await.unwrap();
    errors.push(tx.insert(row(1)).await.unwrap_err());
    errors.push(tx.commit().await.unwrap_err());
    if db.get_database_backend() == DbBackend::Postgres {
        // The constraint fails only at the commit.
        db.execute_unprepared(
            "ALTER TABLE vaults ADD UNIQUE (secret) DEFERRABLE INITIALLY DEFERRED",
        )
        .await
        .unwrap();
        db.execute_unprepared("ALTER TABLE vaults DROP CONSTRAINT vaults_secret_key")
            .await
            .unwrap();
        errors.push(
            audit
                .insert(vault::ActiveModel {
                    hidden: Set(None),
                    ..row(1)
                })
                .await
                .unwrap_err(),
        );
        let tx = audit.begin().await.unwrap();
        tx.insert(vault::ActiveModel {
            hidden: Set(None),
            ..row(1)
        })
        .await
        .unwrap();
        errors.push(tx.commit().await.unwrap_err());
    }
    errors.push(serde_json_error());

    audit.delete::<vault::Entity>(first.id).await.unwrap();
    println!(
        "{:?}",
        vault::Patch::new().secret(format!("{SECRET} shown"))
    );
    errors
}

/// The errors of an invalid request body.
fn serde_json_error() -> Error {
    let body = format!(r#"{{"secret": ["{SECRET}"], "hidden": "{SECRET}"}}"#);
    let refused = serde_json::from_str::<vault::Patch>(&body).unwrap_err();
    let body = format!(r#"{{"secret": ["{SECRET}"]}}"#);
    let wrong = serde_json::from_str::<vault::Patch>(&body).unwrap_err();
    DbErr::Custom(format!("{refused} {refused:?} {wrong} {wrong:?}")).into()
}

async fn a_secret_is_in_no_error_entry_or_trace(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create(&database.db).await;

    // In a separate process, whose traces are all recorded.
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "secrets::tracing_process", "--nocapture"])
        .env("AUDIT_TEST_SECRETS", database.url())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("db.statement") && said.contains("INSERT INTO"),
        "no traces: {said}"
    );
    if let Some(line) = said.lines().find(|line| line.contains(SECRET)) {
        panic!("said: {line}");
    }

    let log = entries(&database.db).await;
    assert_eq!(log.len(), 5);
    let told: Vec<_> = log
        .iter()
        .map(|entry| {
            format!(
                "{entry} {entry:?} {}",
                serde_json::to_string(entry).unwrap()
            )
        })
        .collect();
    let rows = audit_runtime::audit_log::Entity::find()
        .all(&database.db)
        .await
        .unwrap();
    let dump = format!("{told:?} {rows:?}");
    assert!(dump.contains("jane") && !dump.contains(SECRET), "{dump}");
}

/// Not a test: the process that the scenario above starts. Without a task it does nothing.
#[test]
fn tracing_process() {
    let Ok(url) = env::var("AUDIT_TEST_SECRETS") else {
        return;
    };
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(std::io::stdout)
        .init();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let db = sea_orm::Database::connect(url).await.unwrap();
        for error in provoke(&db).await {
            let unique = error.sql_err();
            println!("{error}\n{error:?}\n{unique:?}");
            let mut source = error.source();
            while let Some(error) = source {
                println!("{error}\n{error:?}");
                source = error.source();
            }
            let error = DbErr::from(error);
            println!("{error}\n{error:?}");
        }
    });
}

async fn a_withheld_message_still_says_what_was_violated(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create(&database.db).await;
    let db = &database.db;
    vault::Entity::insert(row(1)).exec(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    // SeaORM's own error, for comparison.
    let theirs = vault::Entity::insert(row(1)).exec(db).await.unwrap_err();
    let ours = audit.insert(row(1)).await.unwrap_err();
    assert!(theirs.sql_err().is_some() && ours.sql_err().is_some());
    let ours = ours.to_string();
    assert!(
        ours.contains("unique constraint violated") && ours.contains("withheld"),
        "{ours}"
    );
}

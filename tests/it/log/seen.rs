//! Reads do not take an object with the log's name for the log.

use audit_runtime::{Entry, Error, prelude::*};
use sea_orm::{ConnectionTrait, DatabaseConnection, prelude::Uuid};

use super::kept_from::{
    HIDDEN_ON_MARIADB, HIDDEN_ON_MYSQL, HIDDEN_ON_POSTGRES, HIDDEN_ON_SQLITE, Obstacle,
};
use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, document, install, new_user, user},
};

on_every_backend!(a_temporary_table_is_not_read);

/// Without rows, with the log's rows, and with no rows in a way that the database knows without a read.
const MORE_ON_POSTGRES: &[Obstacle] = &[
    (
        &["CREATE TEMPORARY TABLE audit_log AS SELECT * FROM audit_log"],
        &["DROP TABLE pg_temp.audit_log"],
    ),
    (
        &["CREATE TEMPORARY VIEW audit_log AS SELECT * FROM audit_log WHERE false"],
        &["DROP VIEW pg_temp.audit_log"],
    ),
    (
        &[
            "SET constraint_exclusion = on",
            "CREATE TEMPORARY TABLE audit_log (LIKE audit_log, CHECK (id < 0 AND action = 'NONE' AND kind > 2))",
        ],
        &["DROP TABLE pg_temp.audit_log", "RESET constraint_exclusion"],
    ),
];

const MORE_ON_MYSQL: &[Obstacle] = &[
    (
        &[
            "CREATE TEMPORARY TABLE other SELECT * FROM audit_log",
            "ALTER TABLE other RENAME audit_log",
        ],
        &["DROP TEMPORARY TABLE audit_log"],
    ),
    // The database knows before a read that it has no rows.
    (
        &[
            "CREATE TEMPORARY TABLE other ENGINE = MyISAM SELECT * FROM audit_log WHERE false",
            "ALTER TABLE other RENAME audit_log",
        ],
        &["DROP TEMPORARY TABLE audit_log"],
    ),
];

const MORE_ON_SQLITE: &[Obstacle] = &[
    (
        &["CREATE TEMPORARY TABLE Audit_Log AS SELECT * FROM main.audit_log WHERE false"],
        &["DROP TABLE temp.audit_log"],
    ),
    (
        &["CREATE TEMPORARY VIEW audit_log AS SELECT * FROM main.audit_log"],
        &["DROP VIEW temp.audit_log"],
    ),
];

/// The data that is read.
struct Subject {
    john: i32,
    entry: Entry,
    changeset: Uuid,
    moment: Moment,
}

async fn a_temporary_table_is_not_read(database: &Database) {
    install(&database.db).await.unwrap();
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap().id;
    let draft = document::Draft::new().id("1").title("title");
    audit.insert(draft).await.unwrap();
    let promotion = user::AdminPatch::new().role("admin");
    audit.update(john, promotion).await.unwrap();
    let newest = History::of::<user::Entity>(john).newest_first();
    let entry = newest.page(db, None, 1).await.unwrap().entries.remove(0);
    let subject = Subject {
        john,
        changeset: entry.changeset_id,
        moment: Moment::before(&entry),
        entry,
    };

    let (some, more) = match database.server() {
        Server::Postgres => (HIDDEN_ON_POSTGRES, MORE_ON_POSTGRES),
        Server::MySql => (HIDDEN_ON_MYSQL, MORE_ON_MYSQL),
        Server::MariaDb | Server::NewerMariaDb => (HIDDEN_ON_MARIADB, MORE_ON_MYSQL),
        Server::Sqlite => (HIDDEN_ON_SQLITE, MORE_ON_SQLITE),
    };
    for (hide, show) in some.iter().chain(more) {
        // Reads before and after, so that statements are kept.
        for (read, outcome) in outcomes(&subject, db).await {
            outcome.unwrap_or_else(|error| panic!("{read}: {error:?}"));
        }
        for statement in *hide {
            db.execute_unprepared(statement).await.unwrap();
        }
        let hidden = outcomes(&subject, db).await;
        for statement in *show {
            db.execute_unprepared(statement).await.unwrap();
        }
        for (read, outcome) in hidden {
            // MariaDB before 11.2 does not report temporary tables.
            if database.server() == Server::MariaDb {
                assert!(!matches!(outcome, Err(Error::LogHidden)), "{read}");
            } else {
                let is_told = match &outcome {
                    Err(Error::LogHidden) => true,
                    // The temporary table lacks the index that the query names.
                    Err(Error::Database(error)) => error.code() == Some("42000"),
                    _ => false,
                };
                assert!(is_told, "{read} under {hide:?}: {outcome:?}");
            }
        }
    }
    for (read, outcome) in outcomes(&subject, db).await {
        outcome.unwrap_or_else(|error| panic!("{read}: {error:?}"));
    }
}

/// The outcomes of all reads of the log.
async fn outcomes(
    subject: &Subject,
    db: &DatabaseConnection,
) -> Vec<(&'static str, Result<(), Error>)> {
    let Subject {
        john,
        entry,
        changeset,
        moment,
    } = subject;
    let mut outcomes = Vec::new();
    for (name, history) in [
        ("a history", History::of::<user::Entity>(*john)),
        ("a history by a text", History::of::<document::Entity>("2")),
        ("the log", History::all()),
        ("no entries", History::on("User", "none")),
        ("a type", History::of_type::<user::Entity>()),
    ] {
        let forwards = history.clone().page(db, None, 10).await;
        outcomes.push((name, forwards.map(drop)));
        let backwards = history.newest_first().page(db, None, 10).await;
        outcomes.push((name, backwards.map(drop)));
    }
    let committed = History::committed(*changeset, db).await;
    outcomes.push(("a changeset", committed.map(drop)));
    let past = user::Entity::state_at(*john, *moment, db).await;
    outcomes.push(("the past", past.map(drop)));
    let never = user::Entity::state_at(-1, *moment, db).await;
    outcomes.push(("the past of no row", never.map(drop)));

    // The revert is rolled back.
    let context = context();
    let unit = db.audited(&context).begin().await.unwrap();
    let reverted = unit.revert(entry.inverse::<user::AdminPatch>().unwrap());
    let reverted = reverted.await.map(drop);
    unit.rollback().await.unwrap();
    outcomes.push(("an entry that is taken back", reverted));
    outcomes
}

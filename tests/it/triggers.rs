//! PostgreSQL triggers that interfere with a write: the write fails, and nothing is stored, whatever the trigger did.

use audit_runtime::{AuditContext, Error, prelude::*};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend::Postgres, DatabaseConnection, EntityTrait,
    QueryOrder, Statement,
};

use crate::{
    backend::{Database, run},
    entities::{context, entries, install, install_unguarded, new_user, user},
    invariants::{assert_none, violations},
};

#[derive(Clone, Copy, Debug)]
enum Write {
    Insert,
    InsertMany,
    Update,
    UpdateMany,
    UpdateOrInsert,
    Delete,
    DeleteMany,
}

impl Write {
    async fn run(self, writer: &impl Writer, id: i32) -> Result<(), Error> {
        let all = user::Column::Id.gt(0);
        let patch = || user::AdminPatch::new().role("admin");
        match self {
            Self::Insert => writer.insert(new_user("left out")).await.map(drop),
            Self::InsertMany => {
                let rows = ["jack", "left out", "judy"].map(new_user);
                writer.insert_many(rows).await.map(drop)
            }
            Self::Update => writer.update(id, patch()).await.map(drop),
            Self::UpdateMany => writer.update_many(all, patch()).await.map(drop),
            Self::UpdateOrInsert => writer
                .insert_or_update(new_user("john"), [user::Column::Username], patch())
                .await
                .map(drop),
            Self::Delete => writer.delete::<user::Entity>(id).await,
            Self::DeleteMany => writer.delete_many::<user::Entity>(all).await.map(drop),
        }
    }
}

const UPDATES: [Write; 3] = [Write::Update, Write::UpdateMany, Write::UpdateOrInsert];
const DELETES: [Write; 2] = [Write::Delete, Write::DeleteMany];
const INSERTS: [Write; 2] = [Write::Insert, Write::InsertMany];

#[test]
fn an_update_that_a_trigger_suppresses_is_an_error() {
    hinder("UPDATE", "RETURN NULL;", &UPDATES, "");
}

#[test]
fn an_insert_that_a_trigger_suppresses_is_an_error() {
    let some = "IF NEW.username = 'left out' THEN RETURN NULL; END IF; RETURN NEW;";
    hinder("INSERT", some, &INSERTS, "");
}

#[test]
fn a_delete_that_a_trigger_suppresses_is_an_error() {
    hinder(
        "DELETE",
        "RETURN NULL;",
        &DELETES,
        "did not write the row (DELETE)",
    );
}

/// The update would be a change without an entry.
#[test]
fn a_delete_that_a_trigger_makes_an_update_is_an_error() {
    let mark = "UPDATE users SET logins = -1 WHERE id = OLD.id; RETURN NULL;";
    // A guard would refuse it first.
    run(Postgres, async |database| {
        install_unguarded(&database.db).await.unwrap();
        hindered(
            database,
            "DELETE",
            mark,
            &DELETES,
            "did not write the row (DELETE)",
        )
        .await;
    });
}

#[test]
fn one_row_that_a_trigger_leaves_out_is_an_error() {
    let jane = "IF OLD.username = 'jane' THEN RETURN NULL; END IF;";
    hinder(
        "UPDATE",
        &format!("{jane} RETURN NEW;"),
        &[Write::UpdateMany],
        "",
    );
    hinder(
        "DELETE",
        &format!("{jane} RETURN OLD;"),
        &[Write::DeleteMany],
        "",
    );
}

#[test]
fn a_trigger_that_changes_the_key_is_an_error() {
    let key = "NEW.id := NEW.id + 1000; RETURN NEW;";
    hinder("UPDATE", key, &UPDATES, "primary key");
}

/// Tries the writes on the pool and in a unit, by both plans, with a trigger that leaves a trace and then runs `body`.
fn hinder(event: &str, body: &str, writes: &[Write], message: &str) {
    run(Postgres, async |database| {
        install(&database.db).await.unwrap();
        hindered(database, event, body, writes, message).await;
    });
}

async fn hindered(database: &Database, event: &str, body: &str, writes: &[Write], message: &str) {
    let db = &database.db;
    let by_itself = context();
    let audit = db.audited(&by_itself);
    let john = audit.insert(new_user("john")).await.unwrap();
    audit.insert(new_user("jane")).await.unwrap();
    database.execute("CREATE TABLE traces (id serial)").await;
    let function = format!(
        "CREATE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN INSERT INTO traces DEFAULT VALUES; {body} END $$"
    );
    database.execute(&function).await;
    let trigger = format!(
        "CREATE TRIGGER hinder BEFORE {event} ON users FOR EACH ROW EXECUTE FUNCTION hinder()"
    );
    database.execute(&trigger).await;

    let before = state(db).await;
    for context in contexts() {
        let audit = db.audited(&context);
        for write in writes {
            let error = write.run(&audit, john.id).await.unwrap_err();
            assert!(is_detected(&error), "{write:?}: {error:?}");
            assert!(error.to_string().contains(message), "{write:?}: {error}");
            assert!(!error.is_retryable(), "{write:?}: {error}");
            assert_eq!(state(db).await, before, "{write:?}");

            let tx = audit.begin().await.unwrap();
            let error = write.run(&tx, john.id).await.unwrap_err();
            assert!(is_detected(&error), "{write:?}: {error:?}");
            assert!(error.to_string().contains(message), "{write:?}: {error}");
            assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
            assert_eq!(state(db).await, before, "{write:?}");
        }
    }
    assert_none(&violations(db).await, "with a trigger in the way");
}

/// Whether this crate detected the error, and not the database.
fn is_detected(error: &Error) -> bool {
    matches!(error, Error::NotWritten { .. } | Error::KeyChanged)
}

fn contexts() -> [AuditContext; 2] {
    [context(), audit_runtime::__private::locked(context())]
}

/// The users, the number of entries, and the number of traces that the trigger left.
async fn state(db: &DatabaseConnection) -> (Vec<user::Model>, usize, i64) {
    let users = user::Entity::find().order_by_asc(user::Column::Id);
    let traces = Statement::from_string(Postgres, "SELECT count(*) AS count FROM traces");
    let traces = db.query_one_raw(traces).await.unwrap().unwrap();
    (
        users.all(db).await.unwrap(),
        entries(db).await.len(),
        traces.try_get("", "count").unwrap(),
    )
}

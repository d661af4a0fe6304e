//! Keys in another spelling than in the archive.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Past, Tenure,
    prelude::*,
    retention::{Archive, DAY, Policy, Retention, archive::object_store::memory::InMemory},
};
use sea_orm::{DatabaseBackend, DatabaseConnection, prelude::DateTimeUtc};

use super::super::archive::{archive, with};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_precise_table},
};

on_every_backend!(
    a_key_in_another_spelling_is_found_in_an_archive,
    a_key_that_is_stored_less_precisely_is_found_in_an_archive,
);

/// An entity with a key that the database compares without case.
mod guest {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "archived_guests")]
    #[audited(entity_type = "ArchivedGuest", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "custom(\"loose\")")]
        #[audited(create)]
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub room: i32,
        #[audited(create, update)]
        pub nights: i32,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

mod visit {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "archived_visits")]
    #[audited(entity_type = "ArchivedVisit", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub at: DateTimeUtc,
        #[audited(create, update)]
        pub nights: i32,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn installed(database: &Database) -> (Archive, Retention) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    let name = match database.backend() {
        DatabaseBackend::Postgres => {
            database
                .execute("CREATE EXTENSION IF NOT EXISTS citext")
                .await;
            "citext"
        }
        DatabaseBackend::MySql => "varchar(40) COLLATE utf8mb4_general_ci",
        _ => "text COLLATE NOCASE",
    };
    database
        .execute(&format!(
            "CREATE TABLE archived_guests (name {name} NOT NULL, room integer NOT NULL, nights integer NOT NULL, PRIMARY KEY (name, room))"
        ))
        .await;
    create_precise_table(db, visit::Entity).await;
    let store = Arc::new(InMemory::new());
    let all = Policy::new("rows").document("SEC-12");
    let all = all.types(["ArchivedGuest", "ArchivedVisit"]);
    let retention = with(&store, all.hot(Duration::ZERO).keep(365 * DAY));
    retention.install(db, &context()).await.unwrap();
    (archive(&store), retention)
}

/// The ids of a row's entries, its value after each, and the length of its timeline.
async fn told(
    archive: &Archive,
    name: &str,
    room: i32,
    db: &DatabaseConnection,
) -> (Vec<i64>, Vec<Option<i32>>, usize) {
    let key = || (name.to_owned(), room);
    let entries = History::of::<guest::Entity>(key()).across(archive);
    let entries = entries.first_page(db, 50).await.unwrap().entries;
    let nights = |past: Option<Past<guest::Entity>>| Some(past?.model().unwrap().nights);
    let mut values = Vec::new();
    for entry in &entries {
        let past = archive.state_at::<guest::Entity>(key(), entry, db);
        values.push(nights(past.await.unwrap()));
    }
    let tenures: Vec<Tenure> = archive
        .timeline::<guest::Entity>(key(), guest::Column::Nights, db)
        .await
        .unwrap();
    let ids = entries.iter().map(|entry| entry.id);
    (ids.collect(), values, tenures.len())
}

async fn a_key_in_another_spelling_is_found_in_an_archive(database: &Database) {
    let (archive, retention) = installed(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    for (name, room) in [("jane", 1), ("jane", 2), ("joan", 1)] {
        let guest = guest::Draft::new().name(name).room(room).nights(1);
        audit.insert(guest).await.unwrap();
        let key = (name.to_owned(), room);
        let patch = guest::Patch::new().nights(2);
        audit.update(key.clone(), patch).await.unwrap();
        audit.delete::<guest::Entity>(key).await.unwrap();
    }
    let expected = (vec![2, 3, 4], vec![Some(1), Some(2), None], 3);
    for is_archived in [false, true] {
        if is_archived {
            retention.run(db, &context).await.unwrap();
        }
        for name in ["jane", "JANE", "Jane"] {
            let told = told(&archive, name, 1, db).await;
            assert_eq!(told, expected, "{name} {is_archived}");
        }
        for (name, room) in [("JANE", 3), ("JAN", 1), ("", 1)] {
            let told = told(&archive, name, room, db).await;
            assert_eq!(told, (vec![], vec![], 0), "{name} {room}");
        }
    }
    // A row whose entries have all moved is not mixed with a later row under another spelling.
    let guest = guest::Draft::new().name("JOAN").room(1).nights(5);
    audit.insert(guest).await.unwrap();
    let of_joan = told(&archive, "JOAN", 1, db).await;
    assert_eq!((of_joan.0.len(), of_joan.1), (1, vec![Some(5)]));
}

async fn a_key_that_is_stored_less_precisely_is_found_in_an_archive(database: &Database) {
    let (archive, retention) = installed(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);
    let given: DateTimeUtc = "2026-03-01T10:00:00.123456789Z".parse().unwrap();
    let visit = visit::Draft::new().at(given).nights(1);
    audit.insert(visit).await.unwrap();
    audit.delete::<visit::Entity>(given).await.unwrap();
    retention.run(db, &context).await.unwrap();
    let question = History::of::<visit::Entity>(given).across(&archive);
    let entries = question.first_page(db, 9).await.unwrap().entries;
    assert_eq!(entries.len(), 2);
    let past = archive.state_at::<visit::Entity>(given, &entries[0], db);
    assert_eq!(past.await.unwrap().unwrap().model().unwrap().nights, 1);
}

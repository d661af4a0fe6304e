//! Compares the notes of a guard with the library's entries.

use std::cell::Cell;

use audit_runtime::{
    Entry, Error, audit_log,
    prelude::*,
    schema::{self, GuardMode},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{
    ColumnTrait, DatabaseBackend::MySql, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    Statement,
};
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    backend::Database,
    entities::context,
    parity::{compare::assert_same_changes, specimens::Specimen, step::Step},
};

pub(super) async fn prepare<E: Specimen>(database: &Database) {
    let db = &database.db;
    schema::install_guard::<E>(db, GuardMode::Capture)
        .await
        .unwrap();
    database
        .execute("DROP TRIGGER IF EXISTS audit_guard_settle")
        .await;
}

pub(super) async fn compare<E: Specimen>(database: &Database) {
    prepare::<E>(database).await;
    let context = context();
    let audit = database.db.audited(&context);
    let config = Config {
        cases: 300,
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    };
    // Deterministic cases, so that a failure can be repeated.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let compared = Cell::new(0);
    let result = block_in_place(|| {
        runner.run(
            &prop::collection::vec(Step::<E>::any(E::ODD), 1..4),
            |steps| {
                Handle::current().block_on(async {
                    for step in &steps {
                        clear(database).await;
                        let before = last_entry(database).await;
                        match step.take(&audit).await {
                            // The database refuses the value, or does not store it unchanged.
                            Ok(_)
                            | Err(
                                Error::NotFound { .. }
                                | Error::Database(_)
                                | Error::NotStored { .. }
                                | Error::Unsendable,
                            ) => {}
                            Err(error) => panic!("{error:?}"),
                        }
                        compared.set(compared.get() + assert_alike(database, before).await);
                    }
                });
                Ok(())
            },
        )
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{}: {} changes", E::default().table_name(), compared.get());
    assert!(compared.get() > 60);
}

pub(super) async fn clear(database: &Database) {
    database.execute("DELETE FROM audit_guard_pending").await;
}

pub(super) async fn last_entry(database: &Database) -> i64 {
    let last = audit_log::Entity::find().order_by_desc(audit_log::Column::Id);
    let last = last.one(&database.db).await.unwrap();
    last.map_or(0, |entry| entry.id)
}

#[derive(Debug, FromQueryResult)]
struct Note {
    entity_type: String,
    entity_id: String,
    entity_label: Option<String>,
    action: String,
    changes: String,
}

/// Compares the entries after this one with the notes, and returns their number.
pub(super) async fn assert_alike(database: &Database, since: i64) -> usize {
    let notes = "SELECT * FROM audit_guard_pending ORDER BY entity_id, action";
    let notes = Note::find_by_statement(Statement::from_string(MySql, notes));
    let notes = notes.all(&database.db).await.unwrap();
    let written = audit_log::Entity::find().filter(audit_log::Column::Id.gt(since));
    let mut written = written.all(&database.db).await.unwrap();
    written.sort_by(|a, b| (&a.entity_id, &a.action).cmp(&(&b.entity_id, &b.action)));
    assert_eq!(notes.len(), written.len(), "{notes:#?} {written:#?}");
    for (note, entry) in notes.iter().zip(written) {
        assert_eq!(Some(&note.entity_type), entry.entity_type.as_ref());
        assert_eq!(Some(&note.entity_id), entry.entity_id.as_ref());
        assert_eq!(note.entity_label, entry.entity_label);
        assert_eq!(note.action, entry.action);
        let mut noted = entry.clone();
        noted.changes = Some(serde_json::from_str(&note.changes).unwrap());
        assert_same_changes(&Entry::from(noted).changes, &Entry::from(entry).changes);
    }
    notes.len()
}

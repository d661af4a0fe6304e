//! Erasure from files of the archive, and with holds.

use std::sync::Arc;

use audit_runtime::{
    Entry, PastValue, Reason,
    prelude::*,
    retention::{
        self, Archive, Erased, Hold, Policy, Retention, archive::object_store::memory::InMemory,
    },
};
use futures_util::TryStreamExt;
use sea_orm::IntoActiveModel;
use serde_json::json;

use super::super::archive::files;
use super::{PERSONAL, doctor, of, of_jane, patient, prepare, text};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    entries_on_hold_stay_as_they_were,
    an_archive_is_erased_with_the_log,
    an_archive_is_not_forgotten
);

pub async fn across(database: &Database, store: &Arc<InMemory>) -> Vec<Entry> {
    let archive = Archive::new(store.clone());
    let all = History::all().across(&archive).stream(&database.db);
    all.try_collect().await.unwrap()
}

async fn an_archive_is_erased_with_the_log(database: &Database) {
    let db = &database.db;
    let (store, retention) = prepare(database).await;
    retention.run(db, &context()).await.unwrap();
    let audit_context = doctor();
    let row = patient::Model {
        id: 1,
        name: "jane".to_owned(),
        telephone: None,
        ward: "west".to_owned(),
        plan: json!(1),
        diagnosis: None,
    };
    let audit = db.audited(&audit_context);
    audit.insert(row.into_active_model()).await.unwrap();
    let before = across(database, &store).await;
    let old = files(&store).await;
    let erased = retention.erase(db, &context(), of_jane()).await.unwrap();
    let [file] = &erased.files[..] else {
        panic!("{erased:?}")
    };
    assert_eq!((erased.entries, file.entries), (1, 4));
    let new = files(&store).await;
    assert!(
        old.contains(&file.file) && !new.contains(&file.file),
        "{new:?}"
    );
    assert!(new.contains(&file.replaced_by), "{new:?}");

    let after = across(database, &store).await;
    assert_eq!(of(&after, "2"), of(&before, "2"));
    assert_eq!(of(&after, "1").len(), 6);
    for entry in of(&after, "1") {
        let told = text(std::slice::from_ref(&entry)).replace("jane called", "");
        let told = told.replace(r#""with":"jane""#, "");
        for value in PERSONAL {
            assert!(!told.contains(value), "{value}: {told}");
        }
    }
    let mut erases = after.iter().filter(|entry| entry.action == "ERASE");
    let of_file = erases.next_back().unwrap().metadata.clone().unwrap();
    assert_eq!(of_file["destroyed_file"], file.file);
    assert_eq!(of_file["replaced_by"], file.replaced_by);
    let archive = Archive::new(store.clone());
    let past = archive.state_at::<patient::Entity>(1, &before[1], db).await;
    let past = past.unwrap().unwrap();
    assert_eq!(
        past.get(patient::Column::Name),
        &PastValue::Unknown(Reason::Erased)
    );

    // The new file is handled as the old one would have been.
    let again = retention.erase(db, &context(), of_jane()).await.unwrap();
    assert_eq!(again, Erased::default());
    retention.run(db, &context()).await.unwrap();
    assert_eq!(of(&across(database, &store).await, "1"), of(&after, "1"));
}

async fn an_archive_is_not_forgotten(database: &Database) {
    let db = &database.db;
    let (_, retention) = prepare(database).await;
    let without = || Retention::new([Policy::new("all").document("SEC-12")]).unwrap();
    retention.run(db, &context()).await.unwrap();
    let error = without()
        .erase(db, &context(), of_jane())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "retention policy `erasure`: the log has an archive, but this retention has none: add Retention::archive"
    );
}

async fn entries_on_hold_stay_as_they_were(database: &Database) {
    let db = &database.db;
    let (store, retention) = prepare(database).await;
    let hold = Hold::new("matter 1").row("Inpatient", "1");
    let hold = retention::hold(db, &context(), hold).await.unwrap();
    let before = of(&entries(db).await, "1");
    let erased = retention.erase(db, &context(), of_jane()).await.unwrap();
    assert_eq!((erased.entries, erased.held), (0, 5));
    assert_eq!(of(&entries(db).await, "1"), before);

    retention::release(db, &context(), hold.id, "settled")
        .await
        .unwrap();
    retention.run(db, &context()).await.unwrap();
    let hold = Hold::new("matter 2").row("Inpatient", "1");
    let hold = retention::hold(db, &context(), hold).await.unwrap();
    let names = files(&store).await;
    let erased = retention.erase(db, &context(), of_jane()).await.unwrap();
    assert_eq!(erased, Erased::default());
    assert_eq!(files(&store).await, names);
    retention::release(db, &context(), hold.id, "settled")
        .await
        .unwrap();
    let erased = retention.erase(db, &context(), of_jane()).await.unwrap();
    assert_eq!(erased.files.len(), 1);
}

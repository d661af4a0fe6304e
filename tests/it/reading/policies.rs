//! Fields that were recorded and are redacted or skipped today: no reader gets the values, by any query.

mod found;

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Entry, Moment, PastValue, Reason,
    encode::DecodeError,
    prelude::*,
    retention::{Archive, DAY, Policy, Retention, archive::object_store::memory::InMemory},
};
use sea_orm::IntoActiveModel;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries},
};

on_every_backend!(
    what_is_redacted_since_is_not_shown,
    what_is_redacted_since_is_not_taken_back,
    what_is_redacted_since_is_not_shown_from_an_archive
);

/// The entity before: everything is recorded.
mod old {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "patients")]
    #[audited(entity_type = "Patient", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update)]
        pub diagnosis: Option<String>,
        #[audited(update)]
        pub phone: String,
        #[audited(update)]
        pub note: String,
        #[audited(update)]
        pub ward: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

/// The entity today: one field is redacted, one redacted and renamed, one skipped.
mod new {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "patients")]
    #[audited(entity_type = "Patient", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update, redact)]
        pub diagnosis: Option<String>,
        #[sea_orm(column_name = "phone")]
        #[audited(update, redact, was("phone"))]
        pub telephone: String,
        #[audited(skip)]
        pub note: String,
        #[audited(update)]
        pub ward: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

const SECRETS: [&str; 6] = ["flu", "cold", "555-1", "555-2", "likes tea", "likes coffee"];

/// A patient who is created, changed twice, and written by the old and the new version.
async fn prepare(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let row = old::Model {
        id: 1,
        diagnosis: Some("flu".to_owned()),
        phone: "555-1".to_owned(),
        note: "likes tea".to_owned(),
        ward: "north".to_owned(),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let all = old::Patch::new()
        .diagnosis("cold")
        .phone("555-2")
        .note("likes coffee")
        .ward("south");
    audit.update(1, all).await.unwrap();
    audit
        .update(1, old::Patch::new().diagnosis(None))
        .await
        .unwrap();
    audit
        .update(1, new::Patch::new().ward("west"))
        .await
        .unwrap();
}

fn check(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

fn check_entries(entries: &[Entry]) {
    for entry in entries {
        check(&entry.to_string());
        check(&serde_json::to_string(entry).unwrap());
        check(&format!("{entry:?}"));
    }
}

async fn what_is_redacted_since_is_not_shown(database: &Database) {
    let db = &database.db;
    prepare(database).await;
    let of_row = History::of::<new::Entity>(1)
        .page(db, None, 50)
        .await
        .unwrap()
        .entries;
    assert_eq!(of_row.len(), 4);
    check_entries(&of_row);
    check_entries(&entries(db).await);
    for question in [
        History::of_type::<new::Entity>(),
        History::on("Patient", "1"),
        History::all(),
        History::all().changeset(of_row[1].changeset_id),
    ] {
        let page = question.page(db, None, 50).await.unwrap();
        assert!(!page.entries.is_empty());
        check_entries(&page.entries);
    }
    assert_eq!(
        of_row[1].to_string(),
        "Admin 'jane.doe' changed Patient '1' diagnosis (redacted), phone (redacted) and ward from 'north' to 'south'"
    );
    // The entry says that a value was cleared.
    assert!(
        of_row[2]
            .to_string()
            .ends_with("diagnosis from (redacted) to nothing")
    );
    assert_eq!(
        of_row[1].values::<new::Entity>(new::Column::Telephone),
        Err(DecodeError::Redacted)
    );
    assert_eq!(
        of_row[1].values::<new::Entity>(new::Column::Note),
        Ok((None, None))
    );

    let created = &of_row[0];
    let past = new::Entity::state_at(1, created, db)
        .await
        .unwrap()
        .unwrap();
    check(&format!(
        "{past:?} {}",
        serde_json::to_string(&past).unwrap()
    ));
    assert_eq!(
        past.get(new::Column::Diagnosis),
        &PastValue::Unknown(Reason::Redacted)
    );
    assert_eq!(
        past.get(new::Column::Note),
        &PastValue::Unknown(Reason::Skipped)
    );
    assert_eq!(past.value(new::Column::Ward), Some(&"north".into()));
    let difference = new::Entity::history_between(1, created, Moment::from(&of_row[1]), db)
        .await
        .unwrap();
    check(&format!("{difference:?} {:?}", difference.changes()));
    for column in [
        new::Column::Diagnosis,
        new::Column::Telephone,
        new::Column::Note,
    ] {
        let tenures = new::Entity::timeline(1, column, db).await.unwrap();
        check(&format!("{tenures:?}"));
    }
}

async fn what_is_redacted_since_is_not_taken_back(database: &Database) {
    let db = &database.db;
    prepare(database).await;
    let changed = History::of::<new::Entity>(1)
        .page(db, None, 50)
        .await
        .unwrap()
        .entries
        .remove(1);
    let error = changed.inverse::<new::Patch>().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "entry {} cannot be reverted: `diagnosis` is redacted, `telephone` is redacted",
            changed.id
        )
    );
    assert!(
        changed
            .inverse_of::<new::Patch>(&[new::Column::Ward])
            .is_ok()
    );
}

async fn what_is_redacted_since_is_not_shown_from_an_archive(database: &Database) {
    let db = &database.db;
    prepare(database).await;
    let created = History::of::<new::Entity>(1);
    let created = created.page(db, None, 1).await.unwrap().entries.remove(0);
    let archive = Archive::new(Arc::new(InMemory::new()));
    let policy = Policy::new("all").document("SEC-12");
    let retention = Retention::new([policy.hot(Duration::ZERO).keep(365 * DAY)])
        .unwrap()
        .archive(archive.clone())
        .pace(1.0);
    retention.install(db, &context()).await.unwrap();
    let report = retention.run(db, &context()).await.unwrap();
    assert_eq!(report.archived[0].entries, 4);
    for question in [
        History::of_type::<new::Entity>(),
        History::on("Patient", "1"),
        History::all().newest_first(),
        History::all().changeset(created.changeset_id),
    ] {
        let page = question.across(&archive).page(db, None, 50).await.unwrap();
        assert!(page.entries.iter().any(|entry| entry.id == created.id));
        check_entries(&page.entries);
    }
    for column in [
        new::Column::Diagnosis,
        new::Column::Telephone,
        new::Column::Note,
    ] {
        let tenures = archive
            .timeline::<new::Entity>(1, column, db)
            .await
            .unwrap();
        check(&format!("{tenures:?}"));
    }
    let later = Moment::from(created.id + 1);
    let difference = archive.history_between::<new::Entity>(1, &created, later, db);
    let difference = difference.await.unwrap();
    assert!(!difference.changes().is_empty());
    check(&format!("{difference:?} {:?}", difference.changes()));
    let past = archive.state_at::<new::Entity>(1, &created, db).await;
    let past = past.unwrap().unwrap();
    check(&format!(
        "{past:?} {}",
        serde_json::to_string(&past).unwrap()
    ));
    assert_eq!(
        past.get(new::Column::Diagnosis),
        &PastValue::Unknown(Reason::Redacted)
    );
}

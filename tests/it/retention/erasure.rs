//! Values that are erased from entries, in the log and in the archive.

mod archived;
mod cut_off;
mod refused;

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use audit_runtime::{
    Actor, AuditContext, Entry, PastValue, Reason,
    encode::Encoded,
    prelude::*,
    retention::{
        Archive, DAY, Erased, Erasure, Policy, Retention,
        archive::object_store::{ObjectStore, memory::InMemory},
    },
    schema,
};
use sea_orm::IntoActiveModel;
use serde_json::{Value as Json, json};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries},
};

on_every_backend!(
    what_is_erasable_goes_and_the_rest_stays,
    an_actor_is_erased,
    it_may_be_repeated
);

/// A patient with a number beyond a double, which stays exact.
pub mod patient {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "erasable_patients")]
    #[audited(entity_type = "Inpatient", was("Outpatient"), no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(label, update, erasable)]
        pub name: String,
        #[audited(update, erasable, was("phone"))]
        pub telephone: Option<String>,
        #[audited(update)]
        pub ward: String,
        #[sea_orm(column_type = "Json")]
        #[audited(update)]
        pub plan: Json,
        #[audited(update, redact)]
        pub diagnosis: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub const PERSONAL: [&str; 4] = ["jane", "joan", "555-1", "555-2"];

pub fn retention(store: Arc<dyn ObjectStore>) -> Retention {
    let policy = Policy::new("all").document("SEC-12 v3");
    Retention::new([policy.hot(Duration::ZERO).keep(365 * DAY)])
        .unwrap()
        .archive(Archive::new(store).lease(Duration::ZERO))
        .pace(1.0)
}

/// Prepares two patients who are created and changed. One of them is deleted.
pub async fn prepare(database: &Database) -> (Arc<InMemory>, Retention) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    create_table(db, patient::Entity).await.unwrap();
    let store = Arc::new(InMemory::new());
    let retention = retention(store.clone());
    retention.install(db, &context()).await.unwrap();
    let context = doctor();
    let audit = db.audited(&context);
    for id in [1, 2] {
        let row = patient::Model {
            id,
            name: "jane".to_owned(),
            telephone: Some("555-1".to_owned()),
            ward: "north".to_owned(),
            plan: json!({ "dose": 0.1, "units": u64::MAX }),
            diagnosis: Some("flu".to_owned()),
        };
        audit.insert(row.into_active_model()).await.unwrap();
        let patch = patient::Patch::new()
            .name("joan")
            .telephone(None)
            .ward("south")
            .diagnosis("cold");
        audit.update(id, patch).await.unwrap();
        let patch = patient::Patch::new().telephone("555-2");
        audit.update(id, patch).await.unwrap();
    }
    let came = Event::new("VISITED")
        .on("Inpatient", "1")
        .with("with", "jane");
    audit.record(came).await.unwrap();
    audit.delete::<patient::Entity>(1).await.unwrap();
    (store, retention)
}

pub fn doctor() -> AuditContext {
    AuditContext::new(Actor::new("Doctor", "7").named("dr. who"))
        .ip(Ipv4Addr::new(203, 0, 113, 9))
        .user_agent("phone")
        .session_id("session 9")
        .request_id("request 9")
        .reason("jane called")
}

fn of_jane() -> Erasure {
    Erasure::about::<patient::Entity>(1, "request 42")
}

fn of(entries: &[Entry], id: &str) -> Vec<Entry> {
    let of = |entry: &&Entry| entry.entity_id.as_deref() == Some(id) && entry.action != "ERASE";
    entries.iter().filter(of).cloned().collect()
}

pub fn text(entries: &[Entry]) -> String {
    let json = serde_json::to_string(entries).unwrap();
    let sentences: Vec<_> = entries.iter().map(Entry::to_string).collect();
    format!("{json} {}", sentences.join("\n"))
}

async fn what_is_erasable_goes_and_the_rest_stays(database: &Database) {
    let db = &database.db;
    let (_, retention) = prepare(database).await;
    let before = entries(db).await;
    let erased = retention.erase(db, &context(), of_jane()).await.unwrap();
    assert_eq!((erased.entries, erased.held), (4, 0), "{erased:?}");
    assert!(erased.files.is_empty() && !erased.is_archive_busy);

    let after = entries(db).await;
    assert_eq!(of(&after, "2"), of(&before, "2"));
    let [created, changed, called, visited, deleted] = &of(&after, "1")[..] else {
        panic!("{after:?}")
    };
    for (then, now) in of(&before, "1").iter().zip(of(&after, "1")) {
        assert_eq!(now.entity_label, None);
        assert_eq!(
            (
                now.id,
                &now.action,
                &now.actor,
                now.recorded_at,
                &now.reason,
                &now.metadata
            ),
            (
                then.id,
                &then.action,
                &then.actor,
                then.recorded_at,
                &then.reason,
                &then.metadata
            )
        );
        for field in ["ward", "plan", "diagnosis"] {
            assert_eq!(now.changes.get(field), then.changes.get(field), "{field}");
        }
    }
    let name = changed.changes.get("name").unwrap();
    assert_eq!(
        (&name.before, &name.after),
        (&Some(Encoded::Erased), &Some(Encoded::Erased))
    );
    let telephone = changed.changes.get("telephone").unwrap();
    assert_eq!(
        (&telephone.before, &telephone.after),
        (&Some(Encoded::Erased), &Some(Encoded::Plain(Json::Null)))
    );
    assert_eq!(
        changed.to_string(),
        "Doctor 'dr. who' changed Inpatient '1' diagnosis (redacted), name (erased), telephone from (erased) to nothing and ward from 'north' to 'south'"
    );
    let changes = serde_json::to_value(&called.changes).unwrap();
    assert_eq!(
        changes,
        json!({ "telephone": { "before": null, "after_is": "erased" } })
    );
    let told = text(&[
        created.clone(),
        changed.clone(),
        called.clone(),
        deleted.clone(),
    ]);
    let told = told.replace("jane called", "");
    for value in PERSONAL {
        assert!(!told.contains(value), "{value}: {told}");
    }
    assert_eq!(visited.metadata.as_ref().unwrap()["with"], "jane");

    let erase = after.iter().find(|entry| entry.action == "ERASE").unwrap();
    assert_eq!(
        (
            erase.entity_type.as_deref(),
            erase.entity_id.as_deref(),
            erase.reason.as_deref()
        ),
        (Some("Inpatient"), Some("1"), Some("request 42"))
    );
    let metadata = erase.metadata.as_ref().unwrap();
    assert_eq!(metadata["entries"], 4);
    assert_eq!(metadata["fields"], json!(["name", "telephone", "phone"]));
    assert_eq!(metadata["columns"], json!(["entity_label"]));

    let past = patient::Entity::state_at(1, changed, db)
        .await
        .unwrap()
        .unwrap();
    let erased = PastValue::Unknown(Reason::Erased);
    assert_eq!(past.get(patient::Column::Name), &erased);
    assert_eq!(
        past.get(patient::Column::Ward),
        &PastValue::Known("south".into())
    );
    let units = past.get(patient::Column::Plan);
    assert_eq!(
        units,
        &PastValue::Known(json!({ "dose": 0.1, "units": u64::MAX }).into())
    );
    let mut found = Vec::new();
    for id in [1, 2] {
        let to_joan = History::of::<patient::Entity>(id)
            .changed(patient::Column::Name)
            .to("joan");
        found.extend(to_joan.page(db, None, 9).await.unwrap().entries);
    }
    assert_eq!(found.len(), 1);
    assert!(
        found
            .iter()
            .all(|entry| entry.entity_id.as_deref() == Some("2"))
    );
    let back = deleted.restoration::<patient::Entity>();
    assert!(back.is_err(), "{back:?}");
}

async fn an_actor_is_erased(database: &Database) {
    let db = &database.db;
    let (_, retention) = prepare(database).await;
    let other = AuditContext::new(Actor::new("Doctor", "8").named("dr. no"))
        .ip(Ipv4Addr::new(203, 0, 113, 8));
    db.audited(&other).record(Event::new("CAME")).await.unwrap();
    let before = entries(db).await;
    let actor = Actor::new("Doctor", "7");
    let erasure = Erasure::actor(&actor, "request 43");
    let erased = retention.erase(db, &context(), erasure).await.unwrap();
    assert_eq!(erased.entries, 8);
    for (then, now) in before.iter().zip(entries(db).await) {
        let mut expected = then.clone();
        if then.actor.kind() == "Doctor" && then.actor.id() == "7" {
            assert_eq!(now.actor.name(), None);
            assert_eq!(
                (
                    &now.source.ip,
                    &now.source.user_agent,
                    &now.source.session_id
                ),
                (&None, &None, &None)
            );
            assert_eq!(now.source.request_id, then.source.request_id);
            assert_eq!(now.reason, then.reason);
            expected.actor = now.actor.clone();
            expected.source = now.source.clone();
        }
        assert_eq!(now, expected);
    }
    let texts = Erasure::actor(&actor, "request 43").and_texts();
    let erased = retention.erase(db, &context(), texts).await.unwrap();
    assert_eq!(erased.entries, 8);
    let after = entries(db).await;
    let theirs = after
        .iter()
        .filter(|entry| entry.actor.kind() == "Doctor" && entry.actor.id() == "7");
    for entry in theirs {
        assert_eq!((&entry.reason, &entry.metadata), (&None, &None));
    }
    let last = after.last().unwrap();
    assert_eq!(last.metadata.as_ref().unwrap()["actor_id"], "7");
}

async fn it_may_be_repeated(database: &Database) {
    let db = &database.db;
    let (_, retention) = prepare(database).await;
    retention.erase(db, &context(), of_jane()).await.unwrap();
    let erased = entries(db).await;
    let again = retention.erase(db, &context(), of_jane()).await.unwrap();
    assert_eq!(again, Erased::default());
    assert_eq!(entries(db).await, erased);
}

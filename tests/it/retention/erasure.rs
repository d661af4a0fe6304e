//! Values that are taken out of entries, in the log and in the archive.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use audit_runtime::{
    Actor, AuditContext, Entry, Error, PastValue, Reason,
    encode::Encoded,
    prelude::*,
    retention::{
        self, Archive, DAY, Erased, Erasure, Hold, Policy, Retention,
        archive::object_store::{ObjectStore, memory::InMemory},
    },
    schema,
};
use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, IntoActiveModel};
use serde_json::{Value as Json, json};

use super::{archive::files, ids};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries},
};

on_every_backend!(
    what_is_erasable_goes_and_the_rest_stays,
    an_actor_is_erased,
    entries_on_hold_stay_as_they_were,
    an_archive_is_erased_with_the_log,
    an_archive_is_not_forgotten,
    nothing_but_removal_passes,
    it_may_be_repeated,
    what_is_wrong_is_said,
);

/// A patient, whose number beyond a double stays exact.
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

/// Two patients who came, were changed, and one of whom left.
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

    // The file that took its place goes on as it would have.
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
        "retention policy `erasure`: the log has an archive, and this retention has none: add Retention::archive"
    );
}

/// Whatever a statement does beside an erasure that is listed, or without one.
async fn nothing_but_removal_passes(database: &Database) {
    let db = &database.db;
    let _ = prepare(database).await;
    let before = entries(db).await;
    let changed = of(&before, "1")[1].id;
    let erased = |name: &str| {
        format!(
            r#"{{"diagnosis":{{"before_is":"redacted","after_is":"redacted"}},"name":{name},"telephone":{{"before_is":"erased","after":null}},"ward":{{"before":"north","after":"south"}}}}"#
        )
    };
    let good = erased(r#"{"before_is":"erased","after_is":"erased"}"#);
    let unlisted = format!("UPDATE audit_log SET changes = '{good}' WHERE id = {changed}");
    assert!(db.execute_unprepared(&unlisted).await.is_err());

    let mut attacks: Vec<String> = [
        "entity_label = 'other'",
        "actor_id = '8'",
        "actor_name = 'dr. no'",
        "actor_kind = 'Admin'",
        "entity_id = '2'",
        "action = 'READ'",
        "reason = 'other'",
        "ip = '203.0.113.1'",
        "request_id = NULL",
        "outcome = 'FAILURE'",
        "reverts = 1",
        "id = 99",
        "metadata = '{}'",
        "changes = NULL",
        "changes = '{}'",
        "entity_label = NULL, actor_id = '8'",
    ]
    .map(str::to_owned)
    .to_vec();
    for name in [
        r#"{"before":"jane","after":"other"}"#,
        r#"{"before_is":"erased","after":"other"}"#,
        r#"{"before_is":"erased","after_is":"redacted"}"#,
        r#"{"before_is":"erased"}"#,
        r#"{"before_is":"erased","after_is":"erased","note":1}"#,
        r#"{"before":null,"after":null}"#,
        "1",
    ] {
        attacks.push(format!("changes = '{}'", erased(name)));
    }
    attacks.push(format!("changes = '{}'", good.replace("north", "west")));
    attacks.push(format!(
        "changes = '{}'",
        good.replace(
            r#""before_is":"erased","after":null"#,
            r#""before_is":"erased","after_is":"erased""#
        )
    ));
    attacks.push(format!(
        "changes = '{}'",
        good.replace("\"ward\"", "\"yard\"")
    ));
    for attack in &attacks {
        let statement = format!("UPDATE audit_log SET {attack} WHERE id = {changed}");
        let done = listed(database, changed, &[&statement]).await;
        assert!(done.is_err(), "{attack}");
    }
    let of_another = format!(
        "UPDATE audit_log SET entity_label = NULL WHERE id = {}",
        changed + 1
    );
    assert!(listed(database, changed, &[&of_another]).await.is_err());
    let one = format!("UPDATE audit_log SET entity_label = NULL WHERE id = {changed}");
    assert!(listed(database, changed, &[&one, &one]).await.is_err());
    assert_eq!(entries(db).await, before);

    let good = format!("UPDATE audit_log SET changes = '{good}' WHERE id = {changed}");
    listed(database, changed, &[&good]).await.unwrap();
    let now = of(&entries(db).await, "1").remove(1);
    let name = now.changes.get("name").unwrap();
    assert_eq!(name.before, Some(Encoded::Erased));
    let kept = ids(database, "ERASE").await[0];
    let kept = format!("UPDATE audit_log SET actor_name = NULL WHERE id = {kept}");
    assert!(db.execute_unprepared(&kept).await.is_err());
}

/// Runs statements in a transaction that has an ERASE entry and lists this one.
async fn listed(database: &Database, id: i64, statements: &[&str]) -> Result<(), sea_orm::DbErr> {
    use sea_orm::TransactionTrait;

    let transaction = database
        .db
        .begin_with_config(Some(sea_orm::IsolationLevel::ReadCommitted), None)
        .await?;
    let entry = "INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp)
        SELECT 2, 1, changeset_id, 'ERASE', 'SUCCESS', 'System', 'test', timestamp FROM audit_log WHERE id = ";
    transaction
        .execute_unprepared(&format!("{entry}{id}"))
        .await?;
    let list = format!(
        "INSERT INTO audit_erase_id (id, entry_id) SELECT {id}, max(id) FROM audit_log WHERE action = 'ERASE'"
    );
    transaction.execute_unprepared(&list).await?;
    for statement in statements {
        transaction.execute_unprepared(statement).await?;
    }
    transaction.commit().await
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

async fn what_is_wrong_is_said(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let retention = retention(store.clone());
    let error = retention
        .erase(db, &context(), of_jane())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::RetentionMissing(_)), "{error}");
    retention.install(db, &context()).await.unwrap();
    let problem = async |erasure| {
        let error = retention.erase(db, &context(), erasure).await.unwrap_err();
        error.to_string()
    };
    assert_eq!(
        problem(Erasure::about::<patient::Entity>(1, " ")).await,
        "retention policy `erasure`: it has no reason"
    );
    assert_eq!(
        problem(Erasure::about::<crate::entities::user::Entity>(
            1,
            "request 42"
        ))
        .await,
        "retention policy `erasure`: it names no field: mark fields of the entity with `#[audited(erasable)]`"
    );
}

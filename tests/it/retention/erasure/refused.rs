//! Statements and erasures that the database and the library refuse.

use std::sync::Arc;

use audit_runtime::{
    Error,
    encode::Encoded,
    retention::{Erasure, archive::object_store::memory::InMemory},
    schema,
};
use sea_orm::ConnectionTrait;

use super::super::ids;
use super::{of, of_jane, patient, prepare};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(nothing_but_removal_passes, what_is_wrong_is_said);

/// Statements that do more than a listed erasure, or are not listed.
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

async fn what_is_wrong_is_said(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let retention = super::retention(store.clone());
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
        "retention policy `erasure`: it has no field to erase: mark fields of the entity with `#[audited(erasable)]`"
    );
}

//! Argument types that calls accept.

mod actors;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use audit_runtime::{
    Error,
    audited::{ModelOf, NewRow, Patch},
    prelude::*,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use tracing::Level;
use uuid::Uuid;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, order, user},
    traces::Traces,
};

on_every_backend!(
    a_context_takes_what_may_be_absent,
    a_question_has_a_first_page_and_a_latest_entry,
    a_function_writes_through_any_writer,
    a_model_deletes_itself,
    a_dropped_unit_warns_of_its_writes
);

async fn a_context_takes_what_may_be_absent(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let peer: SocketAddr = "203.0.113.9:50412".parse().unwrap();
    let request_id = Uuid::from_u128(1);
    let context = AuditContext::new(Actor::new("User", 7))
        .ip(Some(peer))
        .user_agent(Some("curl/8"))
        .session_id("s".to_owned())
        .request_id(request_id)
        .trace_id(None::<&str>)
        .reason(Some("ticket 4711".to_owned()))
        .tenant(None::<String>)
        .service("shop");
    db.audited(&context)
        .record(Event::new("LOGIN"))
        .await
        .unwrap();
    let entry = entries(db).await.pop().unwrap();
    assert_eq!(entry.source, *context.source());
    assert_eq!(entry.source.ip, Some([203, 0, 113, 9].into()));
    assert_eq!(entry.source.user_agent.as_deref(), Some("curl/8"));
    assert_eq!(entry.source.request_id, Some(request_id.to_string()));
    assert_eq!(entry.source.trace_id, None);
    assert_eq!(
        (entry.reason.as_deref(), entry.tenant),
        (Some("ticket 4711"), None)
    );
    assert_eq!(entry.service.as_deref(), Some("shop"));
    // A later call replaces an earlier one.
    let without = context.ip(None::<IpAddr>).reason(None::<&str>);
    assert_eq!(without.source().ip, None);
    db.audited(&without)
        .record(Event::new("LOGIN"))
        .await
        .unwrap();
    assert_eq!(entries(db).await.pop().unwrap().reason, None);
}

#[test]
fn text_is_an_address_or_is_refused() {
    let address = |text: &str| context().parse_ip(text).map(|context| context.source().ip);
    let v6 = IpAddr::from(Ipv6Addr::LOCALHOST);
    for (text, expected) in [
        ("203.0.113.9", IpAddr::from([203, 0, 113, 9])),
        (" 203.0.113.9\n", IpAddr::from([203, 0, 113, 9])),
        ("203.0.113.9:443", IpAddr::from([203, 0, 113, 9])),
        ("::1", v6),
        ("[::1]", v6),
        ("[::1]:443", v6),
    ] {
        assert_eq!(address(text).unwrap(), Some(expected), "{text}");
    }
    for text in [
        "",
        "unknown",
        "203.0.113",
        "203.0.113.9, 10.0.0.1",
        "[203.0.113.9",
        "::1:443:x",
    ] {
        let refused = address(text).unwrap_err();
        assert!(
            matches!(&refused, Error::InvalidIp(found) if found == text),
            "{refused}"
        );
    }
    let long = "x".repeat(1000);
    assert!(address(&long).unwrap_err().to_string().len() < 100);
}

async fn a_question_has_a_first_page_and_a_latest_entry(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let question = History::of_type::<user::Entity>().action("CREATE");
    assert!(!question.exists(db).await.unwrap());
    assert_eq!(question.latest(db).await.unwrap(), None);
    assert!(
        question
            .first_page(db, 50)
            .await
            .unwrap()
            .entries
            .is_empty()
    );
    for name in ["a", "b", "c"] {
        audit.insert(new_user(name)).await.unwrap();
    }
    assert!(question.exists(db).await.unwrap());
    let latest = question.latest(db).await.unwrap().unwrap();
    assert_eq!(latest.entity_label.as_deref(), Some("c"));
    let page = question.first_page(db, 2).await.unwrap();
    assert_eq!(page, question.page(db, None, 2).await.unwrap());
    let labels: Vec<_> = page
        .entries
        .iter()
        .map(|entry| entry.entity_label.clone().unwrap())
        .collect();
    assert_eq!(labels, ["a", "b"]);
    let refused = History::all().tenant("x").exists(db).await.unwrap_err();
    assert!(matches!(refused, Error::UnservedQuery { .. }), "{refused}");
}

async fn up<P: Patch, W: Writer>(
    writer: &W,
    id: KeyOf<P::Entity>,
    patch: P,
) -> Result<ModelOf<P::Entity>, Error> {
    writer.update(id, patch).await
}

/// Inserts a row, and counts the rows through the writer's connection.
async fn add<R: NewRow, W: Writer>(writer: &W, row: R) -> Result<u64, Error> {
    writer.insert(row).await?;
    Ok(R::Entity::find().count(writer.connection()).await?)
}

async fn a_function_writes_through_any_writer(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    assert_eq!(add(&audit, new_user("a")).await.unwrap(), 1);
    let user = user::Entity::find().one(db).await.unwrap().unwrap();
    let promoted = up(&audit, user.id, user::AdminPatch::new().role("admin")).await;
    assert_eq!(promoted.unwrap().role, "admin");

    let unit = audit.begin().await.unwrap();
    // The unit sees its own writes, and other connections do not.
    assert_eq!(add(&unit, new_user("b")).await.unwrap(), 2);
    let demoted = up(&unit, user.id, user::AdminPatch::new().role("user")).await;
    assert_eq!(demoted.unwrap().role, "user");
    let latest = History::of::<user::Entity>(user.id).latest(unit.connection());
    assert_eq!(
        latest.await.unwrap().unwrap().after(),
        json!({ "role": "user" })
    );
    unit.rollback().await.unwrap();
    assert_eq!(
        user::Entity::find()
            .count(audit.connection())
            .await
            .unwrap(),
        1
    );
    assert_eq!(entries(db).await.len(), 2);
}

async fn a_model_deletes_itself(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let jane = audit.insert(new_user("jane")).await.unwrap();
    john.clone().delete(&audit).await.unwrap();
    let again = john.delete(&audit).await.unwrap_err();
    assert!(matches!(again, Error::NotFound { .. }), "{again}");
    let unit = audit.begin().await.unwrap();
    jane.delete(&unit).await.unwrap();
    unit.commit().await.unwrap();
    let deleted: Vec<_> = entries(db).await.split_off(2);
    assert!(deleted.iter().all(|entry| entry.action == "DELETE"));
    let labels: Vec<_> = deleted
        .iter()
        .map(|entry| entry.entity_label.clone().unwrap())
        .collect();
    assert_eq!(labels, ["john", "jane"]);
}

async fn a_dropped_unit_warns_of_its_writes(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let traces = Traces::keep(Level::WARN);
    let warnings = || {
        traces
            .take()
            .matches("a unit with writes was dropped")
            .count()
    };

    let unit = audit.begin().await.unwrap();
    unit.insert(new_user("secret-name")).await.unwrap();
    unit.insert(new_user("b")).await.unwrap();
    drop(unit);
    let said = traces.take();
    assert_eq!(
        said.matches("a unit with writes was dropped").count(),
        1,
        "{said}"
    );
    assert!(!said.contains("secret-name"), "{said}");

    // No warning: the unit wrote nothing, was rolled back, or had failed.
    drop(audit.begin().await.unwrap());
    let unit = audit.begin().await.unwrap();
    user::Entity::find().all(&unit).await.unwrap();
    drop(unit);
    let unit = audit.begin().await.unwrap();
    unit.insert(new_user("a")).await.unwrap();
    unit.rollback().await.unwrap();
    let unit = audit.begin().await.unwrap();
    unit.insert(new_user("a")).await.unwrap();
    unit.insert(new_user("a")).await.unwrap_err();
    drop(unit);
    let failed: Result<(), Error> = audit
        .transaction(async |unit| {
            unit.insert(new_user("b")).await?;
            unit.delete::<order::Entity>(7).await
        })
        .await;
    failed.unwrap_err();
    let unit = audit.begin().await.unwrap();
    unit.insert(new_user("c")).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(warnings(), 0);
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 1);
}

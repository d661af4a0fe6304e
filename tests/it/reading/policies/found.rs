//! Fields that are redacted today are not found by value and not served.

use audit_runtime::{
    http::{Access, AuditLayer, Reading, Trail, history_routes, log_routes, type_history_routes},
    prelude::*,
};
use axum::Router;

use super::{check, new, prepare};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
    http::server::{Server, nobody},
};

on_every_backend!(
    what_is_redacted_since_is_not_found,
    what_is_redacted_since_is_not_served
);

async fn what_is_redacted_since_is_not_found(database: &Database) {
    let db = &database.db;
    prepare(database).await;
    let found = async |question: History| question.page(db, None, 50).await.unwrap().entries.len();
    let of_row = || History::of::<new::Entity>(1);
    for (column, before, after) in [
        (new::Column::Diagnosis, "flu", "cold"),
        (new::Column::Telephone, "555-1", "555-2"),
        (new::Column::Note, "likes tea", "likes coffee"),
    ] {
        assert_eq!(found(of_row().changed(column).from(before)).await, 0);
        assert_eq!(found(of_row().changed(column).to(after)).await, 0);
        let both = History::of_type::<new::Entity>().changed(column);
        assert_eq!(found(both.from(before).to(after)).await, 0);
    }
    // The log still tells which entries changed the field, and when it was cleared.
    assert_eq!(found(of_row().changed(new::Column::Diagnosis)).await, 3);
    assert_eq!(found(of_row().changed(new::Column::Telephone)).await, 2);
    assert_eq!(found(of_row().changed(new::Column::Note)).await, 0);
    let cleared = of_row().changed(new::Column::Diagnosis).to(None::<String>);
    assert_eq!(found(cleared).await, 1);
}

async fn what_is_redacted_since_is_not_served(database: &Database) {
    let db = &database.db;
    prepare(database).await;
    // A search from before the redaction left its value in the log.
    let context = context();
    let search = Event::new("AUDIT_READ").on("Patient", "1").with(
        "query",
        serde_json::json!({ "changed": "diagnosis", "to": "cold" }),
    );
    db.audited(&context).record(search).await.unwrap();

    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
    let routes = Router::new()
        .merge(history_routes::<new::Entity>(&trail))
        .merge(type_history_routes::<new::Entity>(&trail))
        .merge(log_routes(&trail));
    let layer = AuditLayer::new().actor(|_| Some(Actor::new("Admin", "7")));
    let server = Server::start(routes.layer(layer)).await;
    for path in ["/patients/1/audit", "/patients/audit", "/audit"] {
        let answer = server.get(path, &nobody()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains("AUDIT_READ"));
        check(&answer.body);
    }
    for (question, status) in [
        ("changed=diagnosis", 200),
        ("changed=diagnosis&to=cold", 403),
        ("changed=telephone&from=555-1", 403),
        ("changed=phone&from=555-1", 400),
        ("changed=note", 400),
        ("changed=note&to=likes+coffee", 400),
    ] {
        let path = format!("/patients/1/audit?{question}");
        let answer = server.get(&path, &nobody()).await;
        assert_eq!(answer.status, status, "{question}");
        check(&answer.body);
    }
}

//! Background work: a worker acts on behalf of the requester.

use audit_runtime::{Error, OriginalContext, prelude::*};
use axum::{
    Extension, Router,
    extract::{Path, State},
    routing::post,
};
use reqwest::Method;
use sea_orm::DatabaseConnection;
use serde_json::json;
use tokio::sync::mpsc;

use super::{
    app::{app, prepare},
    server::{Server, answer, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, user},
};

on_every_backend!(a_worker_acts_on_behalf_of_whoever_asked);

/// A queue of text messages.
type Queue = mpsc::UnboundedSender<String>;

async fn enqueue(
    context: AuditContext,
    State(_): State<DatabaseConnection>,
    Path(id): Path<i32>,
    Extension(queue): Extension<Queue>,
) {
    let message =
        json!({ "user": id, "original": OriginalContext::from(&context.reason("ticket 4711")) });
    queue.send(message.to_string()).unwrap();
}

async fn work(db: &DatabaseConnection, message: &str) -> Result<(), Error> {
    let mut message: serde_json::Value = serde_json::from_str(message).unwrap();
    let original: OriginalContext = serde_json::from_value(message["original"].take()).unwrap();
    let context = original.worked_by(Actor::system("promoter"));
    let id = message["user"].as_i64().unwrap() as i32;
    db.audited(&context)
        .update(id, user::AdminPatch::new().role("editor"))
        .await?;
    Ok(())
}

async fn a_worker_acts_on_behalf_of_whoever_asked(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let (queue, mut queued): (Queue, _) = mpsc::unbounded_channel();
    let more = Router::new()
        .route("/promote/{id}", post(enqueue))
        .layer(Extension(queue));
    let server = Server::start(app(db, more)).await;

    let request = server.request(Method::POST, "/promote/1", &caller("Admin 7 jane.doe"));
    assert_eq!(answer(request).await.unwrap().status, 200);
    let message = queued.recv().await.unwrap();
    work(db, &message).await.unwrap();

    let entry = entries(db).await.remove(0);
    assert_eq!(
        entry.to_string(),
        "System 'promoter' on behalf of Admin '7' changed User 'john.smith' role from 'user' to 'editor'"
    );
    assert_eq!(entry.source.session_id.as_deref(), Some("session-of-7"));
    assert_eq!(entry.source.request_id.as_deref(), Some("request-1"));
    assert_eq!((entry.source.ip, &entry.source.user_agent), (None, &None));
    assert_eq!(entry.reason.as_deref(), Some("ticket 4711"));
    let original = &entry.metadata.unwrap()["original"];
    assert_eq!(
        (&original["ip"], &original["user_agent"]),
        (&json!("203.0.113.9"), &json!("Mozilla/5.0"))
    );
    assert!(
        original["asked_at"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .is_ok()
    );
}

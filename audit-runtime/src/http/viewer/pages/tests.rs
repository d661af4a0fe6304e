//! The threads on which pages are rendered.

use std::{
    sync::{Arc, Mutex},
    thread,
};

use ::http::Request;
use axum::body::Body;
use sea_orm::Database;
use tower_service::Service;

use super::{super::Viewer, log_pages};
use crate::{
    Actor, AuditContext, ConnectionExt, Event, Writer,
    http::{Access, AuditLayer, Reading, Trail},
};

#[tokio::test(flavor = "current_thread")]
async fn pages_are_rendered_off_the_runtime() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    crate::schema::install(&db).await.unwrap();
    let context = AuditContext::new(Actor::system("test"));
    let event = Event::new("LOGIN").on("User", "1");
    db.audited(&context).record(event).await.unwrap();

    let threads = Arc::<Mutex<Vec<_>>>::default();
    let rendering = threads.clone();
    let viewer = Viewer::new("Acme").records(move |_, _| {
        rendering.lock().unwrap().push(thread::current().id());
        None
    });
    let trail = Trail::new(db, |_: &Reading<'_>| Access::full());
    let layer = AuditLayer::new()
        .actor(|_| Some(Actor::system("test")))
        .without_ip();
    let mut app = log_pages(&trail, &viewer).layer(layer);
    let request = Request::get("/audit").body(Body::empty()).unwrap();
    let response = app.call(request).await.unwrap();
    assert_eq!(response.status(), 200);

    let threads = threads.lock().unwrap();
    assert!(!threads.is_empty());
    assert!(threads.iter().all(|id| *id != thread::current().id()));
}

//! The row that a path names, and the part of a path that is stored.

use audit_runtime::{
    http::{Access, Allowed, Reading, Trail, history_routes},
    prelude::*,
};
use axum::{Router, routing::patch};
use sea_orm::{DatabaseConnection, DbBackend};
use serde_json::{Value as Json, json};

use super::{
    app::{app, prepare},
    server::{Server, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, user},
};

on_every_backend!(
    a_nested_history_is_that_of_the_inner_row,
    a_refused_body_is_about_the_inner_row,
    a_refused_body_makes_no_history,
    a_path_is_stored_as_its_route,
);

async fn a_nested_history_is_that_of_the_inner_row(database: &Database) {
    let db = &database.db;
    prepare(db, &["outer", "inner"]).await;
    let context = context();
    for (id, role) in [(1, "of the outer"), (2, "of the inner")] {
        let patch = user::AdminPatch::new().role(role);
        db.audited(&context).update(id, patch).await.unwrap();
    }
    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
    let routes = || history_routes::<user::Entity>(&trail);
    let more = Router::new()
        .nest("/tenants/{id}", routes())
        .nest("/regions/{id}/tenants/{tenant}", routes())
        .nest("/a/{id}/b/{id}", routes())
        .nest_service("/service/{id}", routes());
    let server = Server::start(app(db, more.with_state(()))).await;
    for path in [
        "/tenants/1/users/2/audit",
        "/regions/1/tenants/1/users/2/audit",
        "/a/1/b/1/users/2/audit",
        "/service/1/users/2/audit",
    ] {
        let answer = server.get(path, &caller("Admin 7 jane.doe")).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert!(answer.body.contains("of the inner"), "{path}: {answer:?}");
        assert!(!answer.body.contains("of the outer"), "{path}: {answer:?}");
    }
}

/// Sends a refused body. Returns the row and the path of its entry.
async fn refused(server: &Server, db: &DatabaseConnection, path: &str) -> (Option<String>, Json) {
    let body = json!({ "role": "admin" });
    let answer = server.patch(path, &caller("User 1 support"), &body).await;
    assert_eq!(answer.status, 400, "{path}");
    let entry = entries(db).await.pop().unwrap();
    (entry.entity_id, entry.metadata.unwrap()["path"].clone())
}

async fn unread(_: Allowed<user::ProfilePatch>) {}

async fn a_refused_body_is_about_the_inner_row(database: &Database) {
    let db = &database.db;
    prepare(db, &["outer", "inner"]).await;
    let more = Router::new()
        .route("/tenants/{id}/users/{id}", patch(unread))
        .route("/accounts/{account}", patch(unread))
        .route("/users/{id}/versions/{version}", patch(unread))
        .route("/first/{one}/second/{two}", patch(unread))
        .route("/me", patch(unread));
    let server = Server::start(app(db, more)).await;
    for (path, row) in [
        ("/tenants/1/users/2", Some("2")),
        ("/accounts/2", Some("2")),
        // The number of a version does not identify a row.
        ("/users/1/versions/2", None),
        ("/first/1/second/2", None),
        ("/me", None),
    ] {
        let (id, _) = refused(&server, db, path).await;
        assert_eq!(id.as_deref(), row, "{path}");
    }
}

async fn a_refused_body_makes_no_history(database: &Database) {
    let db = &database.db;
    prepare(db, &["john", "jack"]).await;
    let context = context();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("jane").title("title");
    audit.insert(draft).await.unwrap();
    audit.delete::<user::Entity>(2).await.unwrap();
    let of_document = async |_: Allowed<document::Patch>| ();
    let more = Router::new()
        .route("/accounts/{id}", patch(unread))
        .route("/documents/{id}", patch(of_document));
    let server = Server::start(app(db, more)).await;
    // MySQL and MariaDB treat this as the key of that row.
    let in_capitals = (database.backend() == DbBackend::MySql).then_some("jane");
    let long = "long".repeat(200);
    for (key, row) in [
        ("accounts/1", Some("1")),
        ("accounts/2", None),
        ("accounts/3", None),
        ("accounts/-1", None),
        ("documents/jane", Some("jane")),
        ("documents/JANE", in_capitals),
        ("documents/none", None),
        ("documents/%00", None),
        (&*format!("documents/{long}"), None),
    ] {
        let (id, _) = refused(&server, db, &format!("/{key}")).await;
        assert_eq!(id.as_deref(), row, "{key}");
        let entry = entries(db).await.pop().unwrap();
        let metadata = entry.metadata.unwrap();
        assert_eq!(metadata["entity_id"].is_string(), row.is_none(), "{key}");
        let (_, asked) = key.split_once('/').unwrap();
        if row.is_none() && asked.len() < 10 && asked != "%00" {
            assert_eq!(metadata["entity_id"], asked, "{key}");
        }
    }
}

async fn a_path_is_stored_as_its_route(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let inner = Router::new().route("/accept/{id}", patch(unread));
    let more = Router::new()
        .route("/invitations/{token}", patch(unread))
        .route("/files/{*path}", patch(unread))
        .nest("/links/{token}", inner)
        .fallback(unread);
    let server = Server::start(app(db, more)).await;
    for (path, route) in [
        (
            "/invitations/s3cr3t?key=s3cr3t",
            json!("/invitations/{token}"),
        ),
        ("/files/a/s3cr3t", json!("/files/{*path}")),
        (
            "/links/s3cr3t/accept/1",
            json!("/links/{token}/accept/{id}"),
        ),
        ("/nowhere/s3cr3t", Json::Null),
    ] {
        let (_, stored) = refused(&server, db, path).await;
        assert_eq!(stored, route, "{path}");
        let last = entries(db).await.pop().unwrap();
        assert!(!last.metadata.unwrap().to_string().contains("s3cr3t"));
    }
}

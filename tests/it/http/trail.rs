//! The trail over HTTP: reads. `questions` tests queries, `access` permissions, and `recorded` the entries of reads.

mod access;
mod questions;
mod recorded;

use std::time::Duration;

use audit_runtime::{
    Budget, History,
    http::{Access, AuditLayer, Reading, Trail, history_routes, log_routes, type_history_routes},
    prelude::*,
    retention::{Archive, DAY, Policy, Retention},
};
use axum::{Router, middleware};
use sea_orm::DatabaseConnection;
use serde_json::Value as Json;

use super::{
    app::{CurrentUser, authenticate, layer, prepare},
    server::{Server, caller, nobody},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, user},
    folder::Folder,
};

on_every_backend!(
    a_history_is_read_page_by_page,
    the_whole_log_is_read,
    an_archive_is_read_with_the_log,
);

/// Admins see everything, users their own row without the source and the role, others nothing.
fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    let user = reading.request().extensions.get::<CurrentUser>().unwrap();
    assert_eq!(user.id, reader.id());
    let is_own = reading.entity_type() == Some("User") && reading.entity_id() == Some(reader.id());
    match reader.kind() {
        "Admin" => Access::full(),
        "Tenant" => Access::full().of_tenant(reader.id()),
        "Clerk" => Access::full().redacting::<user::Entity>([user::Column::Username]),
        "User" if is_own => Access::full()
            .redacting::<user::Entity>([user::Column::Role])
            .without_source()
            .without_metadata(),
        _ => Access::denied(),
    }
}

fn routes(trail: &Trail) -> Router {
    Router::new()
        .merge(history_routes::<user::Entity>(trail))
        .merge(type_history_routes::<user::Entity>(trail))
        .merge(log_routes(trail))
}

async fn serve(trail: &Trail, layer: AuditLayer) -> Server {
    let app = routes(trail).layer(middleware::from_fn(authenticate));
    Server::start(app.layer(layer)).await
}

async fn start(db: &DatabaseConnection) -> Server {
    serve(&Trail::new(db.clone(), policy), layer(db)).await
}

fn jane() -> AuditContext {
    AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
        .ip([203, 0, 113, 9])
        .user_agent("Mozilla/5.0")
        .session_id("session-7")
        .request_id("request-7")
        .with("screen", "users")
}

/// Three users. The role of the first changes this many times, back and forth.
async fn history(db: &DatabaseConnection, changes: i32) {
    prepare(db, &["john.smith", "eve", "mallory"]).await;
    let context = jane();
    let audit = db.audited(&context);
    for change in 0..changes {
        let role = if change % 2 == 0 { "admin" } else { "user" };
        audit
            .update(1, user::AdminPatch::new().role(role))
            .await
            .unwrap();
    }
}

fn ids(page: &Json) -> Vec<i64> {
    let entries = page["entries"].as_array().unwrap().iter();
    entries.map(|entry| entry["id"].as_i64().unwrap()).collect()
}

async fn a_history_is_read_page_by_page(database: &Database) {
    let db = &database.db;
    history(db, 7).await;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");

    let answer = server.get("/users/1/audit", &admin).await;
    assert_eq!(
        (answer.status, answer.content_type.as_deref()),
        (200, Some("application/json"))
    );
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let page = History::of::<user::Entity>(1)
        .newest_first()
        .page(db, None, 50)
        .await
        .unwrap();
    assert_eq!(answer.json(), serde_json::to_value(&page).unwrap());

    for (order, newest_first) in [("newest", true), ("oldest", false)] {
        let mut walked = Vec::new();
        let mut after = String::new();
        for size in [3, 3, 1] {
            let path = format!("/users/1/audit?limit=3&order={order}&after={after}");
            let page = server.get(&path, &admin).await.json();
            assert_eq!(ids(&page).len(), size);
            walked.extend(ids(&page));
            after = page["next"].as_str().unwrap_or_default().to_owned();
        }
        assert_eq!(after, "");
        let mut expected: Vec<_> = page.entries.iter().map(|entry| entry.id).collect();
        if !newest_first {
            expected.reverse();
        }
        assert_eq!(walked, expected);
    }
    assert_eq!(server.get("/users/1/audit", &nobody()).await.status, 401);
}

async fn an_archive_is_read_with_the_log(database: &Database) {
    let db = &database.db;
    history(db, 5).await;
    let folder = Folder::new();
    let archive = || Archive::folder(&folder.0).unwrap();
    let users = Policy::new("users").document("SEC-12").hot(Duration::ZERO);
    let retention = Retention::new([users.keep(365 * DAY)]).unwrap().pace(1.0);
    let retention = retention.archive(archive().entries_per_file(2));
    retention.install(db, &jane()).await.unwrap();
    let server = serve(&Trail::new(db.clone(), policy).across(archive()), layer(db)).await;
    let admin = caller("Admin 7 jane.doe");
    let paths = [
        "/users/1/audit",
        "/users/1/audit?limit=2&order=oldest",
        "/users/audit?changed=role&to=admin",
        "/users/1/audit?actor=Admin:7&action=UPDATE",
    ];
    let ask = async || {
        let mut answers = Vec::new();
        for path in paths {
            let answer = server.get(path, &admin).await;
            assert_eq!(answer.status, 200, "{path}");
            answers.push(answer.json());
        }
        answers
    };
    let before = ask().await;
    assert!(!ids(&before[2]).is_empty());
    let moved = retention.run(db, &jane()).await.unwrap().purged();
    assert!(moved >= 5);
    let update = user::AdminPatch::new().role("user");
    db.audited(&jane()).update(2, update).await.unwrap();
    assert_eq!(ask().await, before);

    // With time for one file per request, the cursor continues.
    let hasty = Trail::new(db.clone(), policy).across(archive());
    let hasty = hasty.budget(Budget::new().time(Duration::ZERO));
    let server = serve(&hasty, layer(db)).await;
    let (mut walked, mut after, mut early) = (Vec::new(), String::new(), 0);
    while early < 100 {
        let path = format!("/users/1/audit?after={after}");
        let page = server.get(&path, &admin).await.json();
        walked.extend(ids(&page));
        after = page["next"].as_str().unwrap_or_default().to_owned();
        if after.is_empty() {
            break;
        }
        assert_eq!(page["ended_early"], true);
        early += 1;
    }
    assert_eq!(walked, ids(&before[0]));
    assert!((2..100).contains(&early), "{early}");
}

async fn the_whole_log_is_read(database: &Database) {
    let db = &database.db;
    history(db, 2).await;
    let context = jane();
    db.audited(&context)
        .record(Event::new("EXPORTED"))
        .await
        .unwrap();
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");

    let all: Vec<_> = entries(db)
        .await
        .iter()
        .rev()
        .map(|entry| entry.id)
        .collect();
    assert_eq!(ids(&server.get("/audit", &admin).await.json()), all);
    assert_eq!(
        ids(&server.get("/audit?action=EXPORTED", &admin).await.json()),
        all[..1]
    );
    assert_eq!(
        ids(&server.get("/users/audit", &admin).await.json()),
        all[1..]
    );

    let unserved = server.get("/audit?ip=203.0.113.9", &admin).await;
    assert_eq!(unserved.status, 400);
    let detail = unserved.json()["detail"].clone();
    assert_eq!(
        detail,
        "this log cannot be searched by ip alone: ask for a row, a type, an `actor`, a `changeset` or a `since` as well"
    );
    let field = server.get("/audit?changed=role", &admin).await;
    assert_eq!(field.status, 400);
    assert_eq!(
        server
            .get("/audit", &caller("User 1 john.smith"))
            .await
            .status,
        404
    );
}

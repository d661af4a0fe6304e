//! Requests over a real socket: who did what, when and from where.

mod refused;

use audit_runtime::{Actor, Outcome, http::AuditLayer, prelude::*};
use axum::{Router, extract::State, routing::get};
use chrono::Utc;
use reqwest::Method;
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    app::{app, prepare},
    server::{Caller, Server, answer, caller, nobody},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, user},
};

on_every_backend!(
    the_attack_is_refused_and_told,
    nobody_changes_nothing,
    concurrent_requests_keep_their_contexts,
    a_failed_login_tells_from_where,
    an_actor_may_be_looked_up,
);

async fn role_of(db: &DatabaseConnection, id: i32) -> String {
    let user = user::Entity::find_by_id(id).one(db).await.unwrap();
    user.unwrap().role
}

/// A stolen account makes another account an admin, uses it, and resets the role.
async fn the_attack_is_refused_and_told(database: &Database) {
    let db = &database.db;
    prepare(db, &["support", "john.smith"]).await;
    let server = Server::start(app(db, Router::new())).await;
    let before = Utc::now();

    // The safe endpoint refuses a body with a role, and changes nothing.
    let thief = caller("User 1 support");
    let body = json!({ "username": "harmless", "role": "admin" });
    let refused = server.patch("/users/2", &thief, &body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(role_of(db, 2).await, "user");

    // An endpoint that allows the role leaves both changes in the trail.
    for role in ["admin", "user"] {
        let answer = server
            .patch("/admin/users/2", &thief, &json!({ "role": role }))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let all = entries(db).await;
    let told: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "User 'support': FIELDS_REFUSED on User '2', denied",
            "User 'support' changed User 'john.smith' role from 'user' to 'admin'",
            "User 'support' changed User 'john.smith' role from 'admin' to 'user'",
        ]
    );
    for entry in &all {
        assert!(before <= entry.timestamp && entry.timestamp <= Utc::now());
        let actor = Actor::new("User", "1").named("support");
        let expected = AuditContext::new(actor)
            .ip([203, 0, 113, 9])
            .user_agent("Mozilla/5.0")
            .session_id("session-of-1")
            .request_id("request-1");
        assert_eq!(entry.actor, *expected.actor());
        assert_eq!(entry.source, *expected.source());
    }
}

async fn nobody_changes_nothing(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let server = Server::start(app(db, Router::new())).await;

    let answer = server
        .patch("/admin/users/1", &nobody(), &json!({ "role": "admin" }))
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.content_type.as_deref(),
        Some("application/problem+json")
    );
    assert_eq!(answer.json()["title"], "Unauthorized");
    assert_eq!(answer.request_id.as_deref(), Some("request-1"));
    assert_eq!(role_of(db, 1).await, "user");
    assert_eq!(entries(db).await, []);
}

async fn concurrent_requests_keep_their_contexts(database: &Database) {
    const USERS: i32 = 64;
    const ROUNDS: i32 = 3;

    let db = &database.db;
    let names: Vec<_> = (1..=USERS).map(|id| format!("user-{id}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    prepare(db, &names).await;
    let server = std::sync::Arc::new(Server::start(app(db, Router::new())).await);

    let mut requests = JoinSet::new();
    for id in 1..=USERS {
        let server = server.clone();
        requests.spawn(async move {
            for round in 1..=ROUNDS {
                let caller = Caller {
                    account: Some(format!("User {id} user-{id}")),
                    ip: format!("198.51.{id}.{round}"),
                    request_id: format!("request-{id}-{round}"),
                };
                let body = json!({ "logins": 100 * id + round });
                let answer = server
                    .patch(&format!("/admin/users/{id}"), &caller, &body)
                    .await;
                assert_eq!(answer.status, 200, "{answer:?}");
                assert_eq!(answer.request_id, Some(caller.request_id));
            }
        });
    }
    while let Some(done) = requests.join_next().await {
        done.unwrap();
    }

    let all = entries(db).await;
    assert_eq!(all.len(), (USERS * ROUNDS) as usize);
    for entry in &all {
        let logins = entry.after()["logins"].as_i64().unwrap();
        let (id, round) = (logins / 100, logins % 100);
        assert_eq!(entry.entity_id, Some(id.to_string()));
        assert_eq!(
            entry.actor,
            Actor::new("User", id.to_string()).named(format!("user-{id}"))
        );
        assert_eq!(
            entry.source.ip,
            Some(format!("198.51.{id}.{round}").parse().unwrap())
        );
        assert_eq!(entry.source.session_id, Some(format!("session-of-{id}")));
        assert_eq!(
            entry.source.request_id,
            Some(format!("request-{id}-{round}"))
        );
    }
}

async fn a_failed_login_tells_from_where(database: &Database) {
    let db = &database.db;
    prepare(db, &[]).await;
    let server = Server::start(app(db, Router::new())).await;

    let body = json!({ "username": "john.smith" });
    let request = server
        .request(Method::POST, "/login", &nobody())
        .json(&body);
    assert_eq!(answer(request).await.unwrap().status, 401);

    let entry = entries(db).await.remove(0);
    assert_eq!(entry.actor, Actor::anonymous());
    assert_eq!(entry.outcome, Outcome::Denied);
    assert_eq!(entry.source.ip, Some([203, 0, 113, 9].into()));
    assert_eq!(entry.metadata, Some(body));
}

async fn an_actor_may_be_looked_up(database: &Database) {
    let db = &database.db;
    prepare(db, &["jane.doe"]).await;

    let sessions = db.clone();
    let layer = AuditLayer::new()
        .actor_looked_up(move |parts| {
            let id = parts
                .headers
                .get("x-user")
                .and_then(|id| id.to_str().ok()?.parse::<i32>().ok());
            let db = sessions.clone();
            async move {
                let Some(id) = id else { return Ok(None) };
                if id == 13 {
                    return Err(sea_orm::DbErr::Custom(
                        "secret of the session store".to_owned(),
                    ));
                }
                let user = user::Entity::find_by_id(id).one(&db).await?;
                Ok(user.map(|user| Actor::new("User", user.id.to_string()).named(user.username)))
            }
        })
        .complete(|context, _| context.tenant("acme").service("shop"));
    let record = async |context: Option<AuditContext>, State(db): State<DatabaseConnection>| {
        let Some(context) = context else {
            return Ok("nobody");
        };
        db.audited(&context).record(Event::new("LOOKED")).await?;
        Ok::<_, audit_runtime::Error>("somebody")
    };
    let app = Router::new().route("/", get(record)).with_state(db.clone());
    let layered = Server::start(app.clone().layer(layer)).await;
    let expected = [
        ("1", 200, "somebody"),
        ("2", 200, "nobody"),
        ("x", 200, "nobody"),
    ];
    for (id, status, body) in expected {
        let request = layered
            .request(Method::GET, "/", &nobody())
            .header("x-user", id);
        let answer = answer(request).await.unwrap();
        assert_eq!((answer.status, &*answer.body), (status, body));
    }
    let request = layered
        .request(Method::GET, "/", &nobody())
        .header("x-user", "13");
    let failed = answer(request).await.unwrap();
    assert_eq!(failed.status, 500);
    assert!(!failed.body.contains("secret"));

    let entry = entries(db).await.remove(0);
    assert_eq!(entry.actor, Actor::new("User", "1").named("jane.doe"));
    assert_eq!(
        (entry.tenant.as_deref(), entry.service.as_deref()),
        (Some("acme"), Some("shop"))
    );
    // No proxy is trusted, so the address is the peer's.
    assert_eq!(entry.source.ip, Some([127, 0, 0, 1].into()));

    // Without a layer, nothing is written.
    let bare = Server::start(app).await;
    assert_eq!(bare.get("/", &nobody()).await.status, 500);
    assert_eq!(entries(db).await.len(), 1);
}

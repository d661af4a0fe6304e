//! Who did what, when, from where: over real HTTP.

use audit_runtime::{
    Actor, Entry, Kind, Outcome,
    http::{Allowed, AuditLayer},
    prelude::*,
};
use axum::{
    Router,
    extract::State,
    routing::{get, patch},
};
use chrono::Utc;
use reqwest::Method;
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::{Value as Json, json};
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
    a_refused_body_is_evidence,
    errors_are_problems,
    an_actor_may_be_looked_up,
);

async fn role_of(db: &DatabaseConnection, id: i32) -> String {
    let user = user::Entity::find_by_id(id).one(db).await.unwrap();
    user.unwrap().role
}

/// A stolen low-level account makes another account admin, uses it, and puts the role back.
async fn the_attack_is_refused_and_told(database: &Database) {
    let db = &database.db;
    prepare(db, &["support", "john.smith"]).await;
    let server = Server::start(app(db, Router::new())).await;
    let before = Utc::now();

    // On the safe endpoint a body with a role changes nothing at all.
    let thief = caller("User 1 support");
    let body = json!({ "username": "harmless", "role": "admin" });
    let refused = server.patch("/users/2", &thief, &body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(role_of(db, 2).await, "user");

    // Through an endpoint that may, it is in the trail: there and back.
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

async fn a_refused_body_is_evidence(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let unread = async |_: Allowed<user::ProfilePatch>| ();
    let more = Router::new().route("/tenants/{tenant}/users/{id}", patch(unread));
    let server = Server::start(app(db, more)).await;
    let jane = caller("Admin 7 jane.doe");

    let body = json!({ "username": "x", "role": "admin", "id": 7, "phone": null });
    let answer = server.patch("/users/1", &jane, &body).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.content_type.as_deref(),
        Some("application/problem+json")
    );
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "not allowed here: `id`, `role`; allowed: `username`, `phone`",
            "refused": ["id", "role"],
            "allowed": ["username", "phone"],
        })
    );
    // A draft, by nobody, about no row.
    let body = json!({ "username": "eve", "role": "admin" });
    let request = server
        .request(Method::POST, "/users", &nobody())
        .json(&body);
    assert_eq!(super::server::answer(request).await.unwrap().status, 400);
    // A row by the parameter's name; a row there cannot be, and more keys than the log would want.
    let body = json!({ "role": "admin" });
    let answer = server.patch("/tenants/5/users/1", &jane, &body).await;
    assert_eq!(answer.status, 400);
    let keys: serde_json::Map<_, _> = (0..100).map(|n| (format!("{n:0>99}"), json!(1))).collect();
    let answer = server
        .patch("/tenants/5/users/none", &jane, &Json::Object(keys))
        .await;
    assert_eq!(answer.status, 400);

    let refused: Vec<Entry> = entries(db).await;
    let refused: Vec<_> = refused
        .iter()
        .map(|entry| {
            assert_eq!((entry.kind, entry.outcome), (Kind::Event, Outcome::Denied));
            assert_eq!(entry.action, "FIELDS_REFUSED");
            let metadata = entry.metadata.clone().unwrap();
            assert_eq!(metadata["entity_type"], "User");
            (entry.actor.clone(), entry.entity_id.clone(), metadata)
        })
        .collect();
    assert_eq!(refused.len(), 4);
    let (actor, id, metadata) = &refused[0];
    assert_eq!((actor.id(), id.as_deref()), ("7", Some("1")));
    assert_eq!(
        metadata,
        &json!({
            "entity_type": "User",
            "refused": ["id", "role"],
            "refused_count": 2,
            "allowed": ["username", "phone"],
            "method": "PATCH",
            "path": "/users/{id}",
        })
    );
    let (actor, id, _) = &refused[1];
    assert_eq!((actor, id), (&Actor::anonymous(), &None));
    let (_, id, _) = &refused[2];
    assert_eq!(id.as_deref(), Some("1"));
    let (_, id, metadata) = &refused[3];
    assert_eq!(id, &None);
    assert_eq!(metadata["refused_count"], 100);
    assert_eq!(metadata["refused"].as_array().unwrap().len(), 32);
    assert_eq!(metadata["refused"][0].as_str().unwrap().len(), 64);
}

async fn errors_are_problems(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith", "jane.doe"]).await;
    let server = Server::start(app(db, Router::new())).await;
    let jane = caller("Admin 7 jane.doe");

    let absent = server
        .patch("/users/9", &jane, &json!({ "username": "x" }))
        .await;
    assert_eq!(
        (absent.status, &absent.json()["detail"]),
        (404, &json!("User 9 does not exist"))
    );

    let taken = server
        .patch("/users/1", &jane, &json!({ "username": "jane.doe" }))
        .await;
    assert_eq!(taken.status, 409);
    assert!(!taken.body.contains("jane.doe"), "{}", taken.body);

    let bodies: [(&str, &str, u16); 6] = [
        ("application/json", "{", 400),
        ("application/json", r#"{"username": 7}"#, 400),
        ("application/json", r#"["username"]"#, 400),
        (
            "application/json",
            r#"{"username": "a", "username": "b"}"#,
            400,
        ),
        ("application/x-www-form-urlencoded", "username=x", 415),
        (
            "application/merge-patch+json; charset=utf-8",
            r#"{"username": "jim"}"#,
            200,
        ),
    ];
    for (content_type, body, status) in bodies {
        let request = server
            .request(Method::PATCH, "/users/1", &jane)
            .header("content-type", content_type)
            .body(body);
        let answer = answer(request).await.unwrap();
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        if status != 200 {
            assert_eq!(
                answer.content_type.as_deref(),
                Some("application/problem+json")
            );
            assert!(answer.json()["detail"].is_string());
        }
    }
    let actions = entries(db).await.into_iter().map(|entry| entry.action);
    let refused = ["FIELDS_REFUSED"; 5].into_iter();
    assert!(actions.eq(refused.chain(["UPDATE"])));
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
    // No proxy is trusted: whoever connects is whom it came from.
    assert_eq!(entry.source.ip, Some([127, 0, 0, 1].into()));

    // Without a layer nothing is written either.
    let bare = Server::start(app).await;
    assert_eq!(bare.get("/", &nobody()).await.status, 500);
    assert_eq!(entries(db).await.len(), 1);
}

//! Refused requests, and the entries that they leave.

use audit_runtime::{Actor, Entry, Kind, Outcome, http::Allowed};
use axum::{Router, routing::patch};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, user},
    http::{
        app::{app, prepare},
        server::{Server, answer, caller, nobody},
    },
};

on_every_backend!(a_refused_body_is_evidence, errors_are_problems);

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
    // A draft of an anonymous visitor, about no row.
    let body = json!({ "username": "eve", "role": "admin" });
    let request = server
        .request(Method::POST, "/users", &nobody())
        .json(&body);
    assert_eq!(self::answer(request).await.unwrap().status, 400);
    // A row named by the parameter, and a row that cannot exist, with more keys than an entry lists.
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

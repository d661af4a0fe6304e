//! The attack of the example, on both endpoints, over HTTP and on every database.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    backend::{Database, on_every_backend},
    service::Service,
    visitor::Visitor,
};

on_every_backend!(
    the_safe_endpoint_refuses_and_tells,
    the_vulnerable_endpoint_does_and_is_silent,
    nobody_does_what_their_role_may_not,
    a_password_leaves_no_trace,
);

async fn the_safe_endpoint_refuses_and_tells(database: &Database) {
    let service = Service::start(Some(database.url()), &["--with-vulnerable-endpoint"]);
    let thief = Visitor::signed_in(&service, "john.smith").await;
    let body = json!({ "role": "admin", "username": "john.smith" });
    let answer = thief.patch("/api/users/2", &body).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["refused"], json!(["role"]));
    assert_eq!(problem["allowed"], json!(["username", "locked_at"]));

    let jane = Visitor::signed_in(&service, "jane.doe").await;
    let attempt = &jane.trail("/api/users/2/audit").await[0];
    assert_eq!(attempt["action"], "FIELDS_REFUSED");
    assert_eq!(attempt["outcome"], "DENIED");
    assert_eq!(
        attempt["actor"],
        json!({ "kind": "User", "id": "2", "name": "john.smith", "role": "Support" })
    );
    assert_eq!(attempt["source"]["ip"], "127.0.0.1");
    assert_eq!(attempt["metadata"]["refused"], json!(["role"]));

    let page = jane.get("/users/2/audit").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(page.text().await.unwrap().contains("FIELDS_REFUSED"));

    // An allowed change is made and recorded.
    let answer = thief
        .patch("/api/users/2", &json!({ "username": "j.smith" }))
        .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = thief
        .patch("/api/users/2", &json!({ "username": " " }))
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let change = &jane.trail("/api/users/2/audit").await[0];
    let diff = json!([{ "field": "username", "before": "john.smith", "after": "j.smith" }]);
    assert_eq!(change["diff"], diff);
}

async fn the_vulnerable_endpoint_does_and_is_silent(database: &Database) {
    let service = Service::start(Some(database.url()), &["--with-vulnerable-endpoint"]);
    let thief = Visitor::signed_in(&service, "john.smith").await;
    let jane = Visitor::signed_in(&service, "jane.doe").await;
    let before = jane.trail("/api/audit").await;
    for role in ["admin", "support"] {
        let answer = thief
            .patch("/vulnerable/users/2", &json!({ "role": role }))
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.json::<Value>().await.unwrap()["role"], role);
    }
    assert_eq!(jane.trail("/api/audit").await, before, "nothing is told");
}

async fn nobody_does_what_their_role_may_not(database: &Database) {
    let service = Service::start(Some(database.url()), &[]);
    let john = Visitor::signed_in(&service, "john.smith").await;
    let answer = john
        .patch("/vulnerable/users/2", &json!({ "role": "admin" }))
        .await;
    assert_eq!(
        answer.status(),
        StatusCode::NOT_FOUND,
        "it has to be asked for"
    );

    let form = [
        ("username", "john.smith"),
        ("role", "admin"),
        ("reason", ""),
    ];
    assert_eq!(john.posted("/users/2", &form).await, StatusCode::FORBIDDEN);
    let form = [
        ("total", "0"),
        ("status", "refunded"),
        ("reason", "for a friend"),
    ];
    assert_eq!(john.posted("/orders/1", &form).await, StatusCode::FORBIDDEN);
    let form = [("status", "shipped"), ("reason", " ")];
    assert_eq!(
        john.posted("/orders/1", &form).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let form = [("status", "shipped"), ("reason", "it left")];
    assert_eq!(john.posted("/orders/1", &form).await, StatusCode::SEE_OTHER);
    assert_eq!(john.get("/api/audit").await.status(), StatusCode::NOT_FOUND);

    let jane = Visitor::signed_in(&service, "jane.doe").await;
    let attempt = &jane.trail("/api/users/2/audit").await[0];
    assert_eq!(
        (&attempt["action"], &attempt["outcome"]),
        (&json!("ROLE_CHANGE"), &json!("DENIED"))
    );
    let order = jane.trail("/api/orders/1/audit").await;
    assert_eq!(
        (&order[0]["action"], &order[0]["reason"]),
        (&json!("UPDATE"), &json!("it left"))
    );
    assert_eq!(
        (&order[1]["action"], &order[1]["outcome"]),
        (&json!("REFUND"), &json!("DENIED"))
    );

    // A lock takes effect at once, also for a signed-in account.
    let form = [
        ("username", "john.smith"),
        ("role", "support"),
        ("locked", "true"),
        ("reason", "stolen"),
    ];
    assert_eq!(jane.posted("/users/2", &form).await, StatusCode::SEE_OTHER);
    assert_eq!(
        john.patch("/api/profile", &json!({})).await.status(),
        StatusCode::UNAUTHORIZED
    );
    let nobody = Visitor::new(&service);
    assert_eq!(
        nobody.get("/api/users/1/audit").await.status(),
        StatusCode::UNAUTHORIZED
    );
    let from_elsewhere = nobody
        .request("POST", "/login")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        from_elsewhere.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

async fn a_password_leaves_no_trace(database: &Database) {
    let service = Service::start(Some(database.url()), &[]);
    let visitor = Visitor::new(&service);
    // A password typed into the wrong field.
    let form = [("username", "correct horse battery"), ("password", "x")];
    assert_eq!(
        visitor.posted("/login", &form).await,
        StatusCode::UNAUTHORIZED
    );

    let john = Visitor::signed_in(&service, "john.smith").await;
    let (old, new) = (service.password("john.smith"), "correct horse battery");
    let form = [("current", "a guess"), ("new", new)];
    assert_eq!(
        john.posted("/profile/password", &form).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let form = [("current", old), ("new", new)];
    assert_eq!(
        john.posted("/profile/password", &form).await,
        StatusCode::SEE_OTHER
    );

    let jane = Visitor::signed_in(&service, "jane.doe").await;
    let trail = jane.trail("/api/audit").await;
    let actions: Vec<_> = trail
        .iter()
        .rev()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    let expected = [
        "CREATE",
        "CREATE",
        "CREATE",
        "CREATE",
        "LOGIN_FAILURE",
        "LOGIN",
        "PASSWORD_CHANGE",
        "UPDATE",
        "LOGIN",
    ];
    assert_eq!(actions, expected);
    let change = &trail[1]["diff"];
    let redacted =
        json!([{ "field": "password_hash", "before_is": "redacted", "after_is": "redacted" }]);
    assert_eq!(*change, redacted);
    let trail = json!(trail).to_string();
    for secret in [old, new, "a guess", "$argon2"] {
        assert!(!trail.contains(secret), "{secret}");
    }
}

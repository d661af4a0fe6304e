//! Limits of an account's values, and the end of its sessions.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    backend::{Database, on_every_backend},
    service::Service,
    visitor::Visitor,
};

on_every_backend!(
    a_changed_password_ends_the_other_sessions,
    what_cannot_be_stored_is_unprocessable,
    texts_are_kept_alike_from_forms_and_json,
);

async fn a_changed_password_ends_the_other_sessions(database: &Database) {
    let service = Service::start(Some(database.url()), &[]);
    let john = Visitor::signed_in(&service, "john.smith").await;
    let thief = Visitor::signed_in(&service, "john.smith").await;
    let jane = Visitor::signed_in(&service, "jane.doe").await;
    let nothing = json!({});
    for visitor in [&john, &thief, &jane] {
        let answer = visitor.patch("/api/profile", &nothing).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }

    let (old, new) = (service.password("john.smith"), "correct horse battery");
    let form = [("current", old), ("new", new)];
    let before = john.cookie.clone();
    let answer = john.post("/profile/password", &form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let john = john.with_cookie_of(&answer);
    assert_ne!(john.cookie, before, "under a new token");

    // The session that changed the password stays open, as do those of other accounts.
    for visitor in [&john, &jane] {
        let answer = visitor.patch("/api/profile", &nothing).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let answer = thief.patch("/api/profile", &nothing).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(thief.get("/profile").await.headers()["location"], "/login");
    let form = [("username", "john.smith"), ("password", old)];
    assert_eq!(
        thief.posted("/login", &form).await,
        StatusCode::UNAUTHORIZED
    );
    Visitor::signed_in_with(&service, "john.smith", new).await;

    // The trail still shows them as one session.
    let trail = jane.trail("/api/users/2/audit").await;
    let session = |action: &str| {
        let entry = trail.iter().rfind(|entry| entry["action"] == action);
        entry.unwrap()["source"]["session_id"].clone()
    };
    assert_eq!(session("LOGIN"), session("UPDATE"));
}

async fn what_cannot_be_stored_is_unprocessable(database: &Database) {
    let arguments = ["--with-vulnerable-endpoint"];
    let service = Service::start(Some(database.url()), &arguments);
    let john = Visitor::signed_in(&service, "john.smith").await;
    let before = john.trail("/api/users/2/audit").await;
    let long = "x".repeat(10_001);
    let ordinary = |name, value| {
        let fields = [("username", "john.smith"), ("phone", ""), ("about", "")];
        fields.map(|(field, own)| (field, if field == name { value } else { own }))
    };
    for (field, value) in [
        ("username", "a\0b"),
        ("username", "\u{1}"),
        ("username", ""),
        ("username", "\u{2003}"),
        ("username", &long),
        ("phone", "\0"),
        ("phone", "555\n0199"),
        ("phone", &long),
        ("about", "\0"),
        ("about", "\u{1b}[31m"),
        ("about", &long),
    ] {
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let form = ordinary(field, value);
        assert_eq!(
            john.posted("/profile", &form).await,
            unprocessable,
            "{field} {value:?}"
        );
        let answer = john.patch("/api/profile", &json!({ field: value })).await;
        assert_eq!(answer.status(), unprocessable, "{field} {value:?}");
    }
    for since in [
        "-9999-01-01T00:00:00Z",
        "-0001-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2999-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "+12000-01-01T00:00:00Z",
        "+262142-12-31T23:59:59Z",
    ] {
        let body = json!({ "locked_at": since });
        let answer = john.patch("/api/users/1", &body).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{since}");
    }
    let form = [("item", "a\0b")];
    let answer = john.posted("/orders", &form).await;
    assert_eq!(answer, StatusCode::UNPROCESSABLE_ENTITY);
    // No username is invalid.
    let visitor = Visitor::new(&service);
    let form = [("username", "john.smith\0"), ("password", "\0")];
    assert_eq!(
        visitor.posted("/login", &form).await,
        StatusCode::UNAUTHORIZED
    );
    let form = [
        ("username", "a\0b"),
        ("phone", ""),
        ("password", "correct horse battery"),
    ];
    assert_eq!(
        visitor.posted("/sign-up", &form).await,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        john.trail("/api/users/2/audit").await,
        before,
        "nothing is kept"
    );

    // At the end, because it stores what the database accepts.
    for body in [
        json!({ "role": "a\0b" }),
        json!({ "role": 7 }),
        json!({ "username": null }),
        json!({ "username": "a\0b" }),
    ] {
        let answer = john.patch("/vulnerable/users/2", &body).await;
        let status = answer.status();
        assert!(!status.is_server_error(), "{body}: {status}");
    }
}

async fn texts_are_kept_alike_from_forms_and_json(database: &Database) {
    let service = Service::start(Some(database.url()), &[]);
    let john = Visitor::signed_in(&service, "john.smith").await;
    let given = [
        ("username", " Jose\u{301} \u{212b}\u{3000}", "José Å"),
        ("phone", "\t555-0199 ", "555-0199"),
        ("about", "Je\u{301}\r\ntwo", "Jé\ntwo"),
    ];
    let form = given.map(|(field, text, _)| (field, text));
    assert_eq!(john.posted("/profile", &form).await, StatusCode::SEE_OTHER);
    let entry = &john.trail("/api/users/2/audit").await[0];
    assert_eq!(entry["after"]["username"], "José Å");
    assert_eq!(entry["after"]["about"], "Jé\ntwo");
    let page = john.get("/profile").await.text().await.unwrap();
    for (_, _, kept) in given {
        assert!(page.contains(kept), "{kept}\n{page}");
    }

    // The same values as JSON are no change, normalised or not.
    let entries = john.trail("/api/users/2/audit").await.len();
    for body in [
        given
            .iter()
            .map(|(field, text, _)| (*field, *text))
            .collect(),
        given
            .iter()
            .map(|(field, _, kept)| (*field, *kept))
            .collect::<Vec<_>>(),
    ] {
        let body: Value = body
            .into_iter()
            .map(|(field, text)| (field.to_owned(), json!(text)))
            .collect();
        let answer = john.patch("/api/profile", &body).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.json::<Value>().await.unwrap()["username"], "José Å");
    }
    assert_eq!(john.trail("/api/users/2/audit").await.len(), entries);

    // The login normalises the name as well.
    let password = service.password("john.smith");
    for name in ["José Å", "  Jose\u{301} A\u{30a}  "] {
        Visitor::signed_in_with(&service, name, password).await;
    }
}

#[tokio::test]
async fn nothing_about_people_is_cached() {
    let service = Service::start(None, &[]);
    let jane = Visitor::signed_in(&service, "jane.doe").await;
    let nobody = Visitor::new(&service);
    for visitor in [&jane, &nobody] {
        for path in [
            "/",
            "/login",
            "/sign-up",
            "/profile",
            "/users",
            "/users/1",
            "/users/4711",
            "/users/1/audit",
            "/users/1/audit?actor=jane",
            "/orders",
            "/orders/1",
            "/orders/1/audit",
            "/audit",
            "/api/audit",
            "/api/users/1/audit",
            "/api/users/4711/audit",
            "/nothing",
        ] {
            let answer = visitor.get(path).await;
            assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        }
        let form = [("username", "jane.doe"), ("password", "a guess")];
        for answer in [
            visitor.post("/login", &form).await,
            visitor.patch("/api/profile", &json!({})).await,
            visitor
                .patch("/api/profile", &json!({ "role": "admin" }))
                .await,
        ] {
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
    }
    let style = jane.get("/style.css").await;
    assert_eq!(style.headers()["cache-control"], "public, max-age=3600");
}

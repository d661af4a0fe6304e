//! Reads of the trail: each leaves an entry, creates no history, and reveals nothing to other readers.

use audit_runtime::{
    Entry, History, Outcome,
    http::{Access, Reading, Trail, history_routes, log_routes, type_history_routes},
    prelude::*,
};
use axum::{Router, middleware};
use sea_orm::DatabaseConnection;
use serde_json::{Value as Json, json};

use super::{
    app::{authenticate, layer, prepare},
    server::{Server, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, user},
};

on_every_backend!(
    a_forbidden_search_is_an_entry,
    a_read_of_nothing_is_an_entry,
    a_denied_reader_writes_little,
    a_denied_reader_tells_no_tenant_of_a_row,
    a_search_is_shown_to_those_who_may_make_it,
);

fn policy(reading: &Reading<'_>) -> Access {
    match reading.reader().actor().kind() {
        "Admin" => Access::full(),
        "Clerk" => Access::full().redacting::<user::Entity>([user::Column::Username]),
        "Guest" => Access::full().without_source(),
        "Tenant" => Access::full().of_tenant(reading.reader().actor().id()),
        _ => Access::denied(),
    }
}

/// A service that records reads, and two users. The first has a history.
async fn start(db: &DatabaseConnection) -> Server {
    prepare(db, &["john.smith", "eve"]).await;
    let patch = user::AdminPatch::new().role("editor");
    let context = context().tenant("acme");
    db.audited(&context).update(1, patch).await.unwrap();
    let trail = Trail::new(db.clone(), policy).recording_reads();
    let app = Router::new()
        .merge(history_routes::<user::Entity>(&trail))
        .merge(type_history_routes::<user::Entity>(&trail))
        .merge(log_routes(&trail))
        .layer(middleware::from_fn(authenticate));
    Server::start(app.layer(layer(db).complete(|context, _| {
        let actor = context.actor().clone();
        match actor.kind() {
            "Tenant" | "Stranger" => context.tenant(actor.id()),
            _ => context,
        }
    })))
    .await
}

/// Sends a request. Returns the status and the one entry that was added.
async fn read(server: &Server, db: &DatabaseConnection, path: &str, account: &str) -> (u16, Entry) {
    let before = entries(db).await.len();
    let answer = server.get(path, &caller(account)).await;
    let mut all = entries(db).await;
    assert_eq!(all.len(), before + 1, "{path}: {answer:?}");
    let entry = all.pop().unwrap();
    assert_eq!(entry.action, "AUDIT_READ");
    (answer.status, entry)
}

async fn a_forbidden_search_is_an_entry(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    for (path, account, query, id) in [
        (
            "/users/1/audit?changed=username&to=jim",
            "Clerk 4 clerk",
            json!({ "changed": "username", "to": "jim" }),
            Some("1"),
        ),
        (
            "/users/1/audit?ip=203.0.113.9",
            "Guest 5 guest",
            json!({ "ip": "203.0.113.9" }),
            Some("1"),
        ),
        (
            "/users/2/audit?session_id=7",
            "Guest 5 guest",
            json!({ "session_id": "7" }),
            None,
        ),
        (
            "/users/audit?request_id=7",
            "Guest 5 guest",
            json!({ "request_id": "7" }),
            None,
        ),
        (
            "/audit?ip=::1",
            "Guest 5 guest",
            json!({ "ip": "::1" }),
            None,
        ),
    ] {
        let (status, entry) = read(&server, db, path, account).await;
        assert_eq!((status, entry.outcome), (403, Outcome::Denied), "{path}");
        assert_eq!(entry.entity_id.as_deref(), id, "{path}");
        assert_eq!(entry.metadata.unwrap()["query"], query, "{path}");
    }
    // A field that nobody may see cannot be searched, and the searched value is not stored.
    let path = "/users/1/audit?changed=phone&from=555-0100";
    let (status, entry) = read(&server, db, path, "Admin 7 jane.doe").await;
    assert_eq!((status, entry.outcome), (403, Outcome::Denied));
    let query = json!({ "changed": "phone", "from": null });
    assert_eq!(entry.metadata.unwrap()["query"], query);
}

async fn a_read_of_nothing_is_an_entry(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let long = "9".repeat(600);
    for id in ["2", "9", "none", "99999999999", "1%00", &long] {
        for (account, outcome) in [
            ("Admin 7 jane.doe", Outcome::Success),
            ("Stranger 3 mallory", Outcome::Denied),
        ] {
            // Twice.
            for _ in 0..2 {
                let path = format!("/users/{id}/audit?action=UPDATE");
                let (status, entry) = read(&server, db, &path, account).await;
                assert_eq!((status, entry.outcome), (404, outcome), "{path}");
                assert_eq!((&entry.entity_type, &entry.entity_id), (&None, &None));
                let metadata = entry.metadata.unwrap();
                assert_eq!(metadata["entity_type"], "User");
                assert_eq!(metadata["query"], json!({ "action": "UPDATE" }));
                let named = metadata["entity_id"].as_str().unwrap();
                assert!(named.chars().count() <= 512);
                assert!(id.len() > 100 || id == "1%00" || named == id);
                let shown = (outcome == Outcome::Success).then(|| json!(0));
                assert_eq!(metadata.get("entries"), shown.as_ref());
            }
        }
    }
}

async fn a_denied_reader_writes_little(database: &Database) {
    const LONG: usize = 7000;

    let db = &database.db;
    let server = start(db).await;
    let query = |text: &str| {
        let names = [
            "action",
            "request_id",
            "session_id",
            "changed",
            "from",
            "to",
        ];
        let texts = names.map(|name| format!("{name}={}", text.repeat(LONG)));
        let actors =
            ["actor", "on_behalf_of"].map(|name| format!("{name}=a:{}", text.repeat(LONG)));
        [&texts[..], &actors[..]].concat().join("&")
    };
    let mut seen = Vec::<Json>::new();
    for text in ["a", "b"] {
        let question = query(text);
        for path in ["/users/1/audit", "/users/9/audit", "/users/audit", "/audit"] {
            let path = format!("{path}?{question}");
            let (status, entry) = read(&server, db, &path, "Stranger 3 mallory").await;
            assert_eq!((status, entry.outcome), (404, Outcome::Denied));
            let metadata = entry.metadata.unwrap();
            assert!(metadata.to_string().len() < 4096, "{metadata}");
            seen.push(metadata["query"].clone());
        }
    }
    // Different queries stay different in the log.
    assert_ne!(seen[0], seen[4]);
    assert_eq!(seen[0], seen[1]);
    let made = History::on("User", "9").page(db, None, 10).await.unwrap();
    assert_eq!(made.entries, []);
}

async fn a_denied_reader_tells_no_tenant_of_a_row(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    // The history of the first user belongs to acme.
    let (status, entry) = read(&server, db, "/users/1/audit", "Stranger globex mallory").await;
    assert_eq!((status, entry.entity_id), (404, None));
    let (status, entry) = read(&server, db, "/users/1/audit", "Tenant globex eve").await;
    assert_eq!((status, entry.entity_id), (404, None));
    let (status, entry) = read(&server, db, "/users/1/audit", "Stranger acme mallory").await;
    assert_eq!((status, entry.entity_id.as_deref()), (404, Some("1")));
    let (status, _) = read(&server, db, "/users/1/audit", "Tenant globex eve").await;
    assert_eq!(status, 404);
}

async fn a_search_is_shown_to_those_who_may_make_it(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let admin = "Admin 7 jane.doe";
    let searches = [
        ("ip=203.0.113.77", "203.0.113.77"),
        ("session_id=session-77", "session-77"),
        ("request_id=request-77", "request-77"),
        ("changed=username&to=jim.jones", "jim.jones"),
        ("changed=username&from=tim.jones", "tim.jones"),
    ];
    for (question, _) in searches {
        for path in ["/users/1/audit", "/users/audit"] {
            read(&server, db, &format!("{path}?{question}"), admin).await;
        }
    }
    for path in ["/users/1/audit", "/audit"] {
        let shown = async |account| server.get(path, &caller(account)).await.body;
        let (all, clerk, guest) = (
            shown(admin).await,
            shown("Clerk 4 clerk").await,
            shown("Guest 5 guest").await,
        );
        for (question, value) in searches {
            let is_source = !question.starts_with("changed");
            assert!(all.contains(value), "{path} {question}");
            assert_eq!(clerk.contains(value), is_source, "{path} {question}");
            assert_eq!(guest.contains(value), !is_source, "{path} {question}");
        }
        // The fact that there was a search is not secret.
        for name in ["ip", "session_id", "request_id"] {
            assert!(guest.contains(&format!(r#""{name}":null"#)), "{guest}");
        }
        assert!(clerk.contains(r#""to":null"#), "{clerk}");
    }
}

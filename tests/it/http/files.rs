//! Files of the trail: CSV, JSON lines, and a page to print.

use audit_runtime::{
    Outcome,
    http::{Access, Reading, Trail, Viewer, history_routes, log_pages, log_routes},
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
    entities::{entries, user},
    feed::parse,
};

on_every_backend!(
    a_file_has_all_that_is_found,
    a_spreadsheet_shows_what_is_stored,
    a_file_is_an_entry,
    a_file_has_what_the_reader_may_see,
    a_print_tells_its_question,
);

fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    match reader.kind() {
        "Admin" => Access::full(),
        "Clerk" => Access::full().redacting::<user::Entity>([user::Column::Username]),
        "Tenant" => Access::full().of_tenant(reader.id()),
        "Guest" => Access::full().without_source(),
        _ => Access::denied(),
    }
}

async fn start(db: &DatabaseConnection) -> Server {
    let trail = Trail::new(db.clone(), policy).searching::<user::Entity>();
    let app = Router::new()
        .merge(history_routes::<user::Entity>(&trail))
        .merge(log_routes(&trail))
        .nest("/pages", log_pages(&trail, &Viewer::new("Shop")))
        .layer(middleware::from_fn(authenticate));
    Server::start(app.layer(layer(db))).await
}

fn jane() -> AuditContext {
    let jane = Actor::new("Admin", 7).named("jane.doe");
    AuditContext::new(jane).ip([203, 0, 113, 9]).tenant("acme")
}

/// More events than one page.
const EVENTS: usize = 450;

async fn events(db: &DatabaseConnection) {
    prepare(db, &["john.smith"]).await;
    let context = jane();
    let unit = db.audited(&context).begin().await.unwrap();
    for number in 0..EVENTS {
        let event = Event::new("IMPORTED").on("User", 1).with("n", number);
        unit.record(event).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn a_file_has_all_that_is_found(database: &Database) {
    let db = &database.db;
    events(db).await;
    let all = entries(db).await;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    for path in [
        "/users/1/audit.jsonl?action=IMPORTED&order=oldest",
        "/audit.jsonl?action=IMPORTED&order=oldest",
        "/pages/audit.jsonl?entity_type=User&action=IMPORTED&order=oldest",
    ] {
        let file = server.get(path, &admin).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.content_type.as_deref(), Some("application/jsonl"));
        assert_eq!(file.header("cache-control").as_deref(), Some("no-store"));
        let lines = file.body.lines();
        let lines: Vec<Json> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let expected: Vec<_> = all.iter().map(|entry| json!(entry)).collect();
        assert_eq!(lines, expected, "{path}");
    }
    let file = server
        .get("/users/1/audit.csv?action=IMPORTED", &admin)
        .await;
    let records = parse::csv(&file.body);
    assert_eq!(records.len(), 1 + EVENTS);
    assert_eq!(records[0][..3], ["id", "kind", "changeset_id"]);
    assert_eq!(records[1][0], all[EVENTS - 1].id.to_string());
}

async fn a_spreadsheet_shows_what_is_stored(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let reasons = [
        "=HYPERLINK(\"http://example.com\",\"x\")",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "a, \"b\"\nc",
        "\u{202e}txt.exe",
        "'quoted'",
        "plain",
    ];
    for reason in reasons {
        let actor = Actor::new("Admin", 7).named(reason);
        let context = AuditContext::new(actor);
        db.audited(&context).record(Event::new("X")).await.unwrap();
    }
    let server = start(db).await;
    let path = "/audit.csv?order=oldest&action=X";
    let file = server.get(path, &caller("Admin 7 jane.doe")).await;
    let records = parse::csv(&file.body);
    let column = records[0].iter().position(|name| name == "actor_name");
    let stored = entries(db).await;
    for (record, entry) in records[1..].iter().zip(&stored) {
        let name = entry.actor.name().unwrap();
        let is_formula = name.starts_with(['=', '+', '-', '@']);
        let expected = if is_formula {
            format!("'{name}")
        } else {
            name.to_owned()
        };
        assert_eq!(record[column.unwrap()], expected);
        assert_eq!(record.len(), records[0].len());
    }
    assert_eq!(records.len(), 1 + reasons.len());
}

async fn a_file_is_an_entry(database: &Database) {
    let db = &database.db;
    events(db).await;
    let server = start(db).await;
    for (path, form) in [
        ("/users/1/audit.csv?actor=Admin:7", "csv"),
        ("/users/1/audit.jsonl?actor=Admin:7", "jsonl"),
        ("/audit.csv?actor=Admin:7", "csv"),
        ("/pages/audit.print?actor=Admin:7", "print"),
    ] {
        let before = entries(db).await.len();
        assert_eq!(server.get(path, &caller("Admin 8 sue")).await.status, 200);
        let added = entries(db).await.split_off(before);
        assert_eq!(added.len(), 1, "{path}");
        assert_eq!(added[0].action, "AUDIT_READ");
        assert_eq!(added[0].actor.id(), "8");
        assert_eq!(added[0].entity_id.is_some(), path.starts_with("/users"));
        let metadata = added[0].metadata.clone().unwrap();
        let expected = json!({ "query": { "actor": "Admin:7" }, "export": form });
        assert_eq!(metadata, expected, "{path}");
    }
    // No file is delivered. A refused request leaves an entry, and an invalid one does not.
    for (path, account, status) in [
        ("/users/1/audit.csv", "User 1 john", 404),
        ("/users/9/audit.csv", "Admin 7 jane.doe", 404),
        ("/audit.csv", "User 1 john", 404),
        ("/audit.jsonl?ip=203.0.113.9", "Admin 7 jane.doe", 400),
        ("/audit.jsonl?limit=1", "Admin 7 jane.doe", 400),
        ("/pages/audit.print?nonsense=1", "Admin 7 jane.doe", 400),
        ("/users/1/audit.csv?ip=203.0.113.9", "Guest 5 guest", 403),
    ] {
        let before = entries(db).await.len();
        assert_eq!(
            server.get(path, &caller(account)).await.status,
            status,
            "{path}"
        );
        let added = entries(db).await.split_off(before);
        let outcomes: Vec<_> = added.iter().map(|entry| entry.outcome).collect();
        let expected: &[Outcome] = match (status, account) {
            (400, _) => &[],
            // The record does not exist, as far as the reader may know.
            (_, "Admin 7 jane.doe") => &[Outcome::Success],
            _ => &[Outcome::Denied],
        };
        assert_eq!(outcomes, expected, "{path}");
    }
}

async fn a_file_has_what_the_reader_may_see(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith", "eve"]).await;
    let rename = user::AdminPatch::new().username("jim.jones");
    let context = jane();
    db.audited(&context).update(1, rename).await.unwrap();
    let globex = AuditContext::new(Actor::new("Admin", 7)).tenant("globex");
    let role = user::AdminPatch::new().role("editor");
    db.audited(&globex).update(2, role).await.unwrap();
    let server = start(db).await;
    for form in ["csv", "jsonl", "print"] {
        let path = match form {
            "print" => "/pages/audit.print?entity_type=User".to_owned(),
            form => format!("/audit.{form}?entity_type=User"),
        };
        let file = async |account| server.get(&path, &caller(account)).await.body;
        let (all, clerk) = (file("Admin 7 x").await, file("Clerk 4 x").await);
        let (acme, guest) = (file("Tenant acme x").await, file("Guest 5 x").await);
        for (file, names, editor, ip) in [
            (all, true, true, true),
            (clerk, false, true, true),
            (acme, true, false, true),
            (guest, true, true, false),
        ] {
            assert_eq!(file.contains("jim.jones"), names, "{file}");
            assert_eq!(file.contains("editor"), editor, "{file}");
            assert_eq!(file.contains("203.0.113.9"), ip, "{file}");
        }
    }
    let path = "/users/1/audit.csv?changed=username&to=eve";
    let denied = server.get(path, &caller("Clerk 4 x")).await;
    assert_eq!(denied.status, 403);
}

async fn a_print_tells_its_question(database: &Database) {
    let db = &database.db;
    events(db).await;
    let server = start(db).await;
    let path = "/pages/audit.print?actor=Admin:7&action=IMPORTED";
    let page = server.get(path, &caller("Admin 8 sue")).await;
    assert_eq!(
        page.content_type.as_deref(),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    for expected in [
        "<dd>Action: <bdi>IMPORTED</bdi>; By whom, as Kind:id: <bdi>Admin:7</bdi></dd>",
        "<dd>Admin 'sue' (8)</dd>",
        "<dt>Read at</dt>",
        "All times are in UTC.",
        "The end: 450 entries.",
    ] {
        assert!(page.body.contains(expected), "{expected}");
    }
    assert_eq!(page.body.matches("<article").count(), EVENTS);
    assert_eq!(
        page.body.matches("<details class=\"detail\" open>").count(),
        EVENTS
    );
    assert!(page.body.ends_with("</html>"));

    // The page of the log links to the files.
    let page = server
        .get("/pages/audit?action=IMPORTED", &caller("Admin 8 sue"))
        .await
        .body;
    for form in ["csv", "jsonl", "print"] {
        assert!(
            page.contains(&format!("href=\"audit.{form}?action=IMPORTED\"")),
            "{page}"
        );
    }
    assert_eq!(entries(db).await.last().unwrap().outcome, Outcome::Success);
}

//! Pages of past states of a record.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Outcome,
    http::{Access, Reading, Trail, Viewer, history_pages, state_pages},
    prelude::*,
    retention::{Archive, DAY, Policy, Retention, archive::object_store::memory::InMemory},
};
use axum::{Router, middleware};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{
    app::{authenticate, layer, prepare},
    server::{Server, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, user},
};

on_every_backend!(
    a_record_is_shown_as_it_was,
    two_entries_are_compared,
    an_archive_shows_the_same_pages,
    a_state_is_for_those_who_may_read_the_record,
);

fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    match reader.kind() {
        "Admin" => Access::full().reverting(),
        "Clerk" => Access::full().redacting::<user::Entity>([user::Column::Username]),
        "Tenant" => Access::full().of_tenant(reader.id()),
        _ => Access::denied(),
    }
}

/// A user whose role and name change. Returns the server, and the id of the first of these entries.
async fn start(db: &DatabaseConnection) -> (Server, i64) {
    prepare(db, &["john.smith"]).await;
    let context = context().tenant("acme");
    let audit = db.audited(&context);
    for role in ["editor", "admin"] {
        let patch = user::AdminPatch::new().role(role);
        audit.update(1, patch).await.unwrap();
    }
    let rename = user::AdminPatch::new().username("jim.jones");
    audit.update(1, rename).await.unwrap();
    let first = entries(db).await[0].id;
    let trail = Trail::new(db.clone(), policy).recording_reads();
    (serve(&trail, db).await, first)
}

async fn serve(trail: &Trail, db: &DatabaseConnection) -> Server {
    let viewer = Viewer::new("Shop").states(|of, id, entry| {
        let is_user = of == "User";
        is_user.then(|| format!("/users/{id}/audit/{entry}"))
    });
    let app = Router::new()
        .merge(history_pages::<user::Entity>(trail, &viewer))
        .merge(state_pages::<user::Entity>(trail, &viewer, db.clone()))
        .layer(middleware::from_fn(authenticate));
    Server::start(app.layer(layer(db))).await
}

/// The rows of a page: each field with its text.
fn fields(page: &str) -> Vec<(String, String)> {
    let (_, rows) = page.split_once("<dl class=\"changes\">").unwrap();
    let (rows, _) = rows.split_once("</dl>").unwrap();
    let rows = rows.split("<dt>").skip(1).map(|row| {
        let (field, value) = row.split_once("</dt>").unwrap();
        let parts = value
            .split('<')
            .map(|part| part.split_once('>').map_or("", |(_, text)| text));
        (field.to_owned(), parts.collect())
    });
    rows.collect()
}

async fn a_record_is_shown_as_it_was(database: &Database) {
    let db = &database.db;
    let (server, first) = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let page = server.get("/users/1/audit", &admin).await.body;
    // With its present name. Each field links to its own history.
    assert!(page.contains("<h1>User jim.jones</h1>"), "{page}");
    assert!(
        page.contains("<a href=\"?changed=role\">role</a>"),
        "{page}"
    );
    assert!(
        page.contains(&format!("href=\"/users/1/audit/{first}\"")),
        "{page}"
    );

    let page = server.get(&format!("/users/1/audit/{first}"), &admin).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body
            .contains(&format!("User 1, right after entry {first}"))
    );
    let fields = fields(&page.body);
    let of = |field: &str| &fields.iter().find(|(name, _)| name == field).unwrap().1;
    for (field, expected) in [
        ("id", "1"),
        ("username", "john.smith"),
        ("role", "editor"),
        ("logins", "0"),
        ("phone", "unknown: it is redacted"),
        ("password_hash", "unknown: it is redacted"),
    ] {
        assert_eq!(of(field), expected, "{field}");
    }
    assert_eq!(fields.len(), 6, "{fields:?}");

    let read = entries(db).await.pop().unwrap();
    assert_eq!(
        (&*read.action, read.entity_id.as_deref()),
        ("AUDIT_READ", Some("1"))
    );
    assert_eq!(read.metadata.unwrap()["states_after"], json!([first]));

    db.audited(&context())
        .delete::<user::Entity>(1)
        .await
        .unwrap();
    let deleted = entries(db).await.pop().unwrap().id;
    let page = server
        .get(&format!("/users/1/audit/{deleted}"), &admin)
        .await;
    assert!(
        page.body.contains("There was no such record then."),
        "{page:?}"
    );
}

/// A page without ages, spans until now, and the actions of the log, to which each run adds one.
fn timeless(page: &str) -> String {
    let passes = ["span class=\"ago\"", "a href=\"?since=", "option value="];
    let parts = page.split('<');
    let kept = parts.filter(|part| !passes.iter().any(|start| part.starts_with(start)));
    kept.collect()
}

async fn an_archive_shows_the_same_pages(database: &Database) {
    let db = &database.db;
    let (_, first) = start(db).await;
    let archive = Archive::new(Arc::new(InMemory::new()));
    let users = Policy::new("users").document("SEC-12").hot(Duration::ZERO);
    let retention = Retention::new([users.keep(365 * DAY)]).unwrap().pace(1.0);
    let retention = retention.archive(archive.clone());
    retention.install(db, &context()).await.unwrap();
    let server = serve(&Trail::new(db.clone(), policy).across(archive), db).await;
    let admin = caller("Admin 7 jane.doe");
    let ask = async || {
        let mut pages = Vec::new();
        for path in [
            "",
            "?changed=role",
            &format!("/{first}"),
            &format!("/{first}?with={}", first + 2),
        ] {
            let page = server.get(&format!("/users/1/audit{path}"), &admin).await;
            assert_eq!(page.status, 200, "{path}");
            pages.push(timeless(&page.body));
        }
        pages
    };
    let before = ask().await;
    assert!(before[1].contains("editor") && before[3].contains("jim.jones"));
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 3);
    assert_eq!(ask().await, before);
}

async fn two_entries_are_compared(database: &Database) {
    let db = &database.db;
    let (server, first) = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let last = first + 2;
    // In either order.
    for (entry, with) in [(first, last), (last, first)] {
        let path = format!("/users/1/audit/{entry}?with={with}");
        let page = server.get(&path, &admin).await;
        let title = format!("User 1: from entry {first} to entry {last}");
        assert!(page.body.contains(&title), "{page:?}");
        let fields = fields(&page.body);
        let told: Vec<_> = fields
            .iter()
            .map(|(field, said)| (&**field, &**said))
            .collect();
        assert_eq!(
            told,
            [
                ("username", "from john.smith →  to jim.jones"),
                ("role", "from editor →  to admin"),
                ("phone", "unknown: it is redacted"),
                ("password_hash", "unknown: it is redacted"),
            ]
        );
    }
}

async fn a_state_is_for_those_who_may_read_the_record(database: &Database) {
    let db = &database.db;
    let (server, first) = start(db).await;
    let path = |entry: &str| format!("/users/1/audit/{entry}");
    let at = path(&first.to_string());
    let clerk = server
        .get(
            &format!("{at}?with={}", first + 2),
            &caller("Clerk 4 clerk"),
        )
        .await;
    assert_eq!(clerk.status, 200);
    assert!(!clerk.body.contains("john.smith") && !clerk.body.contains("jim.jones"));
    assert!(clerk.body.contains("unknown: it is redacted"), "{clerk:?}");

    // The reader may revert changes, but no page for it is mounted.
    let page = server.get(&at, &caller("Admin 7 jane.doe")).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Put this change back"), "{page:?}");

    for (path, account, status) in [
        (&*at, "User 1 john.smith", 404),
        (&*at, "Tenant acme acme", 403),
        (&path("none"), "Admin 7 jane.doe", 400),
        (&path("0"), "Admin 7 jane.doe", 400),
        (&format!("{at}?with=x"), "Admin 7 jane.doe", 400),
        (&format!("{at}?wit=1"), "Admin 7 jane.doe", 400),
        ("/users/9/audit/1", "Admin 7 jane.doe", 404),
    ] {
        let before = entries(db).await.len();
        assert_eq!(
            server.get(path, &caller(account)).await.status,
            status,
            "{path}"
        );
        // A refused read leaves an entry.
        if status == 403 || status == 404 {
            let last = entries(db).await.split_off(before);
            assert_eq!(last.len(), 1, "{path}");
            let is_denied = last[0].outcome == Outcome::Denied;
            assert_eq!(is_denied, !account.starts_with("Admin"), "{path}");
        }
    }
    let reads = entries(db).await;
    let denied = reads
        .iter()
        .filter(|entry| entry.outcome == Outcome::Denied);
    assert_eq!(denied.count(), 2);
}

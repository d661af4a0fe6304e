//! Searches of the whole log, over the API and on pages, within the reader's access.

mod pivots;

use audit_runtime::{
    Entry, Outcome,
    http::{Access, Reading, Trail, Viewer, history_pages, history_routes, log_pages, log_routes},
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
    entities::{entries, order, user},
};

on_every_backend!(
    the_whole_log_is_searched,
    a_search_that_cannot_be_made_is_said,
    a_search_by_what_is_hidden_is_refused,
    a_search_without_an_index_covers_thirty_days,
);

fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    match (reader.kind(), reading.entity_type()) {
        ("Admin", _) | ("Support", Some(_)) => Access::full(),
        ("Clerk", _) => Access::full().redacting::<user::Entity>([user::Column::Username]),
        ("Tenant", _) => Access::full().of_tenant(reader.id()),
        _ => Access::denied(),
    }
}

async fn start(db: &DatabaseConnection) -> Server {
    let trail = Trail::new(db.clone(), policy)
        .recording_reads()
        .searching::<user::Entity>()
        .searching::<order::Entity>();
    let viewer = Viewer::new("Shop").log("/pages/audit");
    let pages = Router::new()
        .merge(history_pages::<user::Entity>(&trail, &viewer))
        .merge(log_pages(&trail, &viewer));
    let app = Router::new()
        .merge(history_routes::<user::Entity>(&trail))
        .merge(log_routes(&trail))
        .nest("/pages", pages)
        .layer(middleware::from_fn(authenticate));
    Server::start(app.layer(layer(db))).await
}

/// One session, in which jane is first an admin and then support, and other entries.
async fn history(db: &DatabaseConnection) {
    prepare(db, &["john.smith", "eve"]).await;
    let jane = |role: &str| {
        let actor = Actor::new("User", 7).named("jane.doe").role(role);
        AuditContext::new(actor)
            .ip([203, 0, 113, 9])
            .session_id("session 7")
    };
    let admin = jane("Admin").service("shop");
    let admin = db.audited(&admin);
    let make = |role: &str| user::AdminPatch::new().role(role);
    admin.update(1, make("admin")).await.unwrap();
    admin.update(2, make("admin")).await.unwrap();
    let support = jane("Support").tenant("acme");
    db.audited(&support).update(2, make("user")).await.unwrap();
    let system = AuditContext::new(Actor::new("System", "7").named("importer"));
    let event = Event::new("IMPORTED").on("File", "a/b").failed();
    db.audited(&system).record(event).await.unwrap();
}

/// The ids of the entries, counted from the first of the history.
fn found(page: &Json, all: &[Entry]) -> Vec<i64> {
    let entries = page["entries"].as_array().unwrap().iter();
    let ids = entries.map(|entry| entry["id"].as_i64().unwrap() - all[0].id + 1);
    ids.collect()
}

async fn the_whole_log_is_searched(database: &Database) {
    let db = &database.db;
    history(db).await;
    let all = entries(db).await;
    let server = start(db).await;
    let since = "&since=2001-01-01";
    for (question, expected) in [
        ("entity_type=User", vec![3, 2, 1]),
        ("entity_type=File", vec![4]),
        ("entity_type=Order", vec![]),
        ("entity_type=User&entity_id=2", vec![3, 2]),
        ("entity_type=File&entity_id=a/b", vec![4]),
        ("entity_type=User&entity_id=none", vec![]),
        ("entity_type=User&entity_label=eve", vec![3, 2]),
        ("entity_label=eve&since=2001-01-01", vec![3, 2]),
        ("actor_id=7&to=&action=UPDATE", vec![3, 2, 1]),
        ("actor_id=7&actor_kind=System", vec![4]),
        ("actor_name=importer&since=2001-01-01", vec![4]),
        ("service=shop&since=2001-01-01", vec![2, 1]),
        ("tenant=acme&since=2001-01-01", vec![3]),
        ("outcome=FAILURE&since=2001-01-01", vec![4]),
        // Who became admin?
        ("entity_type=User&changed=role&to=admin", vec![2, 1]),
        ("changed=role&to=admin", vec![2, 1]),
        (
            "changed=role&from=admin&entity_type=User&entity_id=2",
            vec![3],
        ),
    ] {
        let path = format!("/audit?{question}&until=2999-01-01");
        let answer = server.get(&path, &caller("Admin 7 jane.doe")).await;
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        let found = found(&answer.json(), &all);
        // The entries of reads come later.
        let found: Vec<_> = found.into_iter().filter(|id| *id <= 4).collect();
        assert_eq!(found, expected, "{question}{since}");
        // The page finds the same.
        let path = format!("/pages{path}");
        let page = server.get(&path, &caller("Admin 7 jane.doe")).await.body;
        for (index, entry) in all.iter().enumerate() {
            let is_shown = page.contains(&format!("id=\"entry-{}\"", entry.id));
            assert_eq!(
                is_shown,
                expected.contains(&(index as i64 + 1)),
                "{question}"
            );
        }
    }
}

async fn a_search_that_cannot_be_made_is_said(database: &Database) {
    let db = &database.db;
    history(db).await;
    let server = start(db).await;
    for (path, expected) in [
        ("/audit?entity_id=1", "`entity_id` needs `entity_type`"),
        (
            "/audit?changed=user",
            "`changed` asks for a field: ask the history of its entity",
        ),
        (
            "/audit?entity_type=File&changed=role",
            "`changed` asks for a field",
        ),
        (
            "/audit?entity_type=Order&changed=role",
            "`changed`: there is no such field; there are `user_id`, `total`",
        ),
        ("/audit?entity_type=Order&to=7", "`to` needs `changed`"),
        (
            "/users/1/audit?entity_type=Order",
            "`entity_type` asks for records: ask the whole log",
        ),
        (
            "/users/1/audit?entity_id=2",
            "`entity_id` asks for records: ask the whole log",
        ),
    ] {
        let answer = server.get(path, &caller("Admin 7 jane.doe")).await;
        assert_eq!(answer.status, 400, "{path}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(expected), "{path}: {detail}");
    }
}

async fn a_search_by_what_is_hidden_is_refused(database: &Database) {
    let db = &database.db;
    history(db).await;
    let server = start(db).await;
    let refused = [
        ("Clerk 4 clerk", "entity_type=User&entity_label=eve"),
        ("Clerk 4 clerk", "entity_label=eve&since=2001-01-01"),
        ("Clerk 4 clerk", "entity_type=User&changed=username&to=eve"),
        ("Clerk 4 clerk", "changed=username&to=eve"),
        ("Admin 7 jane.doe", "entity_type=User&changed=phone&to=555"),
        ("Tenant globex globex", "tenant=acme&entity_type=User"),
    ];
    for (account, question) in refused {
        for path in ["/audit", "/pages/audit"] {
            let before = entries(db).await.len();
            let path = format!("{path}?{question}");
            let answer = server.get(&path, &caller(account)).await;
            assert_eq!(answer.status, 403, "{path}");
            let added = entries(db).await.split_off(before);
            assert_eq!(added.len(), 1, "{path}");
            assert_eq!(
                (&*added[0].action, added[0].outcome),
                ("AUDIT_READ", Outcome::Denied)
            );
        }
    }
    let path = "/audit?entity_type=Order&entity_label=eve";
    assert_eq!(server.get(path, &caller("Clerk 4 clerk")).await.status, 200);
    // A condition on one's own tenant does not widen the access.
    let path = "/audit?tenant=acme&entity_type=User";
    let own = server.get(path, &caller("Tenant acme acme")).await.json();
    assert_eq!(own["entries"].as_array().unwrap().len(), 1);

    // Searched values are shown to readers who may search for them.
    let searched = ["tom.jones", "tim.jones"];
    let questions = [
        "entity_type=User&entity_label=tom.jones",
        "changed=username&to=tim.jones",
    ];
    for question in questions {
        let path = format!("/audit?{question}");
        assert_eq!(
            server.get(&path, &caller("Admin 7 jane.doe")).await.status,
            200
        );
    }
    for value in searched {
        for (account, is_shown) in [("Admin 7 jane.doe", true), ("Clerk 4 clerk", false)] {
            let log = server
                .get("/audit?action=AUDIT_READ", &caller(account))
                .await;
            assert_eq!(log.body.contains(value), is_shown, "{account} {value}");
        }
    }
    // The log does not keep values that nobody may see.
    let log = server
        .get("/audit?action=AUDIT_READ", &caller("Admin 7 jane.doe"))
        .await;
    assert!(!log.body.contains("\"to\":\"555\""), "{}", log.body);
}

async fn a_search_without_an_index_covers_thirty_days(database: &Database) {
    let db = &database.db;
    history(db).await;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let answer = server.get("/audit?session_id=session+7", &admin).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["unserved"], json!(["session_id"]));

    let page = server
        .get("/pages/audit?session_id=session+7", &admin)
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body.matches("<article").count(), 3);
    assert!(
        page.body.contains("it covers the last 30 days"),
        "{}",
        page.body
    );
    let wider = link(&page.body, ">90 days</a>");
    assert!(wider.contains("since="), "{wider}");
    let page = server.get(&format!("/pages/audit{wider}"), &admin).await;
    assert_eq!(page.body.matches("<article").count(), 3);
    assert!(!page.body.contains("it covers"), "{}", page.body);
    // With a given end, the same span before it.
    let page = server
        .get("/pages/audit?ip=203.0.113.9&until=2001-03-31", &admin)
        .await;
    let bound = "the last 30 days before its end, since <time datetime=\"2001-03-01T00:00:00";
    assert!(page.body.contains(bound), "{}", page.body);
}

/// The address of the first link with this end.
fn link(page: &str, end: &str) -> String {
    let (before, _) = page.split_once(end).expect(end);
    let (_, link) = before.rsplit_once("href=\"").unwrap();
    let (link, _) = link.split_once('"').unwrap();
    link.replace("&amp;", "&")
}

//! The trail over HTTP: what is asked, who may read what, and what that leaves behind.

use std::time::Duration;

use audit_runtime::{
    Entry, Error, History, Outcome,
    http::{
        Access, AccessPolicy, AuditLayer, Reading, Trail, history_routes, log_routes,
        type_history_routes,
    },
    prelude::*,
    retention::{Archive, DAY, Policy, Retention},
};
use axum::{Router, middleware};
use sea_orm::DatabaseConnection;
use serde_json::{Value as Json, json};

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
    questions_are_parameters,
    what_cannot_be_asked_is_said,
    absent_and_forbidden_look_the_same,
    a_tenant_sees_its_own,
    what_a_reader_may_not_see_is_not_shown,
    a_read_is_an_entry,
    a_read_that_cannot_be_recorded_shows_nothing,
    a_policy_may_ask_the_database,
    the_whole_log_is_read,
    an_archive_is_read_with_the_log,
);

/// Admins see all, users their own row without the source and the role, others nothing.
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

/// Three users; the first with this many changes of its role, there and back.
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
    let retention = retention.archive(archive());
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
}

async fn questions_are_parameters(database: &Database) {
    let db = &database.db;
    history(db, 3).await;
    let thief =
        AuditContext::new(Actor::new("Support:EU", "9")).on_behalf_of(Actor::new("User", "2"));
    let rename = user::AdminPatch::new().username("jim").logins(5);
    db.audited(&thief).update(1, rename).await.unwrap();
    let event = Event::new("LOGIN_FAILURE")
        .about::<user::Entity>(1)
        .denied();
    db.audited(&thief).record(event).await.unwrap();
    let all = entries(db).await;
    let changeset = all[0].changeset_id.to_string();

    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let questions = [
        ("", vec![5, 4, 3, 2, 1]),
        ("action=UPDATE", vec![4, 3, 2, 1]),
        ("outcome=DENIED", vec![5]),
        ("actor=Admin:7", vec![3, 2, 1]),
        ("actor=Support%5C:EU:9", vec![5, 4]),
        ("on_behalf_of=User:2", vec![5, 4]),
        ("request_id=request-7", vec![3, 2, 1]),
        ("session_id=session-7&limit=1", vec![3]),
        ("ip=203.0.113.9", vec![3, 2, 1]),
        ("ip=::ffff:203.0.113.9", vec![3, 2, 1]),
        ("changeset=CHANGESET", vec![1]),
        ("changed=role", vec![3, 2, 1]),
        ("changed=role&to=admin", vec![3, 1]),
        ("changed=role&from=admin&to=user", vec![2]),
        ("changed=logins&to=5", vec![4]),
        (
            "changed=role&to=admin&order=oldest&actor=Admin:7",
            vec![1, 3],
        ),
        ("since=2001-01-01&until=2001-01-02T12:00", vec![]),
        (
            "since=2001-01-01T00:00:00%2B02:00&action=LOGIN_FAILURE",
            vec![5],
        ),
        ("action=&actor=&changed=&to=&after=", vec![5, 4, 3, 2, 1]),
    ];
    for (question, expected) in questions {
        let path = format!(
            "/users/1/audit?{}",
            question.replace("CHANGESET", &changeset)
        );
        let answer = server.get(&path, &admin).await;
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        let first = all[0].id - 1;
        let found: Vec<_> = ids(&answer.json()).iter().map(|id| id - first).collect();
        assert_eq!(found, expected, "{question}");
    }
}

async fn what_cannot_be_asked_is_said(database: &Database) {
    let db = &database.db;
    history(db, 3).await;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let page = server.get("/users/1/audit?limit=1", &admin).await.json();
    let cursor = page["next"].as_str().unwrap().to_owned();
    let altered = format!("A{}", &cursor[1..]);
    let altered = if altered == cursor {
        format!("B{}", &cursor[1..])
    } else {
        altered
    };

    let questions = [
        (
            "acton=UPDATE",
            "unknown parameter `acton`; known are `after`, `limit`",
        ),
        ("action=A&action=B", "`action` is given twice"),
        ("limit=0", "`limit` is the most entries on a page"),
        ("limit=-1", "`limit` is the most entries on a page"),
        ("limit=many", "`limit` is the most entries on a page"),
        ("order=random", "`order` is which entries come first"),
        ("outcome=denied", "`outcome` is how it ended"),
        (
            "actor=Admin",
            "`actor` is by whom: kind and id, as in `Admin:7`",
        ),
        ("actor=:7", "`actor` is by whom"),
        ("since=yesterday", "`since` is the earliest time"),
        ("changeset=7", "`changeset` is the `changeset_id`"),
        ("ip=localhost", "`ip` is an address"),
        (
            "changed=rol",
            "`changed`: there is no such field; there are `username`, `role`",
        ),
        ("changed=last_seen_at", "`changed`: there is no such field"),
        ("to=admin", "`to` needs `changed`"),
        (
            "changed=logins&to=many",
            "`to`: the field `logins` cannot hold such a value",
        ),
        ("after=!", "`after` is the `next` of the page before"),
        ("after=ALTERED", "the cursor does not belong to this query"),
        // A cursor is good for its question alone.
        (
            "after=CURSOR&action=UPDATE",
            "the cursor does not belong to this query",
        ),
        (
            "after=CURSOR&order=oldest",
            "the cursor does not belong to this query",
        ),
    ];
    for (question, expected) in questions {
        let question = question
            .replace("ALTERED", &altered)
            .replace("CURSOR", &cursor);
        let answer = server
            .get(&format!("/users/1/audit?{question}"), &admin)
            .await;
        assert_eq!(answer.status, 400, "{question}: {answer:?}");
        assert_eq!(
            answer.content_type.as_deref(),
            Some("application/problem+json")
        );
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(expected), "{question}: {detail}");
    }
    let other = server
        .get(&format!("/users/2/audit?after={cursor}"), &admin)
        .await;
    assert_eq!(other.status, 400);
    let capped = server.get("/users/1/audit?limit=1000000", &admin).await;
    assert_eq!((capped.status, ids(&capped.json()).len()), (200, 3));
}

async fn absent_and_forbidden_look_the_same(database: &Database) {
    let db = &database.db;
    history(db, 1).await;
    let server = start(db).await;
    let absent = server
        .get("/users/9/audit", &caller("Admin 7 jane.doe"))
        .await;
    assert_eq!(absent.status, 404);

    let same = [
        ("/users/1/audit", "Stranger 3 mallory"),
        ("/users/9/audit", "Stranger 3 mallory"),
        ("/users/1/audit", "User 2 eve"),
        ("/users/1/audit?action=NOTHING", "User 2 eve"),
        ("/users/1/audit", "Tenant acme acme"),
        ("/users/none/audit", "Admin 7 jane.doe"),
        ("/users/null/audit", "Admin 7 jane.doe"),
        ("/users/99999999999/audit", "Admin 7 jane.doe"),
        ("/users/1%00/audit", "Admin 7 jane.doe"),
        ("/users/9/audit?action=UPDATE", "Admin 7 jane.doe"),
        // There before the audit began, and never changed since.
        ("/users/3/audit", "Admin 7 jane.doe"),
    ];
    for (path, account) in same {
        let answer = server.get(path, &caller(account)).await;
        assert_eq!(
            (answer.status, answer.json()),
            (absent.status, absent.json()),
            "{path} {account}"
        );
    }
    // Nothing found is not nothing there.
    let none = server
        .get("/users/1/audit?action=NOTHING", &caller("Admin 7 jane.doe"))
        .await;
    assert_eq!(
        (none.status, none.json()),
        (200, json!({ "entries": [], "next": null }))
    );
}

async fn a_tenant_sees_its_own(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith", "eve"]).await;
    for (tenant, id, role) in [
        ("acme", 1, "a"),
        ("globex", 1, "b"),
        ("acme", 1, "c"),
        ("globex", 2, "d"),
    ] {
        let context = jane().tenant(tenant);
        db.audited(&context)
            .update(id, user::AdminPatch::new().role(role))
            .await
            .unwrap();
    }
    let server = start(db).await;
    let roles = async |path: &str, tenant: &str| {
        let answer = server
            .get(path, &caller(&format!("Tenant {tenant} {tenant}")))
            .await;
        let page = answer.json();
        let entries = page["entries"].as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|entry| entry["after"]["role"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(roles("/users/1/audit", "acme").await, ["c", "a"]);
    assert_eq!(roles("/users/1/audit?changed=role", "globex").await, ["b"]);
    assert_eq!(roles("/users/audit", "acme").await, ["c", "a"]);
    assert_eq!(roles("/audit?actor=Admin:7", "globex").await, ["d", "b"]);
    assert!(roles("/users/2/audit", "acme").await.is_empty());
    assert!(roles("/users/1/audit", "initech").await.is_empty());
}

async fn what_a_reader_may_not_see_is_not_shown(database: &Database) {
    let db = &database.db;
    history(db, 1).await;
    let context = jane();
    db.audited(&context)
        .update(1, user::AdminPatch::new().username("jim").role("editor"))
        .await
        .unwrap();
    let server = start(db).await;

    let john = caller("User 1 john.smith");
    let answer = server.get("/users/1/audit", &john).await;
    for hidden in [
        "admin",
        "editor",
        "203.0.113.9",
        "Mozilla",
        "session-7",
        "request-7",
        "screen",
    ] {
        assert!(!answer.body.contains(hidden), "{hidden}: {}", answer.body);
    }
    let page = answer.json();
    let diff = json!([
        { "field": "role", "before_is": "redacted", "after_is": "redacted" },
        { "field": "username", "before": "john.smith", "after": "jim" },
    ]);
    assert_eq!(page["entries"][0]["diff"], diff);
    assert_eq!(page["entries"][0]["entity_label"], "john.smith");

    // Nor may it be found by searching.
    for question in [
        "changed=role&to=editor",
        "changed=role&from=admin",
        "ip=203.0.113.9",
        "session_id=session-7",
        "request_id=request-7",
    ] {
        let answer = server
            .get(&format!("/users/1/audit?{question}"), &john)
            .await;
        assert_eq!(answer.status, 403, "{question}");
    }
    let changed = server
        .get("/users/1/audit?changed=role", &john)
        .await
        .json();
    assert_eq!(ids(&changed).len(), 2);

    // A name that is not to be seen is no label either.
    let answer = server.get("/users/1/audit", &caller("Clerk 4 clerk")).await;
    assert!(
        !answer.body.contains("john.smith") && !answer.body.contains("jim"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("editor"));
}

async fn a_read_is_an_entry(database: &Database) {
    let db = &database.db;
    history(db, 2).await;
    let server = serve(&Trail::new(db.clone(), policy).recording_reads(), layer(db)).await;
    let admin = caller("Admin 7 jane.doe");

    assert_eq!(
        server
            .get("/users/1/audit?action=UPDATE", &admin)
            .await
            .status,
        200
    );
    assert_eq!(
        server
            .get("/users/1/audit", &caller("User 2 eve"))
            .await
            .status,
        404
    );
    assert_eq!(server.get("/users/audit?limit=1", &admin).await.status, 200);
    assert_eq!(server.get("/audit?actor=Admin:7", &admin).await.status, 200);
    // Nothing was read.
    assert_eq!(
        server.get("/users/1/audit?limit=0", &admin).await.status,
        400
    );
    assert_eq!(server.get("/users/1/audit", &nobody()).await.status, 401);

    let reads: Vec<Entry> = entries(db).await.split_off(2);
    let told: Vec<_> = reads
        .iter()
        .map(|entry| {
            assert_eq!(entry.action, "AUDIT_READ");
            assert_eq!(entry.source.ip, Some([203, 0, 113, 9].into()));
            let metadata = entry.metadata.clone().unwrap();
            (
                entry.actor.id(),
                entry.entity_id.as_deref(),
                entry.outcome,
                metadata,
            )
        })
        .collect();
    let query = |query: Json, entries: i32| json!({ "query": query, "entries": entries });
    let of_type = json!({ "entity_type": "User", "query": { "limit": "1" }, "entries": 1 });
    assert_eq!(
        told,
        [
            (
                "7",
                Some("1"),
                Outcome::Success,
                query(json!({ "action": "UPDATE" }), 2)
            ),
            ("2", Some("1"), Outcome::Denied, json!({ "query": {} })),
            ("7", None, Outcome::Success, of_type),
            (
                "7",
                None,
                Outcome::Success,
                query(json!({ "actor": "Admin:7" }), 4)
            ),
        ]
    );
}

async fn a_read_that_cannot_be_recorded_shows_nothing(database: &Database) {
    let db = &database.db;
    history(db, 1).await;
    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full()).recording_reads();
    // An actor that no entry can have.
    let layer = AuditLayer::new().actor(|_| Some(Actor::new("Admin", "")));
    let server = serve(&trail, layer).await;

    let answer = server.get("/users/1/audit", &nobody()).await;
    assert_eq!(answer.status, 500);
    assert!(!answer.body.contains("john.smith"));
    assert_eq!(entries(db).await.len(), 1);
}

/// Whoever is in the table of users may read.
struct Known(DatabaseConnection);

impl AccessPolicy for Known {
    async fn access(&self, reading: &Reading<'_>) -> Result<Access, Error> {
        use sea_orm::EntityTrait;

        let id = reading
            .reader()
            .actor()
            .id()
            .parse::<i32>()
            .unwrap_or_default();
        let known = user::Entity::find_by_id(id).one(&self.0).await?;
        Ok(known.map_or_else(Access::denied, |_| Access::full()))
    }
}

async fn a_policy_may_ask_the_database(database: &Database) {
    let db = &database.db;
    history(db, 1).await;
    let server = serve(&Trail::new(db.clone(), Known(db.clone())), layer(db)).await;
    assert_eq!(
        server
            .get("/users/1/audit", &caller("User 2 eve"))
            .await
            .status,
        200
    );
    assert_eq!(
        server
            .get("/users/1/audit", &caller("User 9 nobody"))
            .await
            .status,
        404
    );

    // One that cannot decide lets nobody in.
    database.execute("DROP TABLE orders").await;
    database.execute("DROP TABLE users").await;
    assert_eq!(
        server
            .get("/users/1/audit", &caller("User 2 eve"))
            .await
            .status,
        500
    );
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

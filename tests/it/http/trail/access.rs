//! Access to the trail.

use audit_runtime::{
    Error,
    http::{Access, AccessPolicy, Reading, Trail},
    prelude::*,
};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{
    super::{
        app::{layer, prepare},
        server::caller,
    },
    history, ids, jane, serve, start,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::user,
};

on_every_backend!(
    absent_and_forbidden_look_the_same,
    a_tenant_sees_its_own,
    what_a_reader_may_not_see_is_not_shown,
    a_policy_may_ask_the_database,
);

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
        // It existed before the audit began, and has not changed since.
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
    // An empty result differs from a missing record.
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

    // Hidden values cannot be searched either.
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

    // A hidden name is also hidden as a label.
    let answer = server.get("/users/1/audit", &caller("Clerk 4 clerk")).await;
    assert!(
        !answer.body.contains("john.smith") && !answer.body.contains("jim"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("editor"));
}

/// A policy that admits everyone in the table of users.
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

    // A policy that fails admits nobody.
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

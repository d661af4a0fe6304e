//! The entries of reads.

use audit_runtime::{
    Entry, Outcome,
    http::{Access, AuditLayer, Reading, Trail},
    prelude::*,
};
use serde_json::{Value as Json, json};

use super::{
    super::{
        app::layer,
        server::{caller, nobody},
    },
    history, policy, serve,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
};

on_every_backend!(
    a_read_is_an_entry,
    a_read_that_cannot_be_recorded_shows_nothing,
);

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

//! Queries that no index serves are refused, unless a condition or an index is added.

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, Index},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DatabaseBackend;
use uuid::Uuid;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install, new_user, user},
};

on_every_backend!(
    a_search_that_no_index_serves_is_refused,
    an_index_makes_a_search_legal,
    an_index_is_created_once,
);

type Condition = fn(History) -> History;

fn unserved() -> Vec<(&'static str, Condition)> {
    vec![
        ("ip", |question| question.ip([203, 0, 113, 9])),
        ("session_id", |question| question.session_id("s")),
        ("request_id", |question| question.request_id("r")),
        ("outcome", |question| question.outcome(Outcome::Denied)),
        ("tenant", |question| question.tenant("acme")),
        ("on_behalf_of", |question| {
            question.on_behalf_of(&Actor::new("User", "1"))
        }),
        ("changed", |question| question.changed(user::Column::Role)),
        ("changed", |question| {
            question.changed(user::Column::Role).to("admin")
        }),
    ]
}

async fn a_search_that_no_index_serves_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let actor = Actor::new("Admin", "7");
    let served = [
        History::of::<user::Entity>(1),
        History::on("User", "1"),
        History::of_type::<user::Entity>(),
        History::all().actor(&actor),
        History::all().changeset(Uuid::now_v7()),
        History::all().since(Utc::now() - TimeDelta::days(1)),
    ];
    for (name, ask) in unserved() {
        for alone in [
            History::all(),
            History::all().action("UPDATE"),
            History::all().until(Utc::now()),
        ] {
            let refused = ask(alone).page(db, None, 10).await.unwrap_err();
            assert!(
                matches!(&refused, Error::UnservedQuery { conditions, .. } if *conditions == [name]),
                "{refused}"
            );
            let expected = format!(
                "no index serves a search by {name} alone: also filter by a row, an entity type, an actor, a changeset or `since`"
            );
            assert!(refused.to_string().starts_with(&expected), "{refused}");
        }
        for question in &served {
            ask(question.clone()).page(db, None, 10).await.unwrap();
        }
    }
    let both = History::all().ip([127, 0, 0, 1]).session_id("s");
    let refused = both.page(db, None, 10).await.unwrap_err().to_string();
    assert!(refused.contains("by ip and session_id alone"), "{refused}");
    // The same applies with a cursor, and to the stream.
    use futures_util::TryStreamExt;
    let streamed = History::all()
        .ip([127, 0, 0, 1])
        .stream(db)
        .try_next()
        .await;
    assert!(matches!(streamed, Err(Error::UnservedQuery { .. })));
    // Any representable time is allowed.
    for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for question in [History::all().since(time), History::all().until(time)] {
            question.page(db, None, 10).await.unwrap();
        }
    }
    for legal in [
        History::all(),
        History::all().action("UPDATE"),
        History::all().until(Utc::now()),
    ] {
        legal.page(db, None, 10).await.unwrap();
    }
}

async fn an_index_makes_a_search_legal(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context().request_id("r-1");
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let patch = user::AdminPatch::new().role("admin");
    audit.update(john.id, patch).await.unwrap();

    let by_request = History::all().request_id("r-1");
    let refused = by_request.page(db, None, 10).await.unwrap_err();
    assert!(
        refused.to_string().ends_with(
            ", or create schema::Index::RequestId with audit_runtime::schema::create_index"
        ),
        "{refused}"
    );
    schema::create_index(db, Index::RequestId).await.unwrap();
    assert_eq!(
        by_request.page(db, None, 10).await.unwrap().entries.len(),
        2
    );
    let with_ip = by_request.clone().ip([127, 0, 0, 1]);
    assert_eq!(with_ip.page(db, None, 10).await.unwrap().entries.len(), 0);
    // The index serves only its own condition.
    let other = History::all().session_id("r-1").page(db, None, 10).await;
    assert!(matches!(other, Err(Error::UnservedQuery { .. })));

    let became_admin = History::all().changed(user::Column::Role).to("admin");
    let refused = became_admin
        .page(db, None, 10)
        .await
        .unwrap_err()
        .to_string();
    let created = schema::create_index(db, Index::Changes).await;
    if database.backend() == DatabaseBackend::Postgres {
        assert!(refused.contains("schema::Index::Changes"), "{refused}");
        created.unwrap();
        let page = became_admin.page(db, None, 10).await.unwrap();
        assert_eq!(page.entries.len(), 1);
        // The index does not serve a query without a value.
        let any = History::all()
            .changed(user::Column::Role)
            .page(db, None, 10)
            .await;
        assert!(matches!(any, Err(Error::UnservedQuery { .. })));
    } else {
        assert!(!refused.contains("Index"), "{refused}");
        assert!(created.is_err());
        assert!(became_admin.page(db, None, 10).await.is_err());
    }
}

async fn an_index_is_created_once(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let pools = [
        database.connect(|_| ()).await,
        database.connect(|_| ()).await,
        database.connect(|_| ()).await,
    ];
    for index in [Index::EntityType, Index::RequestId] {
        let [a, b, c] = &pools;
        let created = tokio::join!(
            schema::create_index(a, index),
            schema::create_index(b, index),
            schema::create_index(c, index),
        );
        created.0.unwrap();
        created.1.unwrap();
        created.2.unwrap();
        schema::create_index(db, index).await.unwrap();
    }
    // They do not cause another installation.
    schema::install(db).await.unwrap();
}

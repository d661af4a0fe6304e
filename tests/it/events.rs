//! Events, written with their unit or after it.

use audit_runtime::{Error, Kind, prelude::*};
use sea_orm::{DatabaseConnection, EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
};

on_every_backend!(
    an_event_is_recorded_on_the_pool,
    a_name_that_is_none_is_refused,
    a_name_of_the_engine_is_refused,
    a_success_lives_and_dies_with_its_unit,
    a_denial_outlives_its_unit,
    metadata_is_made_to_fit,
);

async fn an_event_is_recorded_on_the_pool(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context().with("ticket", 1).with("shared", "context");
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let failure = Event::new("LOGIN_FAILURE")
        .about::<user::Entity>(john.id)
        .label("john")
        .denied()
        .with("attempts", 3)
        .with("shared", "event");
    audit.record(failure).await.unwrap();
    audit
        .record(Event::new("REPORT_EXPORTED").on("Report", "2026"))
        .await
        .unwrap();
    audit.record(Event::new("SHUTDOWN").failed()).await.unwrap();

    let entries = entries(db).await;
    let [_, login, export, shutdown] = &entries[..] else {
        unreachable!()
    };
    assert_eq!((login.kind, login.outcome), (Kind::Event, Outcome::Denied));
    assert_eq!(login.entity_id, Some(john.id.to_string()));
    assert_eq!(
        login.metadata,
        Some(json!({"ticket": 1, "attempts": 3, "shared": "event"}))
    );
    assert!(login.changes.is_empty());
    assert_eq!(export.outcome, Outcome::Success);
    assert_eq!(export.entity_type.as_deref(), Some("Report"));
    assert_eq!(shutdown.outcome, Outcome::Failure);
    assert_eq!((&shutdown.entity_type, &shutdown.entity_id), (&None, &None));
    let history = History::of::<user::Entity>(john.id)
        .page(db, None, 10)
        .await
        .unwrap();
    assert_eq!(
        history.entries.len(),
        2,
        "an event about a row is in its history"
    );
}

async fn a_name_that_is_none_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    for (name, problem) in [
        ("", "it is empty"),
        ("login", "only A to Z, digits and _"),
        ("1LOGIN", "a letter first"),
        ("LOG IN", "only A to Z"),
        (&"A".repeat(65), "longer than 64"),
    ] {
        for event in [Event::new(name), Event::new(name).denied()] {
            let tx = audit.begin().await.unwrap();
            let in_unit = tx.record(event.clone()).await.unwrap_err();
            tx.commit().await.unwrap();
            for refused in [in_unit, audit.record(event).await.unwrap_err()] {
                assert!(matches!(refused, Error::InvalidEvent { .. }), "{refused}");
                assert!(refused.to_string().contains(problem), "{refused}");
            }
        }
    }
    assert!(entries(db).await.is_empty());
}

async fn a_name_of_the_engine_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let of_rows = "CREATE UPDATE DELETE UPSERT REVERT MERGE TRUNCATE RAW_SQL";
    let of_the_log = "PURGE ERASE REDACT DESTROY HOLD RELEASE ARCHIVE RESTORE EXPORT SEAL UNSEAL VERIFY \
                      CHECKPOINT CAPTURE APPROVE";
    for name in of_rows
        .split_whitespace()
        .chain(of_the_log.split_whitespace())
    {
        let refused = audit.record(Event::new(name)).await.unwrap_err();
        assert!(
            refused.to_string().contains("the engine's own"),
            "{refused}"
        );
        // A longer name that contains a reserved one is allowed.
        let longer = Event::new(format!("CUSTOMER_{name}"));
        audit.record(longer).await.unwrap();
    }
    assert_eq!(entries(db).await.len(), 8 + 15);
}

async fn a_success_lives_and_dies_with_its_unit(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    for commit in [false, true] {
        let tx = db.audited(&context).begin().await.unwrap();
        tx.record(Event::new("IMPORT")).await.unwrap();
        let changeset = tx.changeset_id();
        if commit {
            tx.commit().await.unwrap();
        } else {
            tx.rollback().await.unwrap();
        }
        assert_eq!(entries(db).await.len(), usize::from(commit));
        assert_eq!(History::committed(changeset, db).await.unwrap(), commit);
    }
}

async fn a_denial_outlives_its_unit(database: &Database) {
    // With one connection, an event written while the unit holds it would wait forever.
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let denied = || Event::new("PAYOUT").on("User", "1").denied();

    async fn unit(audit: Audit<'_, DatabaseConnection>, event: Event) -> Unit {
        let tx = audit.begin().await.unwrap();
        tx.insert(new_user("john")).await.unwrap();
        tx.record(event).await.unwrap();
        tx
    }
    unit(audit, denied()).await.rollback().await.unwrap();
    assert_eq!(actions(db).await, ["PAYOUT"]);

    let failing = unit(audit, denied()).await;
    let changeset = failing.changeset_id();
    failing.insert(new_user("john")).await.unwrap_err();
    assert!(matches!(failing.commit().await, Err(Error::UnitFailed)));
    assert_eq!(actions(db).await, ["PAYOUT"; 2]);
    assert!(!History::committed(changeset, db).await.unwrap());

    drop(unit(audit, denied()).await);
    // A task writes the event. It gets the only connection before or after this loop's queries.
    while actions(db).await.len() < 3 {
        tokio::task::yield_now().await;
    }

    unit(audit, denied()).await.commit().await.unwrap();
    assert_eq!(
        actions(db).await,
        ["PAYOUT", "PAYOUT", "PAYOUT", "CREATE", "PAYOUT"]
    );
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 1);
}

async fn metadata_is_made_to_fit(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let mut deep = json!("bottom");
    for _ in 0..200 {
        deep = json!([deep]);
    }
    let context = context()
        .with("nul\0", "a\0b")
        .with("deep", deep)
        .with("emoji", "🦀");
    db.audited(&context)
        .record(Event::new("ODD"))
        .await
        .unwrap();
    let metadata = entries(db).await.remove(0).metadata.unwrap();
    assert_eq!(metadata["nul\u{FFFD}"], "a\u{FFFD}b");
    assert_eq!(metadata["emoji"], "🦀");
}

async fn actions(db: &DatabaseConnection) -> Vec<String> {
    entries(db)
        .await
        .into_iter()
        .map(|entry| entry.action)
        .collect()
}

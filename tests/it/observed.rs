//! Observability of writes: spans and counters.

mod counters;

use std::time::Duration;

use audit_runtime::{__private::locked, prelude::*};
use sea_orm::{ColumnTrait, DbBackend};
use tokio::{runtime::Builder, task::yield_now, time::timeout};
use tracing::Level;

use self::counters::Counters;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    traces::Traces,
};

on_every_backend!(
    each_write_has_its_span,
    a_span_tells_no_value,
    writes_are_counted,
    a_write_that_is_dropped_is_interrupted,
);

/// The fields of `count` ended spans. A driver's own thread may be the last to leave one.
async fn ended(traces: &Traces, count: usize) -> Vec<String> {
    let mut spans = Vec::new();
    let all = async {
        while spans.len() < count {
            let said = traces.take();
            let fields = said.lines().filter_map(|line| {
                let (_, span) = line.split_once("audit.write{")?;
                let (fields, rest) = span.split_once("}: ")?;
                rest.contains("close").then(|| fields.to_owned())
            });
            spans.extend(fields);
            yield_now().await;
        }
    };
    let _ = timeout(Duration::from_secs(60), all).await;
    spans
}

fn changeset(span: &str) -> &str {
    let (_, changeset) = span.split_once("audit.changeset_id=").unwrap();
    changeset.split(' ').next().unwrap()
}

async fn each_write_has_its_span(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    for (nth, context) in [context(), locked(context())].into_iter().enumerate() {
        let audit = db.audited(&context);
        let traces = Traces::of_spans(Level::INFO);
        let name = format!("jane{nth}");
        let jane = audit.insert(new_user(&name)).await.unwrap();
        let same = user::AdminPatch::new().role(&jane.role);
        audit.update(jane.id, same).await.unwrap();
        let admin = || user::AdminPatch::new().role("admin");
        audit.update(jane.id, admin()).await.unwrap();
        audit.update(-1, admin()).await.unwrap_err();
        audit.insert(new_user(&name)).await.unwrap_err();
        audit
            .record(Event::new("LOGIN").on("User", "7"))
            .await
            .unwrap();
        let unit = audit.begin().await.unwrap();
        let is_jane = user::Column::Id.eq(jane.id);
        unit.update_many(is_jane, user::AdminPatch::new().logins(3))
            .await
            .unwrap();
        unit.commit().await.unwrap();
        let draft = document::Draft::new().id(&name).title("first");
        audit.insert(draft).await.unwrap();

        let mut spans = ended(&traces, 8).await;
        spans.sort_by_key(|span| changeset(span).to_owned());
        let expected = [
            ("User", "CREATE", "written"),
            ("User", "UPDATE", "unchanged"),
            ("User", "UPDATE", "written"),
            ("User", "UPDATE", "refused"),
            ("User", "CREATE", "failed"),
            ("User", "LOGIN", "written"),
            ("User", "UPDATE", "written"),
            ("Document", "CREATE", "written"),
        ];
        assert_eq!(spans.len(), expected.len(), "{spans:#?}");
        let changesets = entries(db)
            .await
            .into_iter()
            .map(|entry| entry.changeset_id.to_string());
        let changesets: Vec<_> = changesets.collect();
        for (span, (entity_type, action, outcome)) in spans.iter().zip(expected) {
            let names = format!("audit.entity_type=\"{entity_type}\" audit.action=\"{action}\"");
            assert!(span.starts_with(&names), "{span}");
            assert!(
                span.contains(&format!("audit.outcome=\"{outcome}\"")),
                "{span}"
            );
            let is_logged = changesets.iter().any(|id| id == changeset(span));
            assert_eq!(is_logged, outcome == "written", "{span}");
        }
        let is_fused = database.backend() == DbBackend::Postgres && nth == 0;
        let plan = if is_fused { "fused" } else { "locked" };
        assert!(
            spans[0].contains(&format!("audit.plan=\"{plan}\"")),
            "{}",
            spans[0]
        );
    }
}

async fn a_span_tells_no_value(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context().reason("a reason to hide");
    let audit = db.audited(&context);
    let traces = Traces::of_spans(Level::INFO);
    let mut row = new_user("secret-name");
    row.password_hash = Set("secret-hash".to_owned());
    let jane = audit.insert(row.clone()).await.unwrap();
    audit.insert(row).await.unwrap_err();
    let patch = user::ProfilePatch::new().phone("secret-phone");
    audit.update(jane.id, patch).await.unwrap();
    let event = Event::new("LOGIN")
        .on("User", "secret-key")
        .with("secret-field", "secret");
    audit.record(event.denied()).await.unwrap();
    let spans = ended(&traces, 4).await;
    assert_eq!(spans.len(), 4, "{spans:#?}");
    for value in ["secret", "reason to hide"] {
        assert!(!spans.concat().contains(value), "{spans:#?}");
    }
}

async fn writes_are_counted(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let counters = Counters::default();
    let counting = counters.count();
    let jane = audit.insert(new_user("jane")).await.unwrap();
    let admin = || user::AdminPatch::new().role("admin");
    for _ in 0..3 {
        audit.update(jane.id, admin()).await.unwrap();
    }
    audit.update(-1, admin()).await.unwrap_err();
    audit.insert(new_user("jane")).await.unwrap_err();
    let unit = audit.begin().await.unwrap();
    unit.record(Event::new("LOGIN").denied()).await.unwrap();
    unit.rollback().await.unwrap();
    drop(counting);
    audit
        .update(jane.id, user::AdminPatch::new().role("user"))
        .await
        .unwrap();
    assert_eq!(
        counters.all(),
        [
            "audit_failures_total action=CREATE entity_type=User: 1",
            "audit_refusals_total action=UPDATE entity_type=User kind=not_found: 1",
            "audit_unchanged_total action=UPDATE entity_type=User: 2",
            "audit_writes_total action=CREATE entity_type=User: 1",
            "audit_writes_total action=LOGIN entity_type=: 1",
            "audit_writes_total action=UPDATE entity_type=User: 1",
        ]
    );
}

async fn a_write_that_is_dropped_is_interrupted(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let traces = Traces::of_spans(Level::INFO);
    let audit = db.audited(&context);
    let mut write = audit.insert(new_user("jane"));
    assert!(futures_util::poll!(&mut write).is_pending());
    drop(write);
    let spans = ended(&traces, 1).await;
    assert!(
        spans[0].contains("audit.outcome=\"interrupted\""),
        "{spans:?}"
    );
}

#[test]
fn events_that_are_lost_are_counted() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let counters = Counters::default();
    let _counting = counters.count();
    runtime.block_on(async {
        let db = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
        install(&db).await.unwrap();
        let context = context();
        let unit = db.audited(&context).begin().await.unwrap();
        unit.record(Event::new("LOGIN").denied()).await.unwrap();
    });
    drop(runtime);
    assert_eq!(counters.all(), ["audit_events_dropped_total: 1"]);
}

//! Past states of a row.

mod unknown;

use std::{cell::Cell, time::Duration};

use audit_runtime::{Entry, Kind, audit_log, prelude::*};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{DatabaseBackend, DatabaseConnection, EntityTrait, IntoActiveModel, PaginatorTrait};
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, order, user},
};

on_every_backend!(
    the_state_at_every_entry_is_what_it_was,
    an_instant_counts_what_was_recorded_by_then,
    a_long_history_is_undone,
    two_moments_differ_in_what_they_differ
);

#[derive(Clone, Debug)]
enum Step {
    Insert { title: &'static str },
    SetTitle(&'static str),
    Delete,
    InsertOrder { total: i64 },
    SetTotal(i64),
    DeleteOrder,
}

fn step() -> impl Strategy<Value = Step> {
    let title = || prop::sample::select(vec!["", "a", "A", "a ", "🦀", "\"'\\\n", "NULL", "5"]);
    let total = || prop::sample::select(vec![i64::MIN, -1, 0, 1 << 53, i64::MAX]);
    prop_oneof![
        2 => title().prop_map(|title| Step::Insert { title }),
        5 => title().prop_map(Step::SetTitle),
        1 => Just(Step::Delete),
        2 => total().prop_map(|total| Step::InsertOrder { total }),
        5 => total().prop_map(Step::SetTotal),
        1 => Just(Step::DeleteOrder),
    ]
}

/// The models of one document and one order, after each entry.
type Kept = Vec<(i64, Option<document::Model>, Option<order::Model>)>;

async fn the_state_at_every_entry_is_what_it_was(database: &Database) {
    let is_sqlite = database.backend() == DatabaseBackend::Sqlite;
    install(&database.db).await.unwrap();
    let context = context();
    let owner = database
        .db
        .audited(&context)
        .insert(new_user("owner"))
        .await
        .unwrap();
    let config = Config {
        cases: if is_sqlite { 48 } else { 16 },
        failure_persistence: None,
        ..Config::default()
    };
    // Deterministic cases, so that a failure can be repeated.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let case = Cell::new(0);
    let result = block_in_place(|| {
        runner.run(&prop::collection::vec(step(), 10..40), |steps| {
            case.set(case.get() + 1);
            Handle::current().block_on(run(&database.db, owner.id, case.get(), &steps));
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(audit_log::Entity::find().count(&database.db).await.unwrap() > 100);
}

/// Runs the steps with one document and one order. After each step, reads every earlier state.
async fn run(db: &DatabaseConnection, owner: i32, id: i32, steps: &[Step]) {
    let context = context();
    let audit = db.audited(&context);
    let name = id.to_string();
    let mut kept: Kept = vec![(last(db).await, None, None)];
    for (index, step) in steps.iter().enumerate() {
        let (_, mut document, mut order) = kept.last().unwrap().clone();
        match step {
            Step::Insert { title } if document.is_none() => {
                let draft = document::Draft::new().id(&name).title(*title);
                document = Some(audit.insert(draft).await.unwrap());
            }
            Step::SetTitle(title) if document.is_some() => {
                let patch = document::Patch::new().title(*title);
                document = Some(audit.update(name.clone(), patch).await.unwrap());
            }
            Step::Delete if document.is_some() => {
                audit
                    .delete::<document::Entity>(name.clone())
                    .await
                    .unwrap();
                document = None;
            }
            Step::InsertOrder { total } if order.is_none() => {
                let row = order::Model {
                    id,
                    user_id: owner,
                    total: *total,
                };
                order = Some(audit.insert(row.into_active_model()).await.unwrap());
            }
            Step::SetTotal(total) if order.is_some() => {
                let patch = order::Patch::new().total(*total);
                order = Some(audit.update(id, patch).await.unwrap());
            }
            Step::DeleteOrder if order.is_some() => {
                audit.delete::<order::Entity>(id).await.unwrap();
                order = None;
            }
            _ => continue,
        }
        let entry = last(db).await;
        if kept.last().unwrap().0 == entry {
            continue;
        }
        kept.push((entry, document, order));
        if index % 8 == 0 {
            check(db, id, &kept).await;
        }
    }
    check(db, id, &kept).await;
}

async fn check(db: &DatabaseConnection, id: i32, kept: &Kept) {
    for pair in kept.windows(2) {
        let ((_, before, order_before), (entry, after, order_after)) = (&pair[0], &pair[1]);
        let moments = [
            (Moment::Before(*entry), before, order_before),
            (Moment::After(*entry), after, order_after),
        ];
        for (moment, document, order) in moments {
            let past = document::Entity::state_at(id.to_string(), moment, db).await;
            let model = past.unwrap().map(|past| past.model().unwrap());
            assert_eq!(&model, document, "{moment:?}");
            let past = order::Entity::state_at(id, moment, db).await;
            let model = past.unwrap().map(|past| past.model().unwrap());
            assert_eq!(&model, order, "{moment:?}");
        }
    }
}

/// The id of the last entry, or 0.
async fn last(db: &DatabaseConnection) -> i64 {
    let page = History::all().newest_first().page(db, None, 1).await;
    page.unwrap().entries.first().map_or(0, |entry| entry.id)
}

async fn an_instant_counts_what_was_recorded_by_then(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let id = audit.insert(new_user("john")).await.unwrap().id;
    let mut roles = vec!["user".to_owned()];
    for role in ["a", "b", "c"] {
        // Wait for the log's clock to advance, so that no two entries have the same instant.
        let before = database_time(db).await;
        while database_time(db).await <= before + TimeDelta::milliseconds(1) {
            tokio::task::yield_now().await;
        }
        let patch = user::AdminPatch::new().role(role);
        audit.update(id, patch).await.unwrap();
        roles.push(role.to_owned());
    }
    let delete = audit.delete::<user::Entity>(id);
    delete.await.unwrap();

    let role_at = async |instant: DateTime<Utc>| {
        let past = user::Entity::state_at(id, instant, db).await.unwrap();
        past.map(|past| past.value(user::Column::Role).unwrap().clone())
    };
    let mut entries = entries(db).await;
    entries.retain(|entry| entry.kind == Kind::Change);
    let moment = TimeDelta::microseconds(1);
    for (entry, role) in entries.iter().zip(&roles) {
        assert_eq!(role_at(entry.recorded_at).await, Some(role.as_str().into()));
    }
    for (entry, role) in entries[1..4].iter().zip(&roles) {
        let before = role_at(entry.recorded_at - moment).await;
        assert_eq!(before, Some(role.as_str().into()));
    }
    assert_eq!(role_at(entries[0].recorded_at - moment).await, None);
    assert_eq!(role_at(entries[4].recorded_at).await, None);
    assert_eq!(role_at(Utc::now() + Duration::from_secs(3600)).await, None);
}

/// The time that the log records for an entry now.
async fn database_time(db: &DatabaseConnection) -> DateTime<Utc> {
    let context = context();
    let audit = db.audited(&context);
    audit.record(Event::new("TICK")).await.unwrap();
    let page = History::all().newest_first().page(db, None, 1).await;
    page.unwrap().entries[0].recorded_at
}

async fn a_long_history_is_undone(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let tx = audit.begin().await.unwrap();
    let id = tx.insert(new_user("john")).await.unwrap().id;
    for logins in 1..=450 {
        let patch = user::AdminPatch::new().logins(logins);
        tx.update(id, patch).await.unwrap();
    }
    tx.commit().await.unwrap();
    for entry in [1, 2, 150, 249, 250, 251, 252, 253, 400, 451] {
        let past = user::Entity::state_at(id, entry, db)
            .await
            .unwrap()
            .unwrap();
        let logins = i32::try_from(entry).unwrap() - 1;
        assert_eq!(past.value(user::Column::Logins), Some(&logins.into()));
        assert_eq!(past.value(user::Column::Username), Some(&"john".into()));
    }
}

async fn two_moments_differ_in_what_they_differ(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let id = audit.insert(new_user("john")).await.unwrap().id;
    for patch in [
        user::AdminPatch::new().role("admin").logins(1),
        user::AdminPatch::new().role("user"),
        user::AdminPatch::new().logins(2),
    ] {
        audit.update(id, patch).await.unwrap();
    }
    audit.delete::<user::Entity>(id).await.unwrap();
    let diff = async |from: i64, to: i64| {
        let difference = user::Entity::history_between(id, from, to, db)
            .await
            .unwrap();
        let unknown: Vec<_> = difference
            .unknown()
            .iter()
            .map(|(field, _)| *field)
            .collect();
        (difference.changes().diff(), unknown)
    };
    let unknown = vec!["phone", "password_hash", "last_seen_at"];
    let (changes, fields) = diff(1, 2).await;
    let expected = serde_json::json!([
        { "field": "logins", "before": 0, "after": 1 },
        { "field": "role", "before": "user", "after": "admin" },
    ]);
    assert_eq!((changes, fields), (expected, unknown));
    let expected = serde_json::json!([{ "field": "logins", "before": 0, "after": 2 }]);
    assert_eq!(diff(1, 4).await.0, expected);
    assert_eq!(diff(4, 4).await.0, serde_json::json!([]));
    let backwards = serde_json::json!([{ "field": "logins", "before": 2, "after": 0 }]);
    assert_eq!(diff(4, 1).await.0, backwards);
    let gone = diff(4, 5).await.0;
    assert_eq!(
        gone,
        serde_json::json!([
            { "field": "logins", "before": 2 },
            { "field": "role", "before": "user" },
            { "field": "username", "before": "john" },
        ])
    );
    let nothing = user::Entity::history_between(id, 5, 5, db).await.unwrap();
    assert!(nothing.changes().is_empty() && nothing.unknown().is_empty());
    let first: Entry = entries(db).await.remove(0);
    let all = user::Entity::history_between(id, Moment::before(&first), &first, db);
    assert_eq!(all.await.unwrap().changes().len(), 3);
}

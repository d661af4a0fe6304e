//! What purges delete, and what they leave.

use std::{collections::BTreeSet, time::Duration};

use audit_runtime::{
    Actor, AuditContext, Error, Kind, PastValue, Reason, audit_log,
    prelude::*,
    retention::{self, DAY, Hold, Policy, Retention},
    schema,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, NotSet,
    QueryFilter, QueryOrder,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{ids, installed, last, others, record, retention, sha256, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
};

on_every_backend!(
    what_is_old_goes_and_leaves_an_entry,
    the_most_specific_policy_decides,
    a_plan_is_executed_as_it_is_or_not_at_all,
    two_persons_approve,
    a_hold_always_wins,
    replicas_delete_nothing_twice,
    a_clock_that_was_set_back_stops_a_purge,
    the_log_stays_protected,
    a_log_goes_on_with_purges,
    the_past_of_what_was_purged_is_unknown,
);

async fn what_is_old_goes_and_leaves_an_entry(database: &Database) {
    let retention = installed(database, 3).await;
    let came = ids(database, "CAME").await;
    let before = entries(&database.db).await;

    let plan = retention.plan(&database.db).await.unwrap();
    assert_eq!(plan.entries(), 3);
    assert_eq!(plan.policies[0].first_id, came.first().copied());
    assert_eq!(plan.policies[0].last_id, came.last().copied());
    assert_eq!(plan.policies[1].too_young, 3);
    assert_eq!(entries(&database.db).await.len(), before.len());

    let report = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(report.purged(), 3);
    assert_eq!(report.policies[0].policy, "visits");
    assert_eq!(report.policies[0].first_id, came[0]);
    assert_eq!(report.policies[0].last_id, came[2]);

    let mut expected: Vec<_> = before.iter().map(|entry| entry.id).collect();
    expected.retain(|id| !came.contains(id));
    let purge = last(database).await;
    expected.push(purge.id);
    let left = entries(&database.db).await;
    assert_eq!(
        left.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        expected
    );

    assert_eq!(purge.action, "PURGE");
    assert_eq!(purge.actor_id, context().actor().id());
    let metadata = purge.metadata.unwrap();
    let texts: Vec<_> = came.iter().map(i64::to_string).collect();
    assert_eq!(metadata["policy"], "visits");
    assert_eq!(metadata["document"], "SEC-12 v3");
    assert_eq!(metadata["entries"], 3);
    assert_eq!(metadata["first_id"], came[0]);
    assert_eq!(metadata["last_id"], came[2]);
    assert_eq!(metadata["ids_sha256"], sha256(&texts.join(",")));
    let newest = before.iter().filter(|entry| came.contains(&entry.id));
    let recorded_at = newest.map(|entry| entry.recorded_at).max().unwrap();
    let newest = json!({"Visit": {"id": came[2], "recorded_at": recorded_at}});
    assert_eq!(metadata["newest"], newest);

    let again = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(again.purged(), 0);
    assert_eq!(last(database).await.id, purge.id);
}

async fn the_most_specific_policy_decides(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 0).await;
    let now = Duration::ZERO;
    let policy = |name: &str| Policy::new(name).document("SEC-12");
    let by_rank = Retention::new([
        policy("others").keep(365 * DAY).destroy_after(400 * DAY),
        policy("action").actions(["A"]).destroy_after(now),
        policy("entity_type").types(["T"]).keep(365 * DAY),
        policy("both").types(["T"]).actions(["A"]).keep(365 * DAY),
    ])
    .unwrap();
    // Another floor: the first floors of this log know nothing of these policies.
    database.execute("DELETE FROM audit_floor").await;
    by_rank.install(db, &context()).await.unwrap();
    for (action, entity) in [
        ("A", None),
        ("A", Some("T")),
        ("A", Some("U")),
        ("B", None),
        ("B", Some("T")),
        ("B", Some("U")),
    ] {
        let mut event = Event::new(action);
        if let Some(entity) = entity {
            event = event.on(entity, "1");
        }
        db.audited(&context()).record(event).await.unwrap();
    }
    assert_eq!(by_rank.run(db, &context()).await.unwrap().purged(), 2);
    let left: BTreeSet<_> = entries(db)
        .await
        .into_iter()
        .map(|entry| (entry.action, entry.entity_type))
        .filter(|(action, _)| action.len() == 1)
        .collect();
    let expected = [
        ("A", Some("T")),
        ("B", None),
        ("B", Some("T")),
        ("B", Some("U")),
    ];
    let expected = expected.map(|(action, entity)| (action.to_owned(), entity.map(str::to_owned)));
    assert_eq!(left, BTreeSet::from(expected));
}

async fn a_plan_is_executed_as_it_is_or_not_at_all(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 2).await;
    let plan = retention.plan(db).await.unwrap();

    // It is kept as JSON, and the world changes.
    let kept = serde_json::to_string(&plan).unwrap();
    let plan: retention::Plan = serde_json::from_str(&kept).unwrap();
    let hold = Hold::new("matter 17").row("Visit", "0");
    let placed = retention::hold(db, &context(), hold).await.unwrap();
    let before = entries(db).await.len();
    let refused = retention.execute(db, &context(), &plan).await.unwrap_err();
    let Error::PlanOutdated { changes } = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        changes,
        &[
            "the holds are others",
            "by policy `visits` 1 entries go, not 2",
            "by policy `visits` 1 entries are on hold, not 0",
        ]
    );
    let other = Retention::new([others(), visits().destroy_after(DAY)]).unwrap();
    let refused = other.execute(db, &context(), &plan).await.unwrap_err();
    assert!(
        refused.to_string().contains("the policies are others"),
        "{refused}"
    );
    assert_eq!(entries(db).await.len(), before);

    // What has come since is not in it.
    assert!(
        retention::release(db, &context(), placed.id, "settled")
            .await
            .unwrap()
    );
    record(database, 1).await;
    let report = retention.execute(db, &context(), &plan).await.unwrap();
    assert_eq!(report.purged(), 2);
    assert_eq!(ids(database, "CAME").await.len(), 1);
    assert_eq!(
        last(database).await.metadata.unwrap()["plan"],
        json!(plan.id)
    );

    let refused = retention.execute(db, &context(), &plan).await.unwrap_err();
    assert!(matches!(refused, Error::PlanOutdated { .. }), "{refused:?}");
}

async fn two_persons_approve(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 2).await;
    let retention = Retention::new([
        visits().destroy_after(Duration::ZERO).approved_by_two(),
        others().keep(365 * DAY),
    ])
    .unwrap();
    let report = retention.run(db, &context()).await.unwrap();
    assert_eq!(
        (report.purged(), report.awaiting_approval),
        (0, vec!["visits".to_owned()])
    );

    let plan = retention.plan(db).await.unwrap();
    let jane = AuditContext::new(Actor::new("Admin", "jane"));
    let john = AuditContext::new(Actor::new("Admin", "john"));
    let refused = async |context: &AuditContext| {
        let refused = retention.execute(db, context, &plan).await.unwrap_err();
        assert!(
            matches!(&refused, Error::NotApproved { policy } if policy == "visits"),
            "{refused:?}"
        );
    };
    refused(&jane).await;
    retention.approve(db, &jane, &plan).await.unwrap();
    refused(&jane).await;
    // Of another plan, an approval is worth nothing.
    let mut forged = plan.clone();
    forged.last_id += 1;
    let refused = retention.execute(db, &john, &forged).await.unwrap_err();
    assert!(matches!(refused, Error::NotApproved { .. }), "{refused:?}");

    let report = retention.execute(db, &john, &plan).await.unwrap();
    assert_eq!(report.purged(), 2);
}

async fn a_hold_always_wins(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 4).await;
    let came = ids(database, "CAME").await;
    let log = entries(db).await;
    let recorded = |nth: usize| {
        let entry = log.iter().find(|entry| entry.id == came[nth]).unwrap();
        entry.recorded_at
    };
    let actor = context().actor().clone();
    let cases = [
        (Hold::new("m").row("Visit", "1"), 1),
        (Hold::new("m").entity_type("Visit"), 4),
        (Hold::new("m").entity_type("Other"), 0),
        (Hold::new("m").actor(&actor), 4),
        (Hold::new("m").actor(&Actor::new("Admin", "nobody")), 0),
        (Hold::new("m"), 4),
        (Hold::new("m").until(recorded(0)), 0),
        (Hold::new("m").from(recorded(0)), 4),
        (
            Hold::new("m")
                .row("Visit", "2")
                .actor(&actor)
                .from(recorded(0)),
            1,
        ),
    ];
    for (hold, held) in cases {
        let placed = retention::hold(db, &context(), hold).await.unwrap();
        assert_eq!(last(database).await.action, "HOLD");
        assert_eq!(retention::holds(db).await.unwrap(), vec![placed.clone()]);
        let plan = retention.plan(db).await.unwrap();
        assert_eq!(
            (plan.policies[0].held, plan.entries()),
            (held, 4 - held),
            "{placed:?}"
        );
        let released = retention::release(db, &context(), placed.id, "settled").await;
        assert!(released.unwrap());
        let entry = last(database).await;
        assert_eq!(
            (&*entry.action, entry.reason.as_deref()),
            ("RELEASE", Some("settled"))
        );
        let again = retention::release(db, &context(), placed.id, "again").await;
        assert!(!again.unwrap());
        assert_eq!(last(database).await.id, entry.id);
    }
    let placed = retention::hold(db, &context(), Hold::new("m").row("Visit", "1"))
        .await
        .unwrap();
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 3);
    assert_eq!(ids(database, "CAME").await, [came[1]]);
    retention::release(db, &context(), placed.id, "settled")
        .await
        .unwrap();
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 1);

    let now = recorded(0);
    for (hold, problem) in [
        (Hold::new(" "), "it has no reason"),
        (Hold::new("m").from(now).until(now), "before it begins"),
    ] {
        let refused = retention::hold(db, &context(), hold).await.unwrap_err();
        assert!(refused.to_string().contains(problem), "{refused}");
    }
}

async fn replicas_delete_nothing_twice(database: &Database) {
    let retention = installed(database, 50).await;
    let mut replicas = JoinSet::new();
    for _ in 0..4 {
        let (db, retention) = (database.db.clone(), retention.clone());
        replicas.spawn(async move { retention.run(&db, &context()).await.unwrap().purged() });
    }
    let purged: u64 = replicas.join_all().await.into_iter().sum();
    assert_eq!(purged, 50);
    assert_covered(database, 50).await;
}

/// Each entry that is gone is in one PURGE entry.
async fn assert_covered(database: &Database, gone: i64) {
    let log = entries(&database.db).await;
    let purges = log.iter().filter(|entry| entry.action == "PURGE");
    let covered: i64 = purges
        .map(|purge| {
            purge.metadata.as_ref().unwrap()["entries"]
                .as_i64()
                .unwrap()
        })
        .sum();
    assert_eq!(covered, gone);
}

async fn a_clock_that_was_set_back_stops_a_purge(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 1).await;
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 1);
    if database.backend() == DbBackend::MySql {
        database.execute("DROP TRIGGER audit_log_recorded_at").await;
    }
    // As the last purge looks to a clock that was set back since.
    let recorded_at = last(database).await.recorded_at + Duration::from_secs(3600);
    add_purge(database, |purge| purge.recorded_at = recorded_at).await;
    assert_eq!(last(database).await.recorded_at, recorded_at);

    record(database, 1).await;
    let refused = retention.run(db, &context()).await.unwrap_err();
    assert!(matches!(refused, Error::ClockBehind { .. }), "{refused:?}");
    assert_eq!(ids(database, "CAME").await.len(), 1);
}

async fn the_log_stays_protected(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 1).await;
    // At every start, by whatever build, with or without retention.
    for _ in 0..2 {
        schema::install(db).await.unwrap();
        retention().install(db, &context()).await.unwrap();
    }
    assert_eq!(retention().run(db, &context()).await.unwrap().purged(), 1);
    for statement in [
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE action = 'PURGE'",
        "UPDATE audit_log SET action = 'X'",
    ] {
        db.execute_unprepared(statement).await.unwrap_err();
    }

    // Without the trigger that a purge goes by, the log takes back its own, which lets nothing go.
    let drop = match database.backend() {
        DbBackend::Postgres => "DROP TRIGGER audit_log_purge_only ON audit_log",
        _ => "DROP TRIGGER audit_log_purge_only",
    };
    database.execute(drop).await;
    schema::install(db).await.unwrap();
    record(database, 1).await;
    db.execute_unprepared("DELETE FROM audit_log")
        .await
        .unwrap_err();
    let refused = retention().run(db, &context()).await.unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    retention().install(db, &context()).await.unwrap();
    assert_eq!(retention().run(db, &context()).await.unwrap().purged(), 1);
}

async fn a_log_goes_on_with_purges(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 1).await;
    let user = db
        .audited(&context())
        .insert(new_user("ann"))
        .await
        .unwrap();
    retention.run(db, &context()).await.unwrap();
    let patch = user::AdminPatch::new().role("admin");
    db.audited(&context()).update(user.id, patch).await.unwrap();
    let history = History::of::<user::Entity>(user.id);
    let page = history.page(db, None, 10).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    assert!(page.entries.iter().all(|entry| entry.kind == Kind::Change));
}

async fn the_past_of_what_was_purged_is_unknown(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let updates = Policy::new("updates")
        .document("SEC-12")
        .actions(["UPDATE"]);
    let updates = Retention::new([others(), updates.destroy_after(Duration::ZERO)]).unwrap();
    updates.install(db, &context).await.unwrap();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("d").title("one");
    audit.insert(draft).await.unwrap();
    let retitle = async |title: &str| {
        let patch = document::Patch::new().title(title);
        audit.update("d", patch).await.unwrap();
        last(database).await
    };
    let there = retitle("two").await;
    let back = retitle("one").await;
    let created = ids(database, "CREATE").await[0];

    assert_eq!(updates.run(db, &context).await.unwrap().purged(), 2);
    let after = retitle("three").await;

    let title = async |moment: Moment| {
        let past = document::Entity::state_at("d", moment, db).await.unwrap();
        past.unwrap().get(document::Column::Title).clone()
    };
    let known = |title: &str| PastValue::Known(title.into());
    let purged = PastValue::Unknown(Reason::Purged);
    assert_eq!(title(Moment::After(created)).await, known("one"));
    assert_eq!(title(Moment::After(there.id)).await, purged);
    assert_eq!(title(Moment::Before(back.id)).await, purged);
    assert_eq!(title(there.recorded_at.into()).await, purged);
    assert_eq!(title(Moment::After(back.id)).await, known("one"));
    assert_eq!(title(Moment::Before(after.id)).await, known("one"));
    assert_eq!(title(Moment::After(after.id)).await, known("three"));
    let absent = document::Entity::state_at("d", Moment::Before(created), db);
    assert!(absent.await.unwrap().is_none());

    // Of other types, nothing was deleted.
    let user = audit.insert(new_user("ann")).await.unwrap();
    let there = user::Entity::state_at(user.id, last(database).await.id, db);
    assert!(there.await.unwrap().is_some());

    // A purge that does not tell may have deleted whatever came before it.
    assert_eq!(title(Moment::After(back.id)).await, known("one"));
    add_purge(database, |purge| purge.metadata = None).await;
    assert_eq!(title(Moment::After(back.id)).await, purged);
}

/// Adds a copy of the last PURGE entry, which the log allows whoever may write it.
async fn add_purge(database: &Database, change: impl FnOnce(&mut audit_log::Model)) {
    let db = &database.db;
    let mut purge = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("PURGE"))
        .order_by_desc(audit_log::Column::Id)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    change(&mut purge);
    let mut purge: audit_log::ActiveModel = purge.into();
    purge.id = NotSet;
    for column in audit_log::Column::iter() {
        if let Some(value) = purge.get(column).into_value() {
            purge.set(column, value);
        }
    }
    purge.insert(db).await.unwrap();
}

//! The row as it was.

use std::{cell::Cell, time::Duration};

use audit_runtime::{Entry, Error, Kind, PastValue, Reason, audit_log, prelude::*};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{
    ColumnTrait, DatabaseBackend, DatabaseConnection, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, install_unguarded, new_user, order, user},
};

on_every_backend!(
    the_state_at_every_entry_is_what_it_was,
    an_instant_counts_what_was_recorded_by_then,
    what_is_not_known_says_why,
    a_row_older_than_the_log_has_a_past,
    what_was_changed_outside_is_not_guessed,
    what_was_purged_is_not_guessed,
    a_long_history_is_undone,
    two_moments_differ_in_what_they_differ,
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
    // Always the same cases: a failure comes again.
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

/// Takes the steps with one document and one order, and looks back from every point of it to every earlier one.
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

/// The id of the last entry; 0 if there is none.
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
        // The clock of the log must have gone on, or two entries are of one instant.
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

/// What the log would date an entry with.
async fn database_time(db: &DatabaseConnection) -> DateTime<Utc> {
    let context = context();
    let audit = db.audited(&context);
    audit.record(Event::new("TICK")).await.unwrap();
    let page = History::all().newest_first().page(db, None, 1).await;
    page.unwrap().entries[0].recorded_at
}

async fn what_is_not_known_says_why(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let patch = user::ProfilePatch::new().phone(None);
    audit.update(john.id, patch).await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();

    for (entry, phone) in [(1, Some(Reason::Redacted)), (2, None)] {
        let past = user::Entity::state_at(john.id, entry, db).await.unwrap();
        let past = past.unwrap();
        let known = |value: sea_orm::Value| PastValue::Known(value);
        assert_eq!(past.get(user::Column::Id), &known(john.id.into()));
        assert_eq!(past.get(user::Column::Username), &known("john".into()));
        assert_eq!(past.get(user::Column::Logins), &known(0.into()));
        let phone = match phone {
            Some(reason) => PastValue::Unknown(reason),
            // That it was cleared is no secret.
            None => known(None::<String>.into()),
        };
        assert_eq!(past.get(user::Column::Phone), &phone);
        assert_eq!(
            past.get(user::Column::PasswordHash),
            &PastValue::Unknown(Reason::Redacted)
        );
        assert_eq!(
            past.get(user::Column::LastSeenAt),
            &PastValue::Unknown(Reason::Skipped)
        );
        let refused = past.model().unwrap_err();
        assert!(matches!(&refused, Error::UnknownFields { fields, .. } if fields.len() >= 2));
        let expected = format!("some fields of User {} are unknown: ", john.id);
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        assert!(
            refused
                .to_string()
                .ends_with("`last_seen_at`: it is skipped")
        );
        assert!(!format!("{past:?}{refused:?}").contains("0100"));
    }
    // Of a row that is there, neither.
    let jack = audit.insert(new_user("jack")).await.unwrap();
    let past = user::Entity::state_at(jack.id, Utc::now() + TimeDelta::hours(1), db).await;
    let past = past.unwrap().unwrap();
    assert!(!format!("{past:?}").contains("0100"));
    let json = serde_json::to_value(&past).unwrap();
    assert_eq!(json["known"]["username"], "jack");
    assert_eq!(json["unknown"]["password_hash"], "it is redacted");
    let nobody = user::Entity::state_at(4711, Utc::now(), db).await.unwrap();
    assert_eq!(nobody, None);
}

async fn a_row_older_than_the_log_has_a_past(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let order = order::Model {
        id: 1,
        user_id: 0,
        total: 10,
    };
    database.execute("INSERT INTO users (id, username, role, logins, password_hash) VALUES (5, 'old', 'user', 1, '')").await;
    database
        .execute("INSERT INTO orders (id, user_id, total) VALUES (1, 5, 10)")
        .await;
    let order = order::Model {
        user_id: 5,
        ..order
    };
    let before = Utc::now() - TimeDelta::minutes(1);

    let state = async |moment: Moment| {
        let past = order::Entity::state_at(1, moment, db).await.unwrap();
        past.map(|past| past.model().unwrap())
    };
    assert_eq!(state(before.into()).await, Some(order.clone()));
    let context = context();
    let audit = db.audited(&context);
    audit
        .update(1, order::Patch::new().total(20))
        .await
        .unwrap();
    audit
        .update(1, order::Patch::new().total(30))
        .await
        .unwrap();
    assert_eq!(state(before.into()).await, Some(order.clone()));
    assert_eq!(state(Moment::Before(1)).await, Some(order.clone()));
    let at_20 = order::Model {
        total: 20,
        ..order.clone()
    };
    assert_eq!(state(Moment::After(1)).await, Some(at_20.clone()));
    audit.delete::<order::Entity>(1).await.unwrap();
    assert_eq!(state(before.into()).await, Some(order));
    assert_eq!(state(Moment::After(1)).await, Some(at_20));
    assert_eq!(state(Moment::After(3)).await, None);
}

async fn what_was_changed_outside_is_not_guessed(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("d").title("one");
    audit.insert(draft).await.unwrap();
    database
        .execute("UPDATE documents SET title = 'outside' WHERE id = 'd'")
        .await;
    let patch = document::Patch::new().title("three");
    audit.update("d", patch).await.unwrap();

    let title = async |moment: Moment| {
        let past = document::Entity::state_at("d", moment, db).await.unwrap();
        past.map(|past| past.get(document::Column::Title).clone())
    };
    let outside = Some(PastValue::Unknown(Reason::ChangedOutside));
    let created = entries(db).await.remove(0);
    // Right beside an entry there is no doubt; between the two there is.
    let known = |title: &str| Some(PastValue::Known(title.into()));
    assert_eq!(title(Moment::After(1)).await, known("one"));
    assert_eq!(title(Moment::Before(2)).await, known("outside"));
    assert_eq!(title(created.recorded_at.into()).await, outside);

    database.execute("DELETE FROM documents").await;
    let now = || Moment::At(Utc::now() + TimeDelta::hours(1));
    assert_eq!(title(now()).await, outside);
    assert_eq!(title(Moment::After(2)).await, known("three"));
    assert_eq!(title(Moment::After(1)).await, known("one"));

    let draft = document::Draft::new().id("d").title("again");
    audit.insert(draft).await.unwrap();
    assert_eq!(title(Moment::Before(3)).await, None);
    audit.delete::<document::Entity>("d").await.unwrap();
    assert_eq!(title(Moment::After(4)).await, None);
    database
        .execute("INSERT INTO documents (id, title, revision) VALUES ('d', 'raw', 1)")
        .await;
    assert_eq!(title(Moment::After(4)).await, None);
    assert_eq!(title(now()).await, outside);
}

async fn what_was_purged_is_not_guessed(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("d").title("one");
    audit.insert(draft).await.unwrap();
    for title in ["two", "three", "four"] {
        let patch = document::Patch::new().title(title);
        audit.update("d", patch).await.unwrap();
    }
    let entries = entries(db).await;
    purge(database, 2).await;

    let title = async |moment: Moment| {
        let past = document::Entity::state_at("d", moment, db).await.unwrap();
        past.unwrap().get(document::Column::Title).clone()
    };
    let purged = PastValue::Unknown(Reason::Purged);
    let before = entries[2].recorded_at - TimeDelta::hours(1);
    assert_eq!(title(before.into()).await, purged);
    assert_eq!(title(Moment::After(1)).await, purged);
    assert_eq!(
        title(Moment::Before(3)).await,
        PastValue::Known("two".into())
    );
    assert_eq!(
        title(Moment::After(3)).await,
        PastValue::Known("three".into())
    );
    // Nor is it known whether there was a row.
    let nobody = document::Entity::state_at("nobody", before, db)
        .await
        .unwrap();
    assert!(nobody.is_some_and(|past| past.model().is_err()));
}

/// Takes the first entries away, as the owner of the table can.
async fn purge(database: &Database, up_to: i64) {
    let db = &database.db;
    match database.backend() {
        DatabaseBackend::Postgres => {
            database
                .execute("DROP TRIGGER audit_log_append_only ON audit_log")
                .await;
        }
        _ => database.execute("DROP TRIGGER audit_log_no_delete").await,
    }
    let delete = audit_log::Entity::delete_many().filter(audit_log::Column::Id.lte(up_to));
    delete.exec(db).await.unwrap();
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

//! Assertions in an application's tests, and their messages.

use std::panic::{AssertUnwindSafe, catch_unwind};

use audit_runtime::{
    assert_audited, entities,
    prelude::*,
    test::{Expected, Mark, Recorded, database},
};
use sea_orm::EntityTrait;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install, new_user, order, user},
};

on_every_backend!(
    what_was_recorded_is_asserted,
    what_is_otherwise_is_not,
    a_failure_has_every_entry_as_a_sentence,
    a_mark_is_where_a_test_begins,
    an_open_unit_is_read_through_itself,
);

fn jane() -> Actor {
    Actor::new("Admin", "7").named("jane.doe")
}

/// Creates, promotes and deletes a user, and records an attempt of another actor.
async fn story(db: &sea_orm::DatabaseConnection) -> i32 {
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let patch = user::AdminPatch::new().role("admin").logins(3);
    audit.update(john.id, patch).await.unwrap();
    let patch = user::ProfilePatch::new().phone("555-0199");
    audit.update(john.id, patch).await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    let thief = AuditContext::new(Actor::new("User", 9).role("Guest"));
    let event = Event::new("EXPORTED")
        .about::<user::Entity>(john.id)
        .denied();
    db.audited(&thief).record(event).await.unwrap();
    john.id
}

fn created(id: i32) -> Expected {
    Expected::create::<user::Entity>(id)
        .to(user::Column::Username, "john")
        .field_changed(user::Column::PasswordHash)
        .by(&jane())
}

fn promoted(id: i32) -> Expected {
    Expected::update::<user::Entity>(id)
        .from_to(user::Column::Role, "user", "admin")
        .to(user::Column::Logins, 3)
        .and_no_other_field()
        .by(&jane())
        .because("a test")
}

fn called(id: i32) -> Expected {
    Expected::update::<user::Entity>(id).field_changed(user::Column::Phone)
}

fn deleted(id: i32) -> Expected {
    Expected::delete::<user::Entity>(id).from(user::Column::Logins, 3)
}

fn tried(id: i32) -> Expected {
    Expected::event("EXPORTED")
        .about::<user::Entity>(id)
        .denied()
        .by(&Actor::new("User", 9).role("Guest"))
}

async fn what_was_recorded_is_asserted(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    assert_audited!(Recorded::all(db).await.unwrap());
    let id = story(db).await;
    // In any order.
    assert_audited!(
        Recorded::all(db).await.unwrap(),
        tried(id),
        deleted(id),
        created(id),
        called(id),
        promoted(id),
    );
    let mut recorded = Recorded::all(db).await.unwrap();
    assert_eq!(recorded.entries().len(), 5);
    let entry = recorded.assert(promoted(id));
    assert_eq!(entry.after()["role"], "admin");
    let event = Expected::event("EXPORTED").on("User", id).denied();
    assert_eq!(recorded.assert(event).actor.id(), "9");
    let of_row = History::of::<user::Entity>(id).action("DELETE");
    assert_audited!(Recorded::of(&of_row, db).await.unwrap(), deleted(id));
}

/// The message of the failed assertion.
#[track_caller]
fn refused(recorded: &Recorded, expected: Expected) -> String {
    let mut recorded = recorded.clone();
    message(|| {
        recorded.assert(expected);
    })
}

#[track_caller]
fn message(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion holds");
    *panic.downcast::<String>().expect("a message")
}

async fn what_is_otherwise_is_not(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let id = story(db).await;
    let recorded = Recorded::all(db).await.unwrap();
    let role = user::Column::Role;
    for otherwise in [
        promoted(id + 1),
        promoted(id).from_to(role, "guest", "admin"),
        promoted(id).to(role, "root"),
        promoted(id).from(user::Column::Logins, 1),
        promoted(id).field_changed(user::Column::Username),
        promoted(id).by(&Actor::new("Admin", 8)),
        promoted(id).by(&Actor::new("User", 7)),
        promoted(id).by(&jane().role("Owner")),
        promoted(id).because("ticket 4711"),
        Expected::update::<user::Entity>(id)
            .to(role, "admin")
            .and_no_other_field(),
        Expected::update::<order::Entity>(id),
        // The value of a redacted field is unknown, and a skipped field is in no entry.
        called(id).to(user::Column::Phone, "555-0199"),
        called(id).field_changed(user::Column::LastSeenAt),
        Expected::event("UPDATE"),
        Expected::event("EXPORTED"),
        Expected::event("EXPORTED").failed(),
        tried(id).about::<user::Entity>(id + 1),
        tried(id).on("Order", id),
        tried(id).by(&Actor::new("User", 9).role("Owner")),
    ] {
        let told = refused(&recorded, otherwise);
        assert!(told.starts_with("not recorded: "), "{told}");
    }
    let told = refused(&recorded, promoted(id).to(user::Column::Logins, "three"));
    assert!(told.contains("`logins` cannot hold such a value"), "{told}");

    // An entry satisfies only one assertion.
    let mut twice = recorded.clone();
    twice.assert(deleted(id));
    let told = refused(&twice, deleted(id));
    assert!(told.contains("expected  #"), "{told}");
}

async fn a_failure_has_every_entry_as_a_sentence(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let nothing = Recorded::all(db).await.unwrap();
    let told = refused(&nothing, promoted(1));
    assert_eq!(
        told,
        "not recorded: UPDATE of User 1, role from 'user' to 'admin', logins to 3, and no other field, \
         by Admin 7, because \"a test\"\nnothing was recorded"
    );
    let id = story(db).await;
    let mut recorded = Recorded::all(db).await.unwrap();
    let sentences: Vec<_> = recorded.entries().iter().map(ToString::to_string).collect();
    assert_eq!(sentences.len(), 5);
    let told = refused(&recorded, promoted(id + 1));
    for sentence in &sentences {
        assert!(told.contains(sentence), "{sentence} is not in {told}");
    }
    assert!(!told.contains("0100") && !told.contains("0199"), "{told}");

    for expected in [created(id), promoted(id), called(id)] {
        recorded.assert(expected);
    }
    let told = message(|| recorded.assert_nothing_else());
    assert!(
        told.starts_with("recorded, but not expected: 2\nrecorded:\n"),
        "{told}"
    );
    assert_eq!(told.matches("\n  expected  #").count(), 3, "{told}");
    assert!(told.contains(&sentences[4]), "{told}");
    let told = message(|| assert_audited!(recorded.clone(), tried(id)));
    assert!(
        told.starts_with("recorded, but not expected: 1\n"),
        "{told}"
    );
}

async fn a_mark_is_where_a_test_begins(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let first = Mark::now(db).await.unwrap();
    assert_audited!(first.recorded(db).await.unwrap());
    let id = story(db).await;
    let second = Mark::now(db).await.unwrap();
    assert_audited!(second.recorded(db).await.unwrap());
    let context = context();
    let event = Event::new("EXPORTED");
    db.audited(&context).record(event).await.unwrap();
    assert_audited!(
        second.recorded(db).await.unwrap(),
        Expected::event("EXPORTED")
    );
    let mut recorded = first.recorded(db).await.unwrap();
    assert_eq!(recorded.entries().len(), 6);
    recorded.assert(created(id));
}

async fn an_open_unit_is_read_through_itself(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let unit = db.audited(&context).begin().await.unwrap();
    let john = unit.insert(new_user("john")).await.unwrap();
    assert_audited!(Recorded::all(&unit).await.unwrap(), created(john.id));
    unit.rollback().await.unwrap();
    assert_audited!(Recorded::all(db).await.unwrap());
}

#[tokio::test]
async fn a_database_is_one_call() {
    let entities = entities![user::Entity, order::Entity];
    let (db, other) = (
        database(&entities).await.unwrap(),
        database(&entities).await.unwrap(),
    );
    let id = story(&db).await;
    assert_audited!(
        Mark::now(&other)
            .await
            .unwrap()
            .recorded(&other)
            .await
            .unwrap()
    );
    assert_eq!(Recorded::all(&db).await.unwrap().entries().len(), 5);
    assert_eq!(
        user::Entity::find_by_id(id).one(&other).await.unwrap(),
        None
    );
    assert!(order::Entity::find().all(&db).await.unwrap().is_empty());
}

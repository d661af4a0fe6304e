//! Raw SQL with a named actor, which applies to its transaction only.

use audit_runtime::{Kind, prelude::*, schema};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, EntityTrait, IntoActiveModel,
    TransactionTrait,
};

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, entries, new_user, user},
    invariants::{assert_none, violations},
};

on_mysql_and_mariadb!(
    what_plain_sea_orm_writes_in_a_marked_unit_is_of_its_actor,
    a_mark_is_of_its_transaction_alone,
    a_mark_that_was_committed_is_not_believed,
);

async fn what_plain_sea_orm_writes_in_a_marked_unit_is_of_its_actor(database: &Database) {
    guarded(database).await;
    let (db, context) = (&database.db, context().tenant("shop").with("ticket", 7));
    let unit = db.audited(&context).begin().await.unwrap();
    unit.raw_sql("a backfill").await.unwrap();
    let user = new_user("a").insert(&unit).await.unwrap();
    let mut row = user.clone().into_active_model();
    row.role = Set("admin".to_owned());
    row.update(&unit).await.unwrap();
    // An audited write in the unit also has one entry.
    let patch = user::AdminPatch::new().logins(3);
    unit.update(user.id, patch).await.unwrap();
    unit.execute_unprepared(
        "UPDATE users SET logins = logins + 1; UPDATE users SET logins = logins + 1",
    )
    .await
    .unwrap();
    unit.raw_sql("another").await.unwrap();
    user::Entity::delete_by_id(user.id)
        .exec(&unit)
        .await
        .unwrap();
    let changeset = unit.changeset_id();
    unit.commit().await.unwrap();

    assert_eq!(schema::collect(db).await.unwrap(), 0);
    let entries = entries(db).await;
    let actions: Vec<_> = entries.iter().map(|entry| &*entry.action).collect();
    let expected = [
        "RAW_SQL", "CREATE", "UPDATE", "UPDATE", "UPDATE", "UPDATE", "RAW_SQL", "DELETE",
    ];
    assert_eq!(actions, expected);
    for entry in &entries {
        assert_eq!(entry.actor, *context.actor());
        assert_eq!(entry.changeset_id, changeset);
        assert_eq!(entry.tenant.as_deref(), Some("shop"));
        assert_eq!(entry.metadata.as_ref().unwrap()["ticket"], 7);
        assert_eq!(entry.kind == Kind::Change, entry.action != "RAW_SQL");
    }
    let reasons: Vec<_> = entries
        .iter()
        .map(|entry| entry.reason.as_deref().unwrap())
        .collect();
    let raw = "a backfill";
    assert_eq!(
        reasons,
        [raw, raw, raw, "a test", raw, raw, "another", "another"]
    );
    assert_eq!(
        entries[1].metadata.as_ref().unwrap()["database_user"],
        "root"
    );
    assert_none(&violations(db).await, "marked");
}

const RAISE: &str = "UPDATE users SET role = CONCAT(role, '!')";

/// The kind of the actor of a raw change on this pool, which has one connection.
async fn raiser(db: &DatabaseConnection) -> String {
    db.execute_unprepared(RAISE).await.unwrap();
    schema::collect(db).await.unwrap();
    let last = entries(db).await.pop().unwrap();
    last.actor.kind().to_owned()
}

async fn single(database: &Database) -> DatabaseConnection {
    let one = database.connect(|options| {
        options.max_connections(1);
    });
    one.await
}

async fn a_mark_is_of_its_transaction_alone(database: &Database) {
    guarded(database).await;
    let db = &single(database).await;
    let context = context();
    let audit = db.audited(&context);
    audit.insert(new_user("a")).await.unwrap();

    // After a commit, a rollback and a drop.
    let unit = audit.begin().await.unwrap();
    unit.raw_sql("first").await.unwrap();
    unit.execute_unprepared(RAISE).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(entries(db).await.pop().unwrap().actor, *context.actor());
    assert_eq!(raiser(db).await, "Database");
    let unit = audit.begin().await.unwrap();
    unit.raw_sql("rolled back").await.unwrap();
    unit.execute_unprepared(RAISE).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(raiser(db).await, "Database");
    let unit = audit.begin().await.unwrap();
    unit.raw_sql("dropped").await.unwrap();
    unit.execute_unprepared(RAISE).await.unwrap();
    drop(unit);
    assert_eq!(raiser(db).await, "Database");

    // In a savepoint that was rolled back, and in one that was released.
    for (end, kind) in [
        ("ROLLBACK TO a", "Database"),
        ("RELEASE SAVEPOINT a", "Admin"),
    ] {
        let unit = audit.begin().await.unwrap();
        unit.execute_unprepared("SAVEPOINT a").await.unwrap();
        unit.raw_sql("in a savepoint").await.unwrap();
        unit.execute_unprepared(end).await.unwrap();
        unit.execute_unprepared(RAISE).await.unwrap();
        unit.commit().await.unwrap();
        schema::collect(db).await.unwrap();
        assert_eq!(entries(db).await.pop().unwrap().actor.kind(), kind);
    }

    // A mark of another session.
    let (other, unit) = (single(database).await, audit.begin().await.unwrap());
    unit.raw_sql("of another").await.unwrap();
    assert_eq!(raiser(&other).await, "Database");
    unit.commit().await.unwrap();
    assert_none(&violations(db).await, "marks");
    other.close().await.unwrap();
}

async fn a_mark_that_was_committed_is_not_believed(database: &Database) {
    guarded(database).await;
    let db = &single(database).await;
    let context = context();
    let audit = db.audited(&context);
    audit.insert(new_user("a")).await.unwrap();

    // Statements that end the unit's transaction, also implicitly.
    for end in [
        "COMMIT",
        "CREATE TABLE other (n int)",
        "BEGIN",
        "SET autocommit = 0; SET autocommit = 1",
    ] {
        let unit = audit.begin().await.unwrap();
        unit.raw_sql("a backfill").await.unwrap();
        unit.execute_unprepared(RAISE).await.unwrap();
        let _ = unit.execute_unprepared(end).await;
        drop(unit);
        assert_eq!(raiser(db).await, "Database", "{end}");
        let transaction = db.begin().await.unwrap();
        transaction.execute_unprepared(RAISE).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(raiser(db).await, "Database", "{end}");
    }

    // A mark inserted by hand, with chosen values.
    let mark = "INSERT INTO audit_guard_mark (connection, token, changeset_id, actor_kind, actor_id, timestamp) \
         VALUES (7, 'x', '0123456789abcdef', 'Admin', '8', NOW())";
    for refused in [
        format!("{mark} ON DUPLICATE KEY UPDATE token = 'y'"),
        "UPDATE audit_guard_mark SET token = 'y'".to_owned(),
    ] {
        db.execute_unprepared(&refused).await.unwrap_err();
    }
    for statement in ["DELETE FROM audit_guard_mark", mark] {
        db.execute_unprepared(statement).await.unwrap();
    }
    assert_eq!(raiser(db).await, "Database");
    assert_none(&violations(db).await, "committed marks");

    // The old mark does not block a new one.
    let unit = audit.begin().await.unwrap();
    unit.raw_sql("a backfill").await.unwrap();
    unit.execute_unprepared(RAISE).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(entries(db).await.pop().unwrap().actor, *context.actor());
}

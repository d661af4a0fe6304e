//! Raw SQL with a named actor.

use audit_runtime::{
    Kind,
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend::Postgres, EntityTrait, IntoActiveModel,
};

use super::{MODES, guard, guarded, raw, unaudited, where_guards_enforce};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(a_unit_is_marked_without_a_guard);

async fn a_unit_is_marked_without_a_guard(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let unit = database.db.audited(&context).begin().await.unwrap();
    unit.raw_sql("a backfill").await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(entries(&database.db).await[0].action, "RAW_SQL");
}

where_guards_enforce!(
    what_plain_sea_orm_writes_in_a_marked_unit_is_of_its_actor,
    a_mark_is_of_its_transaction_alone,
);

async fn what_plain_sea_orm_writes_in_a_marked_unit_is_of_its_actor(database: &Database) {
    install(&database.db).await.unwrap();
    for mode in MODES {
        guard(&database.db, mode).await;
        let written = entries(&database.db).await.len();
        let (db, context) = (&database.db, context().tenant("shop").with("ticket", 7));
        let unit = db.audited(&context).begin().await.unwrap();
        unit.raw_sql("a backfill").await.unwrap();
        let user = new_user("a").insert(&unit).await.unwrap();
        let mut row = user.clone().into_active_model();
        row.role = Set("admin".to_owned());
        row.update(&unit).await.unwrap();
        // An audited write in the unit also has one entry.
        unit.update(user.id, user::AdminPatch::new().logins(3))
            .await
            .unwrap();
        unit.execute_unprepared("UPDATE users SET logins = logins + 1")
            .await
            .unwrap();
        user::Entity::delete_by_id(user.id)
            .exec(&unit)
            .await
            .unwrap();
        let changeset = unit.changeset_id();
        unit.commit().await.unwrap();

        assert_eq!(schema::collect(db).await.unwrap(), 0);
        let entries = entries(db).await.split_off(written);
        let actions: Vec<_> = entries.iter().map(|entry| &*entry.action).collect();
        assert_eq!(
            actions,
            ["RAW_SQL", "CREATE", "UPDATE", "UPDATE", "UPDATE", "DELETE"]
        );
        for entry in &entries {
            assert_eq!(entry.actor, *context.actor());
            assert_eq!(entry.changeset_id, changeset);
            assert_eq!(entry.tenant.as_deref(), Some("shop"));
            let is_change = entry.kind == Kind::Change;
            assert_eq!(is_change, entry.action != "RAW_SQL");
        }
        assert_eq!(entries[1].reason.as_deref(), Some("a backfill"));
        assert_eq!(entries[3].reason.as_deref(), Some("a test"));
        assert_none(&violations(db).await, "marked");
    }
}

async fn a_mark_is_of_its_transaction_alone(database: &Database) {
    guarded(database, GuardMode::Enforce).await;
    let (db, context) = (&database.db, context());
    let audit = db.audited(&context);
    let user = audit.insert(new_user("a")).await.unwrap();
    let raise = "UPDATE users SET role = role || '!'";

    // A mark of an earlier transaction.
    let unit = audit.begin().await.unwrap();
    unit.raw_sql("first").await.unwrap();
    unit.execute_unprepared(raise).await.unwrap();
    unit.commit().await.unwrap();
    let error = raw(db, raise).await.unwrap_err();
    let expected = ("User".to_owned(), user.id.to_string(), "UPDATE".to_owned());
    assert_eq!(unaudited(error), expected);

    // A mark of a transaction that was rolled back.
    let unit = audit.begin().await.unwrap();
    unit.raw_sql("never").await.unwrap();
    unit.execute_unprepared(raise).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(unaudited(raw(db, raise).await.unwrap_err()), expected);

    // A mark of a transaction that began later and has committed. SQLite has only one at a time.
    if database.backend() == Postgres {
        let unit = audit.begin().await.unwrap();
        unit.execute_unprepared("SELECT pg_current_xact_id()")
            .await
            .unwrap();
        let other = audit.begin().await.unwrap();
        other.raw_sql("of another").await.unwrap();
        other.commit().await.unwrap();
        let error = unit.execute_unprepared(raise).await.unwrap_err();
        assert_eq!(unaudited(error), expected);
        drop(unit);
    }

    // A mark in a savepoint that was rolled back.
    let unit = audit.begin().await.unwrap();
    unit.execute_unprepared("SAVEPOINT a").await.unwrap();
    unit.raw_sql("rolled back").await.unwrap();
    unit.execute_unprepared("ROLLBACK TO a").await.unwrap();
    let refused = match unit.execute_unprepared(raise).await {
        Ok(_) => unit.commit().await.unwrap_err(),
        Err(error) => error.into(),
    };
    assert_eq!(unaudited(refused), expected);

    // A mark in a savepoint that was released.
    let unit = audit.begin().await.unwrap();
    unit.execute_unprepared("SAVEPOINT a").await.unwrap();
    unit.raw_sql("released").await.unwrap();
    unit.execute_unprepared("RELEASE a").await.unwrap();
    unit.execute_unprepared(raise).await.unwrap();
    unit.commit().await.unwrap();
    assert_none(&violations(db).await, "marks");
}

where_guards_enforce!(a_transaction_is_marked_by_hand);

async fn a_transaction_is_marked_by_hand(database: &Database) {
    guarded(database, GuardMode::Enforce).await;
    let (db, context) = (&database.db, context());
    db.audited(&context).insert(new_user("a")).await.unwrap();
    database
        .execute(match database.backend() {
            Postgres => {
                "SELECT audit_raw_sql('Support', '7', 'ticket 7'); UPDATE users SET role = 'admin'"
            }
            _ => {
                "BEGIN; INSERT INTO audit_guard_mark (actor_kind, actor_id, reason) VALUES ('Support', '7', 'ticket 7'); \
                 UPDATE users SET role = 'admin'; DELETE FROM audit_guard_mark; COMMIT"
            }
        })
        .await;
    let entries = entries(db).await;
    let [.., mark, change] = &entries[..] else {
        panic!("{entries:?}")
    };
    assert_eq!((&*mark.action, &*change.action), ("RAW_SQL", "UPDATE"));
    assert_eq!((change.actor.kind(), change.actor.id()), ("Support", "7"));
    assert_eq!(change.reason.as_deref(), Some("ticket 7"));
    assert_eq!(change.changeset_id, mark.changeset_id);
    assert_none(&violations(db).await, "by hand");
}

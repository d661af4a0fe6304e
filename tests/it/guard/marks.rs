//! Raw SQL as of a named actor.

use audit_runtime::{Error, Kind, prelude::*, schema::GuardMode};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseBackend::Postgres, EntityTrait, IntoActiveModel,
};

use super::{MODES, guarded, unaudited};
use crate::{
    backend::{Database, Server, on_every_backend, run},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(a_unit_is_marked_where_there_are_guards);

async fn a_unit_is_marked_where_there_are_guards(database: &Database) {
    install(&database.db).await.unwrap();
    let context = context();
    let unit = database.db.audited(&context).begin().await.unwrap();
    let marked = unit.raw_sql("a backfill").await;
    if database.server() == Server::Postgres {
        marked.unwrap();
    } else {
        assert!(matches!(marked, Err(Error::GuardUnsupported(_))));
    }
    unit.commit().await.unwrap();
}

#[test]
fn what_plain_sea_orm_writes_in_a_marked_unit_is_of_its_actor() {
    for mode in MODES {
        run(Postgres, async |database| {
            guarded(database, mode).await;
            let (db, context) = (&database.db, context().tenant("shop").with("ticket", 7));
            let unit = db.audited(&context).begin().await.unwrap();
            unit.raw_sql("a backfill").await.unwrap();
            let user = new_user("a").insert(&unit).await.unwrap();
            let mut row = user.clone().into_active_model();
            row.role = Set("admin".to_owned());
            row.update(&unit).await.unwrap();
            // An audited write has one entry there, too.
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

            let entries = entries(db).await;
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
        });
    }
}

#[test]
fn a_mark_is_of_its_transaction_alone() {
    run(Postgres, async |database| {
        guarded(database, GuardMode::Enforce).await;
        let (db, context) = (&database.db, context());
        let audit = db.audited(&context);
        let user = audit.insert(new_user("a")).await.unwrap();
        let raise = "UPDATE users SET role = role || '!'";

        // Of an earlier transaction.
        let unit = audit.begin().await.unwrap();
        unit.raw_sql("first").await.unwrap();
        unit.execute_unprepared(raise).await.unwrap();
        unit.commit().await.unwrap();
        let error = db.execute_unprepared(raise).await.unwrap_err();
        let expected = ("User".to_owned(), user.id.to_string(), "UPDATE".to_owned());
        assert_eq!(unaudited(error), expected);

        // Of one that began later and has committed.
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

        // Of a savepoint that was rolled back.
        let unit = audit.begin().await.unwrap();
        unit.execute_unprepared("SAVEPOINT a").await.unwrap();
        unit.raw_sql("rolled back").await.unwrap();
        unit.execute_unprepared("ROLLBACK TO a").await.unwrap();
        let error = unit.execute_unprepared(raise).await.unwrap_err();
        assert_eq!(unaudited(error), expected);
        drop(unit);

        // Of one that was released.
        let unit = audit.begin().await.unwrap();
        unit.execute_unprepared("SAVEPOINT a").await.unwrap();
        unit.raw_sql("released").await.unwrap();
        unit.execute_unprepared("RELEASE a").await.unwrap();
        unit.execute_unprepared(raise).await.unwrap();
        unit.commit().await.unwrap();
        assert_none(&violations(db).await, "marks");
    });
}

#[test]
fn a_transaction_is_marked_by_hand() {
    run(Postgres, async |database| {
        guarded(database, GuardMode::Enforce).await;
        let (db, context) = (&database.db, context());
        db.audited(&context).insert(new_user("a")).await.unwrap();
        database
            .execute(
                "SELECT audit_raw_sql('Support', '7', 'ticket 7'); UPDATE users SET role = 'admin'",
            )
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
    });
}

//! Specifics of SQLite: constraints that are switched off, triggers of the table, marks that remain.

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::Sqlite, TransactionTrait};

use super::{MODES, guarded, raw, unaudited};
use crate::{
    backend::run,
    entities::{context, create_table, entries, new_user, user},
    invariants::{assert_none, violations},
};

const RAISE: &str = "UPDATE users SET role = role || '!'";

#[test]
fn without_foreign_keys_what_is_refused_is_recorded() {
    run(Sqlite, async |database| {
        let (db, context) = (&database.db, context());
        guarded(database, GuardMode::Enforce).await;
        let audit = db.audited(&context);
        let user = audit.insert(new_user("a")).await.unwrap();
        database.execute("PRAGMA foreign_keys = OFF").await;
        database.execute(RAISE).await;
        database.execute("PRAGMA foreign_keys = ON").await;

        // The note blocks no write, and lets none pass.
        assert_eq!(
            unaudited(raw(db, RAISE).await.unwrap_err()).1,
            user.id.to_string()
        );
        assert_eq!(schema::collect(db).await.unwrap(), 1);
        audit
            .update(user.id, user::AdminPatch::new().logins(1))
            .await
            .unwrap();
        assert_eq!(schema::collect(db).await.unwrap(), 0);
        assert_none(&violations(db).await, "switched off");
        unaudited(raw(db, RAISE).await.unwrap_err());
    });
}

#[test]
fn a_commit_beside_the_library_violates_a_foreign_key() {
    run(Sqlite, async |database| {
        let (db, context) = (&database.db, context());
        guarded(database, GuardMode::Enforce).await;
        db.audited(&context).insert(new_user("a")).await.unwrap();
        let transaction = db.begin().await.unwrap();
        transaction.execute_unprepared(RAISE).await.unwrap();
        let error = transaction.commit().await.unwrap_err();
        assert!(
            error.to_string().contains("FOREIGN KEY constraint failed"),
            "{error}"
        );
        let error = db.execute_unprepared(RAISE).await.unwrap_err();
        assert!(
            error.to_string().contains("FOREIGN KEY constraint failed"),
            "{error}"
        );
        assert_none(&violations(db).await, "refused");

        // A violated constraint of the application is not reported as the guard's.
        database
            .execute("CREATE TABLE parts (id integer PRIMARY KEY, whole integer REFERENCES parts DEFERRABLE INITIALLY DEFERRED)")
            .await;
        let error = raw(db, "INSERT INTO parts VALUES (1, 2)")
            .await
            .unwrap_err();
        let Error::Database(error) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            error.violation(),
            Some(audit_runtime::Violation::ForeignKey)
        );
    });
}

/// A common trigger on SQLite, which updates the same row once more.
#[test]
fn what_a_trigger_changes_in_the_same_row_is_of_the_same_entry() {
    const TOUCHED: &str = "CREATE TRIGGER touched AFTER UPDATE OF username, role ON users
        BEGIN UPDATE users SET logins = logins + 1 WHERE id = NEW.id; END";
    const COUNTED: &str = "CREATE TRIGGER counted AFTER INSERT ON users
        BEGIN UPDATE users SET logins = 7 WHERE id = NEW.id; END";

    for (mode, is_later) in [(0, false), (0, true), (1, false), (1, true)] {
        run(Sqlite, async |database| {
            let mode = MODES[mode];
            let (db, context) = (&database.db, context());
            guarded(database, mode).await;
            for trigger in [TOUCHED, COUNTED] {
                database.execute(trigger).await;
            }
            // SQLite runs the trigger that was created last first.
            if is_later {
                super::guard(db, mode).await;
            }
            let audit = db.audited(&context);
            let user = audit.insert(new_user("a")).await.unwrap();
            assert_eq!(user.logins, 7);
            let patch = || user::AdminPatch::new().role("admin");
            assert_eq!(audit.update(user.id, patch()).await.unwrap().logins, 8);
            let patch = user::AdminPatch::new().role("user").logins(1);
            audit.update(user.id, patch).await.unwrap();
            audit
                .insert_many([new_user("b"), new_user("c")])
                .await
                .unwrap();
            use sea_orm::ColumnTrait;
            audit
                .update_many(user::Column::Id.gt(0), patch_of_all())
                .await
                .unwrap();
            assert_eq!(schema::collect(db).await.unwrap(), 0, "{mode:?} {is_later}");
            assert_eq!(entries(db).await.len(), 8);
            assert_none(&violations(db).await, "touched");

            // Raw writes before and after are still seen.
            let unit = audit.begin().await.unwrap();
            unit.execute_unprepared("UPDATE users SET logins = 100 WHERE id = 1")
                .await
                .unwrap();
            unit.update(user.id, user::AdminPatch::new().role("editor"))
                .await
                .unwrap();
            let committed = unit.commit().await;
            if mode == GuardMode::Enforce {
                unaudited(committed.unwrap_err());
            } else {
                committed.unwrap();
                assert_eq!(schema::collect(db).await.unwrap(), 0);
                assert_eq!(entries(db).await.len(), 10);
            }
            assert_none(&violations(db).await, "touched");
        });
    }
}

fn patch_of_all() -> user::AdminPatch {
    user::AdminPatch::new().role("guest")
}

#[test]
fn no_mark_is_left_behind() {
    for mode in MODES {
        run(Sqlite, async |database| {
            let (db, context) = (&database.db, context());
            guarded(database, mode).await;
            db.audited(&context).insert(new_user("a")).await.unwrap();
            let mark = "INSERT INTO audit_guard_mark (actor_kind, actor_id) VALUES ('Admin', '7')";
            db.execute_unprepared(mark).await.unwrap_err();
            let both = format!("{mark}; {RAISE}");
            raw(db, &both).await.unwrap_err();
            assert_none(&violations(db).await, "refused");

            // A mark that was written with constraints switched off is ignored.
            database.execute("PRAGMA foreign_keys = OFF").await;
            database.execute(mark).await;
            database.execute("PRAGMA foreign_keys = ON").await;
            schema::collect(db).await.unwrap();
            let refused = raw(db, RAISE).await;
            assert_eq!(refused.is_err(), mode == GuardMode::Enforce);
            schema::collect(db).await.unwrap();
            let last = entries(db).await.pop().unwrap();
            if mode == GuardMode::Capture {
                assert_eq!(last.actor.kind(), "Database");
            }
            assert_none(&violations(db).await, "of nobody");
        });
    }
}

mod sample {
    //! An entity with a label that only Rust converts to text, and a column that only Rust encodes.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "samples")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[audited(update, label)]
        pub celsius: f64,
        #[sea_orm(column_type = "Decimal(Some((20, 4)))")]
        #[audited(update)]
        pub amount: BigDecimal,
    }
}

#[test]
fn what_only_rust_encodes_is_enforced() {
    run(Sqlite, async |database| {
        let (db, context) = (&database.db, context());
        schema::install(db).await.unwrap();
        create_table(db, sample::Entity).await.unwrap();
        schema::install_guard::<sample::Entity>(db, GuardMode::Enforce)
            .await
            .unwrap();
        let audit = db.audited(&context);
        let row = |id| sample::ActiveModel {
            id: Set(id),
            celsius: Set(1.5),
            amount: Set("1.25".parse().unwrap()),
        };
        audit.insert(row(1)).await.unwrap();
        audit.insert_many([row(2), row(3)]).await.unwrap();
        audit
            .update(
                1,
                sample::Patch::new()
                    .celsius(2.5)
                    .amount("7".parse::<sea_orm::prelude::BigDecimal>().unwrap()),
            )
            .await
            .unwrap();
        audit.delete::<sample::Entity>(1).await.unwrap();
        assert_eq!(entries(db).await.len(), 5);
        for refused in [
            "UPDATE samples SET amount = 3",
            "UPDATE samples SET celsius = 3",
            "UPDATE samples SET id = 9 WHERE id = 3",
            "DELETE FROM samples",
            "INSERT INTO samples VALUES (4, 1, 1)",
        ] {
            unaudited(raw(db, refused).await.unwrap_err());
            // A mark does not help, because the change cannot be recorded.
            let unit = audit.begin().await.unwrap();
            unit.raw_sql("a backfill").await.unwrap();
            unit.execute_unprepared(refused).await.unwrap();
            unaudited(unit.commit().await.unwrap_err());
        }
        let changes = audit
            .update(2, sample::Patch::new().celsius(0.5))
            .await
            .unwrap();
        assert_eq!(changes.celsius, 0.5);
    });
}

//! Row-level security of the log.

use audit_runtime::{
    Moment, PastValue, Reason, entities,
    prelude::*,
    replay::Replay,
    schema::doctor::{Code, Doctor, Finding},
};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait};

use super::{App, Rows, Write, all_rows, attempt, contexts};
use crate::{
    backend::{Database, run},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

/// Policies that keep an account from a log, or from the entries that it has written.
const CLOSED: [&str; 4] = [
    // No policy at all.
    "SELECT 1",
    "CREATE POLICY log ON audit_log FOR INSERT WITH CHECK (true)",
    "CREATE POLICY log ON audit_log FOR SELECT USING (true)",
    "CREATE POLICY log ON audit_log USING (tenant = current_setting('app.tenant'))",
];

const UNHINDERED: [Write; 8] = [
    Write::Insert,
    Write::InsertHidden,
    Write::Promote,
    Write::PromoteMany,
    Write::Delete,
    Write::DeleteMany,
    Write::UpsertNew,
    Write::UpsertSeen,
];

#[test]
fn policies_of_the_log_refuse_an_entry_with_its_change() {
    run(DbBackend::Postgres, async |database: &Database| {
        install(&database.db).await.unwrap();
        let app = App::new(database).await;
        app.is_of("a").await;
        let owner = context();
        let owner = database.db.audited(&owner);
        database
            .execute("ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY")
            .await;
        for policy in CLOSED {
            database.execute(policy).await;
            for context in contexts() {
                let of_others = context.clone().tenant("b");
                let of_its_own = context.clone().tenant("a");
                for (context, is_own) in [(context, false), (of_others, false), (of_its_own, true)]
                {
                    for write in UNHINDERED {
                        for in_unit in [false, true] {
                            owner
                                .delete_many::<user::Entity>(user::Column::Id.gt(0))
                                .await
                                .unwrap();
                            let users = owner.insert_many(["seen", "hidden"].map(new_user));
                            let users = users.await.unwrap();
                            let rows = Rows {
                                seen: users[0].id,
                                hidden: users[1].id,
                                frozen: 0,
                                kept: 0,
                            };
                            let kept = async || {
                                let db = &database.db;
                                (entries(db).await.len(), all_rows(db).await)
                            };
                            let before = kept().await;
                            let outcome = attempt(write, &rows, &app.db, &context, in_unit).await;
                            let after = kept().await;
                            let what = format!("{write:?} under {policy}: {outcome:?}");
                            let is_made = outcome.is_ok();
                            assert_eq!(after.0 > before.0, is_made, "{what}");
                            assert_eq!(after.1 != before.1, is_made, "{what}");
                            // An account that may write and not read may be refused either way.
                            if !policy.contains("FOR INSERT") {
                                let may = policy.contains("tenant") && is_own;
                                assert_eq!(is_made, may, "{what}");
                            }
                        }
                    }
                }
            }
            // Once per policy, because it reads everything.
            assert_none(&violations(&database.db).await, policy);
            database
                .execute("DROP POLICY IF EXISTS log ON audit_log")
                .await;
        }
        app.drop(database).await;
    });
}

#[test]
fn entries_of_another_tenant_are_neither_shown_nor_guessed() {
    run(DbBackend::Postgres, async |database: &Database| {
        install(&database.db).await.unwrap();
        let app = App::new(database).await;
        database
            .execute("ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY")
            .await;
        database
            .execute(
                "CREATE POLICY log ON audit_log USING (tenant = current_setting('app.tenant'))",
            )
            .await;
        for context in contexts() {
            // One row of each tenant's own, and one that both write.
            let [of_a, of_b] = ["a", "b"].map(|tenant| context.clone().tenant(tenant));
            app.is_of("a").await;
            let a = app.db.audited(&of_a);
            let own = a.insert(new_user("own")).await.unwrap().id;
            let shared = a.insert(new_user("shared")).await.unwrap().id;
            let role = |role: &str| user::AdminPatch::new().role(role);
            a.update(own, role("admin")).await.unwrap();
            app.is_of("b").await;
            let b = app.db.audited(&of_b);
            b.update(shared, role("editor")).await.unwrap();
            b.update(shared, role("admin")).await.unwrap();
            let other = b.insert(new_user("other")).await.unwrap().id;

            // Each tenant sees only its own entries.
            for (tenant, seen) in [("a", [2, 1, 0]), ("b", [0, 2, 1])] {
                app.is_of(tenant).await;
                for (id, seen) in [own, shared, other].into_iter().zip(seen) {
                    let history = History::of::<user::Entity>(id);
                    let page = history.page(&app.db, None, 10).await.unwrap();
                    assert_eq!(page.entries.len(), seen, "{tenant} {id}");
                    for entry in &page.entries {
                        assert_eq!(entry.tenant.as_deref(), Some(tenant));
                    }
                }
            }

            // Known values are the true ones, and hidden values are not guessed.
            let all = entries(&database.db).await;
            let mut known = 0;
            for tenant in ["a", "b"] {
                app.is_of(tenant).await;
                for id in [own, shared, other] {
                    for entry in &all {
                        for moment in [Moment::before(entry), Moment::after(entry)] {
                            let truth = user::Entity::state_at(id, moment, &database.db).await;
                            let truth = truth.unwrap();
                            let past = user::Entity::state_at(id, moment, &app.db).await;
                            let past = past.unwrap();
                            let what = format!("{tenant} {id} {moment:?}: {past:?}, {truth:?}");
                            let Some(past) = past else {
                                assert!(truth.is_none(), "{what}");
                                continue;
                            };
                            let told = past.get(user::Column::Role);
                            if let PastValue::Known(_) = told {
                                let truth = truth.as_ref().map(|row| row.get(user::Column::Role));
                                assert_eq!(Some(told), truth, "{what}");
                                known += 1;
                            }
                        }
                    }
                }
            }
            assert!(known > 0);
            app.is_of("a").await;
            let of_another = user::Entity::state_at(other, Moment::before(&all[0]), &app.db);
            let of_another = of_another.await.unwrap().unwrap();
            assert_eq!(
                of_another.get(user::Column::Role),
                &PastValue::Unknown(Reason::Hidden)
            );

            let owner = database.db.audited(&context);
            for id in [own, shared, other] {
                owner.delete::<user::Entity>(id).await.unwrap();
            }
            assert_none(&violations(&database.db).await, "of two tenants");
        }
        let hooked = document::Draft::new().id("1").title("title");
        let of_a = context().tenant("a");
        app.is_of("b").await;
        let refused = app.db.audited(&of_a).insert(hooked).await;
        assert!(refused.is_err(), "{refused:?}");
        assert!(
            document::Entity::find()
                .all(&database.db)
                .await
                .unwrap()
                .is_empty()
        );
        app.drop(database).await;
    });
}

#[test]
fn a_replay_that_does_not_see_all_rows_is_refused() {
    run(DbBackend::Postgres, async |database: &Database| {
        install(&database.db).await.unwrap();
        let app = App::new(database).await;
        let refused = async || {
            let error = Replay::new(entities![user::Entity]).next(&app.db).await;
            error.unwrap_err().to_string()
        };
        database
            .execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY")
            .await;
        assert!(
            refused()
                .await
                .starts_with("row-level security hides rows of \"users\" from")
        );
        database
            .execute("ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY")
            .await;
        assert!(
            refused()
                .await
                .starts_with("row-level security hides rows of audit_log from")
        );
        let read = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO";
        database.execute(&format!("{read} {}", app.role)).await;
        let doctor = Doctor::new().entities(entities![user::Entity]).replay();
        let report = doctor.examine(&app.db).await.unwrap();
        let unseen = |finding: &&Finding| finding.code == Code::Unseen;
        assert_eq!(
            report.findings().iter().filter(unseen).count(),
            1,
            "{report}"
        );
        let mut of_owner = Replay::new(entities![user::Entity]);
        assert!(of_owner.next(&database.db).await.unwrap().is_some());
        app.drop(database).await;
    });
}

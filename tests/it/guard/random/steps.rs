//! Units of audited and raw writes in any order, with savepoints and rollbacks.

use audit_runtime::{Error, prelude::*, schema};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::MySql, DatabaseConnection, sea_query::Condition};
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    entities::{context, new_user, user},
    guard::attacks::locked_user,
};

#[derive(Clone, Debug)]
pub enum Step {
    Raw(&'static str, i32),
    Mark,
    Insert(i32),
    Update(i32, i32),
    UpdateLocked(i32, &'static str),
    Upsert(i32),
    DemoteAll,
    Delete(i32),
    Savepoint,
    RollBack,
    Release,
    /// Collects on another connection, which does not wait.
    Collect,
}

/// A unit's steps, and whether it commits.
pub type Steps = (Vec<Step>, bool);

/// Runs `check` with lists of units. They are the same in every run, so a failure can be repeated.
pub fn for_random_units(
    cases: u32,
    raw: Vec<&'static str>,
    own: impl Strategy<Value = Step>,
    check: impl AsyncFn(&[Steps]),
) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let unit = (
        prop::collection::vec(step(raw, own), 1..14),
        prop::bool::weighted(0.8),
    );
    let result = block_in_place(|| {
        runner.run(&prop::collection::vec(unit, 1..6), |units| {
            Handle::current().block_on(check(&units));
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Runs the steps of a unit.
pub async fn work(db: &DatabaseConnection, (steps, commits): &Steps) -> Result<(), Error> {
    let context = context();
    let unit = db.audited(&context).begin().await?;
    let mut depth = 0;
    let row = |id: &i32| user::ActiveModel {
        id: Set(*id),
        ..new_user(&format!("raw {id}"))
    };
    for step in steps {
        let taken = match step {
            Step::Raw(sql, id) => {
                let sql = sql.replace("{id}", &id.to_string());
                match unit.execute_unprepared(&sql).await {
                    // A duplicate key undoes the statement, and fails the unit.
                    Err(_) if db.get_database_backend() == MySql => return unit.rollback().await,
                    done => done.map(drop).map_err(Error::from),
                }
            }
            Step::Mark => unit.raw_sql("marked").await,
            Step::Insert(id) => {
                let inserted = unit.insert_or_keep(row(id), [user::Column::Id]).await;
                inserted.map(drop)
            }
            Step::Update(id, logins) => {
                let patch = user::AdminPatch::new().logins(*logins);
                unit.update(*id, patch).await.map(drop)
            }
            Step::UpdateLocked(id, role) => {
                let patch = locked_user::Patch::new().role(*role);
                unit.update(*id, patch).await.map(drop)
            }
            Step::Upsert(id) => {
                let patch = user::AdminPatch::new().role("editor");
                let upserted = unit.insert_or_update(row(id), [user::Column::Id], patch);
                upserted.await.map(drop)
            }
            Step::DemoteAll => {
                let patch = user::AdminPatch::new().role("user");
                unit.update_many(Condition::all(), patch).await.map(drop)
            }
            Step::Delete(id) => unit.delete::<user::Entity>(*id).await,
            Step::Savepoint => {
                depth += 1;
                run(&unit, &format!("SAVEPOINT s{depth}")).await
            }
            Step::RollBack | Step::Release if depth == 0 => Ok(()),
            Step::RollBack => run(&unit, &format!("ROLLBACK TO s{depth}")).await,
            Step::Release => {
                depth -= 1;
                run(&unit, &format!("RELEASE SAVEPOINT s{}", depth + 1)).await
            }
            Step::Collect => schema::collect(db).await.map(drop),
        };
        match taken {
            Err(Error::NotFound { .. }) => {}
            taken => taken?,
        }
    }
    if *commits {
        unit.commit().await
    } else {
        unit.rollback().await
    }
}

async fn run(unit: &impl ConnectionTrait, sql: &str) -> Result<(), Error> {
    unit.execute_unprepared(sql).await?;
    Ok(())
}

fn step(raw: Vec<&'static str>, own: impl Strategy<Value = Step>) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (prop::sample::select(raw), id()).prop_map(|(sql, id)| Step::Raw(sql, id)),
        2 => own,
        2 => id().prop_map(Step::Insert),
        2 => (id(), 0..3).prop_map(|(id, logins)| Step::Update(id, logins)),
        1 => id().prop_map(Step::Upsert),
        1 => Just(Step::DemoteAll),
        2 => id().prop_map(Step::Delete),
        2 => Just(Step::Savepoint),
        2 => Just(Step::RollBack),
        1 => Just(Step::Release),
    ]
}

/// Few rows, so that steps affect the same rows.
pub fn id() -> std::ops::Range<i32> {
    1..4
}

//! Names that pass from one field to another.

use std::cell::Cell;

use audit_runtime::{PastValue, prelude::*};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{DatabaseBackend, DatabaseConnection, IntoActiveModel};
use tokio::{runtime::Handle, task::block_in_place};

use super::{old, swapped, taken};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
    types::create_table,
};

on_every_backend!(
    a_name_that_passed_on_is_never_guessed,
    fields_that_swapped_names_are_never_guessed
);

#[derive(Clone, Copy, Debug)]
struct Step {
    field: usize,
    value: &'static str,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = prop::sample::select(vec!["x", "y", "z"]);
    let step = (0..3_usize, value).prop_map(|(field, value)| Step { field, value });
    prop::collection::vec(step, 0..8)
}

/// The values of the present fields after an entry. `None` for a field that did not exist.
type Truth = Vec<(i64, [Option<String>; 3])>;

fn run(
    database: &Database,
    life: impl AsyncFn(&DatabaseConnection, i32, &[Step], &[Step]) -> (usize, usize),
) {
    let is_sqlite = database.backend() == DatabaseBackend::Sqlite;
    let config = Config {
        cases: if is_sqlite { 64 } else { 24 },
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (id, told) = (Cell::new(0), Cell::new((0, 0)));
    let result = block_in_place(|| {
        runner.run(&(steps(), steps()), |(before, after)| {
            id.set(id.get() + 1);
            let (known, all) =
                Handle::current().block_on(life(&database.db, id.get(), &before, &after));
            told.set((told.get().0 + known, told.get().1 + all));
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Excludes an implementation that knows nothing, and is therefore never wrong.
    let (known, all) = told.get();
    assert!(known * 8 > all, "{known} of {all} are known");
}

async fn last(db: &DatabaseConnection) -> i64 {
    let page = History::all().newest_first().page(db, None, 1).await;
    page.unwrap().entries.first().map_or(0, |entry| entry.id)
}

/// Runs the steps with the old entity. Returns their results in the present fields.
async fn live_before(
    db: &DatabaseConnection,
    id: i32,
    steps: &[Step],
    today: impl Fn(&old::Model) -> [Option<String>; 3],
) -> Truth {
    let context = context();
    let audit = db.audited(&context);
    let row = old::Model {
        id,
        alpha: "x".to_owned(),
        beta: "y".to_owned(),
    };
    let mut row = audit.insert(row.into_active_model()).await.unwrap();
    let mut truth = vec![(last(db).await, today(&row))];
    for step in steps {
        let patch = match step.field {
            0 => old::Patch::new().alpha(step.value),
            _ => old::Patch::new().beta(step.value),
        };
        row = audit.update(id, patch).await.unwrap();
        truth.push((last(db).await, today(&row)));
    }
    truth
}

async fn a_name_that_passed_on_is_never_guessed(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await;
    create_table(db, taken::Entity).await;
    run(database, async |db, id, before, after| {
        let today = |row: &old::Model| [Some(row.alpha.clone()), None, Some(row.beta.clone())];
        let mut truth = live_before(db, id, before, today).await;
        sea_orm::ConnectionTrait::execute_unprepared(
            db,
            &format!("INSERT INTO things_2 (id, gamma, alpha, beta) SELECT id, alpha, beta, beta FROM things WHERE id = {id}"),
        )
        .await
        .unwrap();
        let context = context();
        let audit = db.audited(&context);
        for step in after {
            let patch = match step.field {
                0 => taken::Patch::new().gamma(step.value),
                1 => taken::Patch::new().alpha(step.value),
                _ => taken::Patch::new().beta(step.value),
            };
            let row = audit.update(id, patch).await.unwrap();
            truth.push((last(db).await, [row.gamma, row.alpha, row.beta].map(Some)));
        }
        use taken::Column::{Alpha, Beta, Gamma};
        check::<taken::Entity>(db, id, &truth, [Gamma, Alpha, Beta]).await
    });
}

async fn fields_that_swapped_names_are_never_guessed(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await;
    create_table(db, swapped::Entity).await;
    run(database, async |db, id, before, after| {
        let today = |row: &old::Model| [Some(row.beta.clone()), Some(row.alpha.clone()), None];
        let mut truth = live_before(db, id, before, today).await;
        sea_orm::ConnectionTrait::execute_unprepared(
            db,
            &format!("INSERT INTO things_3 (id, alpha, beta) SELECT id, beta, alpha FROM things WHERE id = {id}"),
        )
        .await
        .unwrap();
        let context = context();
        let audit = db.audited(&context);
        for step in after {
            let patch = match step.field {
                0 => swapped::Patch::new().alpha(step.value),
                _ => swapped::Patch::new().beta(step.value),
            };
            let row = audit.update(id, patch).await.unwrap();
            truth.push((last(db).await, [Some(row.alpha), Some(row.beta), None]));
        }
        use swapped::Column::{Alpha, Beta};
        check::<swapped::Entity>(db, id, &truth, [Alpha, Beta]).await
    });
}

/// Asserts that every known value is true. Returns the number of known values, and of all.
async fn check<E: audit_runtime::Audited>(
    db: &DatabaseConnection,
    id: i32,
    truth: &Truth,
    columns: impl IntoIterator<Item = E::Column>,
) -> (usize, usize)
where
    i32: audit_runtime::audited::IntoKey<E>,
{
    let columns: Vec<_> = columns.into_iter().collect();
    let (mut known, mut all) = (0, 0);
    for (index, (entry, values)) in truth.iter().enumerate() {
        let mut moments = vec![(Moment::After(*entry), values)];
        if let Some((next, _)) = truth.get(index + 1).filter(|(next, _)| next != entry) {
            moments.push((Moment::Before(*next), values));
        }
        for (moment, values) in moments {
            let past = E::state_at(id, moment, db).await.unwrap().unwrap();
            for (column, value) in columns.iter().zip(values) {
                all += 1;
                if let PastValue::Known(found) = past.get(*column) {
                    known += 1;
                    // Right before its first change, a new column has the value that the migration gave it.
                    let is_true = value
                        .as_ref()
                        .is_none_or(|value| found == &value.as_str().into());
                    assert!(is_true, "{truth:?} {moment:?} {column:?}: {found:?}");
                }
            }
        }
    }
    (known, all)
}

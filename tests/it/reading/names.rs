//! Names over time: of tables and fields, also where another has the name now.

use audit_runtime::{PastValue, Reason, prelude::*};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{DatabaseBackend, DatabaseConnection, IntoActiveModel, Value};
use std::cell::Cell;
use tokio::{runtime::Handle, task::block_in_place};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
    types::create_table,
};

on_every_backend!(
    a_renamed_entity_keeps_its_history,
    a_name_that_passed_on_is_never_guessed,
    fields_that_swapped_names_are_never_guessed,
    a_field_that_took_a_name_has_its_own_past,
);

macro_rules! thing {
    ($name:ident, $table:literal, [$($entity:meta),*], $($(#[$attribute:meta])* $field:ident),+) => {
        mod $name {
            use audit_runtime::Audited;
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            $(#[$entity])*
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                $(#[audited(update)] $(#[$attribute])* pub $field: String,)+
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
        }
    };
}

thing!(old, "things", [audited(entity_type = "Thing")], alpha, beta);
// `alpha` is called `gamma`, and another column took its name.
thing!(
    taken,
    "things_2",
    [audited(entity_type = "Thing")],
    #[audited(was = "alpha")]
    gamma,
    alpha,
    beta
);
thing!(
    swapped,
    "things_3",
    [audited(entity_type = "Thing")],
    #[audited(was = "beta")]
    alpha,
    #[audited(was = "alpha")]
    beta
);
// Without a name of its own.
thing!(people, "people", [], alpha, beta);
thing!(
    members,
    "members",
    [audited(was("people", "persons"))],
    alpha,
    beta
);

fn known(value: &str) -> PastValue {
    PastValue::Known(value.into())
}

async fn a_renamed_entity_keeps_its_history(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, people::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    for id in [1, 2] {
        let row = people::Model {
            id,
            alpha: "a".to_owned(),
            beta: "b".to_owned(),
        };
        audit.insert(row.into_active_model()).await.unwrap();
        audit
            .update(id, people::Patch::new().alpha("c"))
            .await
            .unwrap();
    }
    audit.delete::<people::Entity>(2).await.unwrap();
    database
        .execute("ALTER TABLE people RENAME TO members")
        .await;
    audit
        .update(1, members::Patch::new().alpha("d"))
        .await
        .unwrap();

    let ids = async |question: History| {
        let page = question.page(db, None, 100).await.unwrap();
        page.entries
            .iter()
            .map(|entry| entry.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(History::of::<members::Entity>(1)).await, [1, 2, 6]);
    assert_eq!(
        ids(History::of_type::<members::Entity>()).await,
        [1, 2, 3, 4, 5, 6]
    );
    let changed = History::of_type::<members::Entity>().changed(members::Column::Alpha);
    assert_eq!(ids(changed.from("a")).await, [2, 4]);
    for (entry, alpha) in [(1, "a"), (2, "c"), (5, "c"), (6, "d")] {
        let past = members::Entity::state_at(1, entry, db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(past.get(members::Column::Alpha), &known(alpha), "{entry}");
    }
    let timeline = members::Entity::timeline(1, members::Column::Alpha, db)
        .await
        .unwrap();
    assert_eq!(timeline.len(), 3);

    // What was done to it under the old name is taken back under the new one.
    let deleted = entries(db).await.remove(4);
    let restored = audit
        .restore(deleted.restoration::<members::Entity>().unwrap())
        .await
        .unwrap();
    assert_eq!((restored.id, &*restored.alpha), (2, "c"));
    let changed = entries(db).await.remove(3);
    let inverse = changed.inverse::<members::Patch>().unwrap();
    assert_eq!(audit.revert(inverse).await.unwrap().alpha, "a");

    // Another entity that takes the name is not taken for this one, as far as can be told.
    create_table(db, people::Entity).await;
    let row = people::Model {
        id: 1,
        alpha: "x".to_owned(),
        beta: "y".to_owned(),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let foreign = entries(db).await.pop().unwrap();
    for moment in [
        Moment::before(&foreign),
        Moment::after(&foreign),
        Moment::After(1),
    ] {
        let past = members::Entity::state_at(1, moment, db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            past.get(members::Column::Alpha),
            &PastValue::Unknown(Reason::NameReused),
            "{moment:?}"
        );
    }
}

async fn a_field_that_took_a_name_has_its_own_past(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_table(db, old::Entity).await;
    create_table(db, taken::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    let row = old::Model {
        id: 1,
        alpha: "a".to_owned(),
        beta: "b".to_owned(),
    };
    audit.insert(row.into_active_model()).await.unwrap();
    audit.update(1, old::Patch::new().alpha("c")).await.unwrap();
    database
        .execute("INSERT INTO things_2 (id, gamma, alpha, beta) SELECT id, alpha, 'new', beta FROM things")
        .await;
    audit
        .update(1, taken::Patch::new().alpha("newer"))
        .await
        .unwrap();
    audit
        .update(1, taken::Patch::new().gamma("d"))
        .await
        .unwrap();
    audit.delete::<taken::Entity>(1).await.unwrap();

    use taken::Column::{Alpha, Gamma};
    let at = async |moment: Moment, column| {
        let past = taken::Entity::state_at(1, moment, db)
            .await
            .unwrap()
            .unwrap();
        past.get(column).clone()
    };
    let added = PastValue::Unknown(Reason::AddedSince);
    for (entry, gamma, alpha) in [
        (1, "a", added.clone()),
        (2, "c", added),
        (3, "c", known("newer")),
        (4, "d", known("newer")),
    ] {
        assert_eq!(
            at(Moment::After(entry), Gamma).await,
            known(gamma),
            "{entry}"
        );
        assert_eq!(at(Moment::After(entry), Alpha).await, alpha, "{entry}");
    }
    let entries = entries(db).await;
    // A change by itself does not tell; a whole row does.
    assert!(entries[1].values::<taken::Entity>(Gamma).is_err());
    assert!(entries[1].inverse::<taken::Patch>().is_err());
    let created = entries[0].values::<taken::Entity>(Gamma).unwrap();
    assert_eq!(created, (None, Some(Value::from("a"))));
    assert_eq!(
        entries[0].values::<taken::Entity>(Alpha).unwrap(),
        (None, None)
    );
    let restored = audit
        .restore(entries[4].restoration::<taken::Entity>().unwrap())
        .await
        .unwrap();
    assert_eq!((&*restored.gamma, &*restored.alpha), ("d", "newer"));
}

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

/// The values of the fields of today after an entry; `None` for one that was not there.
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
    // Whoever knows nothing is never wrong.
    let (known, all) = told.get();
    assert!(known * 8 > all, "{known} of {all} are known");
}

async fn last(db: &DatabaseConnection) -> i64 {
    let page = History::all().newest_first().page(db, None, 1).await;
    page.unwrap().entries.first().map_or(0, |entry| entry.id)
}

/// What the old entity does, and what that is in the fields of today.
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

/// No value is known that is not true. How many are, of how many.
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
                    // A column that was not there yet has what the migration gave it right before its first change.
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

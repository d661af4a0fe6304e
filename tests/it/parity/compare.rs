//! The property that both plans have the same outcome.

use std::{cell::Cell, collections::BTreeSet, mem::discriminant};

use audit_runtime::{
    Changes, Entry, Error, audit_log,
    encode::{Encoded, ValueKind, decode},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{
    prelude::{DateTimeUtc, Uuid},
    sea_query::ArrayType,
};
use serde_json::Value as Json;
use tokio::{runtime::Handle, task::block_in_place};

use super::{
    side::{Side, values},
    specimens::Specimen,
    work::{Outcome, Work},
};
use crate::{
    backend::Database,
    entities::context,
    traces::Traces,
    types::check::{plain_numbers, same},
};

const CASES: u32 = 32;

pub async fn compare<E: Specimen>(database: &Database) {
    // Data that a crash of the machine would lose does not matter here.
    database
        .execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
        )
        .await;
    let traces = Traces::keep(tracing::Level::DEBUG);
    let fused = Side::new::<E>(database, "fused", context()).await;
    let context = audit_runtime::__private::locked(context());
    let locked = Side::new::<E>(database, "locked", context).await;
    traces.take();

    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    // Deterministic cases, so that a failure can be repeated.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (writes, entries) = (Cell::new(0), Cell::new(0));
    let result = block_in_place(|| {
        let works = prop::collection::vec(Work::<E>::any(), 8..24);
        runner.run(&works, |works| {
            let both = run(&fused, &locked, &traces, &works);
            let (taken, written) = Handle::current().block_on(both);
            writes.set(writes.get() + taken);
            entries.set(entries.get() + written);
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let (writes, entries) = (writes.get(), entries.get());
    println!(
        "{}: {writes} fused writes, {entries} entries",
        E::default().table_name()
    );
    assert!(entries > CASES as usize && writes > entries / 3);
}

/// Does the work on both sides. Returns the number of fused plans and of entries.
async fn run<E: Specimen>(
    fused: &Side,
    locked: &Side,
    traces: &Traces,
    works: &[Work<E>],
) -> (usize, usize) {
    let mut taken = 0;
    let mut start = [0; 2];
    for (side, start) in [fused, locked].into_iter().zip(&mut start) {
        side.clear::<E>().await;
        *start = side.last_entry().await;
    }
    traces.take();
    for work in works {
        let ours = work.run(fused).await;
        let plans = traces.plans();
        taken += plans.len();
        assert!(plans.iter().all(|plan| plan == "fused plan"), "{plans:?}");

        let theirs = work.run(locked).await;
        let plans = traces.plans();
        let asked_for = |plan: &String| plan == "locked plan: asked for";
        assert!(plans.iter().all(asked_for), "{plans:?}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_same_outcome::<E>(ours, theirs);
        }
    }
    assert_same_rows(&fused.rows::<E>().await, &locked.rows::<E>().await);
    (taken, assert_same_log(fused, locked, start).await)
}

/// Compares the entries after these, and returns their number.
pub async fn assert_same_log(fused: &Side, locked: &Side, start: [i64; 2]) -> usize {
    let [ours, theirs] = [
        comparable(fused.entries_after(start[0]).await),
        comparable(locked.entries_after(start[1]).await),
    ];
    assert_eq!(ours.len(), theirs.len(), "{ours:#?} {theirs:#?}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_same_entry(ours, theirs);
    }
    ours.len()
}

#[track_caller]
fn assert_same_outcome<E: Specimen>(ours: &Outcome<E>, theirs: &Outcome<E>) {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours.told, theirs.told);
            assert_same_rows(&ours.rows, &theirs.rows);
        }
        // A plan may refuse a value before it looks for rows, or not at all if there are no rows.
        (Err(Error::Database(_)), Err(Error::NotFound { .. })) => {}
        (Err(Error::Database(_)), Ok(theirs)) if theirs.told == "0" => {}
        (Err(Error::Database(ours)), Err(Error::Database(theirs))) => {
            assert_eq!(ours.violation(), theirs.violation(), "{ours} {theirs}");
            assert_eq!(ours.code(), theirs.code(), "{ours} {theirs}");
        }
        (Err(ours), Err(theirs)) if discriminant(ours) == discriminant(theirs) => {}
        _ => panic!("{ours:?} is not {theirs:?}"),
    }
}

#[track_caller]
fn assert_same_rows<M: sea_orm::ModelTrait>(ours: &[M], theirs: &[M]) {
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        for (ours, theirs) in values(ours).into_iter().zip(values(theirs)) {
            let (ours, theirs) = (Some(ours), Some(theirs));
            assert!(same(&ours, &theirs), "{ours:?} is not {theirs:?}");
        }
    }
}

#[derive(Debug)]
struct Comparable {
    /// The row without ids, times and changes.
    row: audit_log::Model,
    changeset: usize,
    changes: Changes,
}

/// In order, except for entries of different rows in one changeset.
fn comparable(rows: Vec<audit_log::Model>) -> Vec<Comparable> {
    let mut changesets = BTreeSet::new();
    let mut entries: Vec<_> = rows
        .into_iter()
        .map(|mut row| {
            changesets.insert(row.changeset_id);
            let changeset = changesets.len();
            let entry = Entry::from(row.clone());
            row.id = 0;
            row.changeset_id = Uuid::nil();
            row.timestamp = DateTimeUtc::UNIX_EPOCH;
            row.recorded_at = DateTimeUtc::UNIX_EPOCH;
            row.changes = None;
            Comparable {
                row,
                changeset,
                changes: entry.changes,
            }
        })
        .collect();
    entries.sort_by(|a, b| {
        let key = |entry: &Comparable| (entry.changeset, entry.row.entity_id.clone());
        key(a).cmp(&key(b))
    });
    entries
}

#[track_caller]
fn assert_same_entry(ours: &Comparable, theirs: &Comparable) {
    assert_eq!(ours.row, theirs.row);
    assert_eq!(ours.changeset, theirs.changeset);
    assert_same_changes(&ours.changes, &theirs.changes);
}

#[track_caller]
pub fn assert_same_changes(ours: &Changes, theirs: &Changes) {
    let fields = |changes: &Changes| -> Vec<_> {
        changes.iter().map(|(field, _)| field.to_owned()).collect()
    };
    assert_eq!(fields(ours), fields(theirs), "{ours:#?} {theirs:#?}");
    for ((field, ours), (_, theirs)) in ours.iter().zip(theirs.iter()) {
        for (ours, theirs) in [(&ours.before, &theirs.before), (&ours.after, &theirs.after)] {
            let (ours, theirs) = (ours.as_ref().map(meaning), theirs.as_ref().map(meaning));
            assert_eq!(ours, theirs, "{field}");
        }
    }
}

/// The meaning of a stored value. A document that is stored as text can have many texts.
fn meaning(value: &Encoded) -> (&'static str, Json) {
    match value {
        Encoded::Plain(json) => ("plain", plain_numbers(json.clone())),
        Encoded::JsonNull => ("JSON null", Json::Null),
        Encoded::Redacted => ("redacted", Json::Null),
        text => match decode(text, &ValueKind::Scalar(ArrayType::Json)) {
            Ok(sea_orm::Value::Json(Some(json))) => ("text", plain_numbers(*json)),
            // A text with U+0000.
            _ => ("base64", format!("{text:?}").into()),
        },
    }
}

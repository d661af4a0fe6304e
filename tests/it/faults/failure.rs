//! Failures: every statement of an operation fails, before it is sent and after it is done.

use audit_runtime::Error;
use sea_orm::DatabaseConnection;

use super::{
    bench::Bench,
    faulty::{Fault, Faulty, Strike},
    operations::{operations, prepare},
    progress::progress,
    variants::{Without, repair, set_role},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
    invariants::assert_none,
};

on_every_backend!(
    a_statement_that_fails_leaves_all_or_nothing,
    failures_show_what_is_missing,
);

async fn a_statement_that_fails_leaves_all_or_nothing(database: &Database) {
    let bench = Bench::new(database).await;
    let mut run = 0;
    let all = operations(database.backend());
    let count = all.len();
    for (nth, (operation, plan)) in all.into_iter().enumerate() {
        progress("failure", database, (operation, plan), nth, count);
        bench.renew().await;
        let (reached, found) = sweep(&bench, operation.entries(), async |db| {
            run += 1;
            let rows = prepare(&bench.observer, run).await.unwrap();
            operation.run(plan, db, rows)
        })
        .await;
        println!(
            "{:?} {operation:?} {plan:?}: failed at 0 to {reached}",
            database.backend()
        );
        assert!(reached > 1);
        assert_none(&found, &format!("{operation:?} {plan:?}"));
    }
}

async fn failures_show_what_is_missing(database: &Database) {
    let bench = Bench::new(database).await;
    let rows = prepare(&bench.observer, 0).await.unwrap();
    for (without, is_seen) in [
        (Without::Nothing, false),
        (Without::Transaction, true),
        (Without::Memory, true),
        (Without::Order, true),
    ] {
        let (_, found) = sweep(&bench, 1, async |mut db| {
            // A variant has no `CommitUnknown` to report a lost commit.
            db.fault.spares_commit = true;
            let role = format!("role {without:?} {:p}", &db);
            async move { Ok(set_role(&db, rows.user.id, &role, without).await?) }
        })
        .await;
        assert_eq!(
            !found.is_empty(),
            is_seen,
            "without {without:?}: {found:#?}"
        );
        repair(&bench.observer, rows.user.id).await;
    }
}

/// Fails at every point until none is left. Returns the number of points and the violations.
async fn sweep<F: Future<Output = Result<(), Error>>>(
    bench: &Bench,
    expected: usize,
    mut operation: impl AsyncFnMut(Faulty<DatabaseConnection>) -> F,
) -> (usize, Vec<String>) {
    let mut found = Vec::new();
    for point in 0.. {
        let fault = Fault::at(point, Strike::Fail);
        let faulty = Faulty {
            inner: bench.pool.clone(),
            fault: fault.clone(),
        };
        let future = operation(faulty).await;
        let before = entries(&bench.observer).await.len();
        let outcome = future.await;
        let mut wrong = bench.judge(Some(&outcome), before, expected).await;
        if fault.struck() == outcome.is_ok() {
            wrong.push(format!("struck: {}, but {outcome:?}", fault.struck()));
        }
        found.extend(wrong.into_iter().map(|what| format!("at {point}: {what}")));
        if !fault.struck() {
            return (point, found);
        }
    }
    unreachable!()
}

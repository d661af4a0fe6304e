//! The caller is dropped after its n-th poll, for every n.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use audit_runtime::Error;
use sea_orm::{DatabaseConnection, DbBackend};

use super::{
    bench::Bench,
    faulty::{Fault, Faulty, Strike},
    operations::{operations, prepare},
    variants::{Without, repair, set_role},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
    invariants::assert_none,
};

on_every_backend!(
    a_write_dropped_anywhere_is_whole_or_absent,
    a_sweep_sees_what_is_missing,
);

/// Polls a future at most so many times.
struct CancelAfter<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for CancelAfter<F> {
    /// `None` if it was not done in time.
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        match self.future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.polls == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Drops the future after every number of polls until it completes or something goes wrong; returns that number and
/// what went wrong.
async fn sweep<F: Future<Output = Result<(), Error>>>(
    bench: &Bench,
    expected: usize,
    mut operation: impl AsyncFnMut(usize) -> F,
) -> (usize, Vec<String>) {
    let mut found = Vec::new();
    for polls in 0.. {
        let future = Box::pin(operation(polls).await);
        let before = entries(&bench.observer).await.len();
        let outcome = CancelAfter { future, polls }.await;
        drop(bench.under_way.write().await);
        let wrong = bench.judge(outcome.as_ref(), before, expected).await;
        found.extend(
            wrong
                .into_iter()
                .map(|what| format!("after {polls} polls: {what}")),
        );
        if let Some(Err(error)) = &outcome {
            found.push(format!("failed undisturbed: {error}"));
        }
        if outcome.is_some() || !found.is_empty() {
            return (polls, found);
        }
    }
    unreachable!()
}

async fn a_write_dropped_anywhere_is_whole_or_absent(database: &Database) {
    let bench = Bench::new(database).await;
    let mut run = 0;
    for (operation, plan) in operations(database.backend()) {
        bench.renew().await;
        let (reached, found) = sweep(&bench, operation.entries(), async |_| {
            run += 1;
            let rows = prepare(&bench.observer, run).await.unwrap();
            operation.run(plan, pausing(&bench), rows)
        })
        .await;
        println!(
            "{:?} {operation:?} {plan:?}: dropped after 0 to {reached} polls",
            database.backend()
        );
        // One statement, at the least: a poll before it, one after it.
        assert!(reached > 2);
        assert_none(&found, &format!("{operation:?} {plan:?}"));
    }
}

/// A connection on which no operation completes at its first poll.
fn pausing(bench: &Bench) -> Faulty<DatabaseConnection> {
    Faulty {
        inner: bench.pool.clone(),
        fault: Fault::at(0, Strike::Pause),
    }
}

async fn a_sweep_sees_what_is_missing(database: &Database) {
    let bench = Bench::new(database).await;
    let rows = prepare(&bench.observer, 0).await.unwrap();
    for (without, is_seen) in [
        (Without::Nothing, false),
        // sqlx begins on SQLite in a thread of its own, which a dropped caller does not disturb.
        (Without::Shield, database.backend() != DbBackend::Sqlite),
        (Without::Transaction, true),
    ] {
        let mut seen = false;
        let mut last = Vec::new();
        // Whether a drop strikes between two packets is chance, so one sweep may miss it.
        for round in 0..if is_seen { 200 } else { 3 } {
            let (_, found) = sweep(&bench, 1, async |polls| {
                let db = pausing(&bench);
                let role = format!("role {round} {polls}");
                let under_way = bench.under_way.clone().read_owned().await;
                async move {
                    let write = async move {
                        let written = set_role(&db, rows.user.id, &role, without).await;
                        drop(under_way);
                        Ok(written?)
                    };
                    match without {
                        // It goes on without its caller, and is judged when it has ended.
                        Without::Nothing => tokio::spawn(write).await.expect("it does not panic"),
                        _ => write.await,
                    }
                }
            })
            .await;
            seen |= !found.is_empty();
            last = found;
            if seen {
                break;
            }
        }
        assert_eq!(seen, is_seen, "without {without:?}: {last:?}");
        repair(&bench.observer, rows.user.id).await;
    }
}

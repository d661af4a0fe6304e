//! Cancellation: the caller is dropped after its n-th poll, for every n.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
};

use audit_runtime::Error;
use sea_orm::{DatabaseConnection, DbBackend};

use super::{
    bench::{Bench, one_connection},
    faulty::{Fault, Faulty, Strike},
    operations::{operations, prepare},
    progress::progress,
    proxy::{self, Cut, Proxy},
    variants::{Without, repair, set_role},
};
use crate::{
    backend::{Database, on_every_backend, patient},
    entities::entries,
    invariants::assert_none,
};

on_every_backend!(
    a_write_dropped_anywhere_is_whole_or_absent,
    a_sweep_sees_what_is_missing,
);

/// Polls a future at most `polls` times.
struct CancelAfter<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for CancelAfter<F> {
    /// `None` if the future did not complete in time.
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

/// Drops the future after every number of polls until it completes or a check fails. Returns that number and the
/// violations.
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
    let all = operations(database.backend());
    let count = all.len();
    for (nth, (operation, plan)) in all.into_iter().enumerate() {
        progress("cancel", database, (operation, plan), nth, count);
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
        // At least one statement: a poll before it and one after it.
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
    let (_, found) = sweep(&bench, 1, async |polls| {
        let db = pausing(&bench);
        let role = format!("role {polls}");
        let under_way = bench.under_way.clone().read_owned().await;
        let write = async move {
            let written = set_role(&db, rows.user.id, &role, Without::Nothing).await;
            drop(under_way);
            Ok(written?)
        };
        // The write continues without its caller, and is judged when it has ended.
        async { tokio::spawn(write).await.expect("it does not panic") }
    })
    .await;
    assert_none(&found, "with all protections");

    let found = dropped_between_statements(&bench, rows.user.id).await;
    assert!(!found.is_empty(), "without one transaction");
    repair(&bench.observer, rows.user.id).await;

    // On SQLite, sqlx begins in its own thread, which a dropped caller does not affect.
    if database.backend() != DbBackend::Sqlite {
        for (without, is_seen) in [(Without::Nothing, false), (Without::Shield, true)] {
            let found = dropped_in_begin(&bench, database.url(), rows.user.id, without).await;
            assert_eq!(!found.is_empty(), is_seen, "without {without:?}: {found:?}");
            repair(&bench.observer, rows.user.id).await;
        }
    }
}

/// The violations if the caller is dropped before and after every statement, with change and entry in two transactions.
async fn dropped_between_statements(bench: &Bench, id: i32) -> Vec<String> {
    for point in 0.. {
        let fault = Fault::at(point, Strike::Stop);
        let db = Faulty {
            inner: bench.pool.clone(),
            fault: fault.clone(),
        };
        let before = entries(&bench.observer).await.len();
        let role = format!("role of point {point}");
        let mut write = Box::pin(set_role(&db, id, &role, Without::Transaction));
        let outcome = poll_fn(|context| match write.as_mut().poll(context) {
            Poll::Ready(written) => Poll::Ready(Some(written.map_err(Error::from))),
            Poll::Pending if fault.struck() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let outcome = outcome.await;
        drop(write);
        let found = bench.judge(outcome.as_ref(), before, 1).await;
        if outcome.is_some() || !found.is_empty() {
            return found;
        }
    }
    unreachable!()
}

/// The violations if the caller is dropped while the reply to its BEGIN is on the way.
async fn dropped_in_begin(bench: &Bench, url: &str, id: i32, without: Without) -> Vec<String> {
    let proxy = Proxy::start(proxy::server(url), Cut::Before).await;
    let mut options = patient(proxy::through(url, proxy.address));
    one_connection(&mut options);
    let bench = bench.with(sea_orm::Database::connect(options).await.unwrap());
    let before = entries(&bench.observer).await.len();
    proxy.hold_after("BEGIN");
    let under_way = bench.under_way.clone().read_owned().await;
    let db = bench.pool.clone();
    let write = async move {
        let written = set_role(&db, id, "role", without).await;
        drop(under_way);
        written
    };
    match without {
        Without::Nothing => {
            let caller = tokio::spawn(write);
            proxy.held().await;
            drop(caller);
        }
        _ => tokio::select! {
            written = write => panic!("the reply to its BEGIN is held back: {written:?}"),
            () = proxy.held() => {}
        },
    }
    proxy.release();
    drop(bench.under_way.write().await);
    bench.judge(None, before, 1).await
}

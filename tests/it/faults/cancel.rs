//! The caller is dropped after its n-th poll, for every n.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use audit_runtime::{Error, Kind};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait};

use super::{
    operations::{OPERATIONS, Operation, adopted, begin_shielded, prepare},
    variants::{Without, set_role},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_table, entries, install, new_user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_write_dropped_anywhere_is_whole_or_absent,
    an_adopted_unit_dropped_anywhere_is_whole_or_absent,
    a_sweep_sees_what_is_missing,
);

/// A row that a later borrower of the connection writes, to see whether it lands.
mod witness {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "witness")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

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

/// A pool of one connection, so that what is wrong with it meets the next borrower, and an observer beside it.
struct Bench {
    pool: DatabaseConnection,
    observer: DatabaseConnection,
}

impl Bench {
    async fn new(database: &Database) -> Self {
        install(&database.db).await.unwrap();
        create_table(&database.db, witness::Entity).await.unwrap();
        Self {
            pool: database
                .connect(|options| {
                    options
                        .max_connections(1)
                        .acquire_timeout(Duration::from_secs(5));
                })
                .await,
            observer: database.db.clone(),
        }
    }

    /// What is wrong after an operation was dropped.
    async fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        // Reported as written, so it must be there, seen from elsewhere.
        let before = witness::Entity::find().count(&self.observer).await.unwrap();
        let written = witness::Entity::insert(witness::ActiveModel::default())
            .exec(&self.pool)
            .await;
        if written.is_ok() && witness::Entity::find().count(&self.observer).await.unwrap() == before
        {
            found.push("the next borrower's write is lost".to_owned());
            // Or this would go on for the rest of the sweep.
            self.pool.execute_unprepared("ROLLBACK").await.unwrap();
        }
        found.extend(violations(&self.observer).await);
        found
    }
}

/// Drops the future after every number of polls until it completes; returns that number and what went wrong.
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
        let mut wrong = bench.violations().await;
        let written = entries(&bench.observer).await.len() - before;
        match &outcome {
            Some(Ok(())) if written != expected => {
                wrong.push("Ok without all its entries".to_owned())
            }
            Some(Err(error)) => wrong.push(format!("failed undisturbed: {error}")),
            None if written != 0 && written != expected => wrong.push("half of it".to_owned()),
            _ => {}
        }
        found.extend(
            wrong
                .into_iter()
                .map(|what| format!("after {polls} polls: {what}")),
        );
        if outcome.is_some() {
            return (polls, found);
        }
    }
    unreachable!()
}

async fn a_write_dropped_anywhere_is_whole_or_absent(database: &Database) {
    let bench = Bench::new(database).await;
    let mut run = 0;
    for operation in OPERATIONS {
        let (reached, found) = sweep(&bench, operation.entries(), async |_| {
            run += 1;
            let rows = prepare(&bench.observer, run).await.unwrap();
            operation.run(bench.pool.clone(), rows)
        })
        .await;
        println!(
            "{:?} {operation:?}: dropped after 0 to {reached} polls",
            database.backend()
        );
        assert!(reached > 1);
        assert_none(&found, &format!("{operation:?}"));
    }
}

async fn an_adopted_unit_dropped_anywhere_is_whole_or_absent(database: &Database) {
    let bench = Bench::new(database).await;
    let (reached, found) = sweep(&bench, Operation::Unit.entries(), async |run| {
        let rows = prepare(&bench.observer, run).await.unwrap();
        let transaction = begin_shielded(&bench.pool).await.unwrap();
        adopted(bench.pool.clone(), context(), rows, transaction)
    })
    .await;
    println!(
        "{:?} adopted unit: dropped after 0 to {reached} polls",
        database.backend()
    );
    assert!(reached > 1);
    assert_none(&found, "adopted unit");
}

async fn a_sweep_sees_what_is_missing(database: &Database) {
    let bench = Bench::new(database).await;
    let john = audit_runtime::Writer::insert(
        &audit_runtime::AuditConnection::audited(&bench.observer, &context()),
        new_user("john"),
    )
    .await
    .unwrap();

    for (without, is_seen) in [
        (Without::Nothing, false),
        // sqlx begins on SQLite in a thread of its own, which a dropped caller does not disturb.
        (Without::Shield, database.backend() != DbBackend::Sqlite),
        (Without::Transaction, true),
    ] {
        let mut seen = false;
        // Whether a drop strikes between two packets is chance, so one sweep may miss it.
        for round in 0..if is_seen { 200 } else { 3 } {
            let (_, found) = sweep(&bench, 1, async |polls| {
                let db = bench.pool.clone();
                async move {
                    set_role(&db, john.id, &format!("role {round} {polls}"), without).await?;
                    Ok(())
                }
            })
            .await;
            seen |= !found.is_empty();
            if seen {
                break;
            }
        }
        assert_eq!(seen, is_seen, "without {without:?}");
        repair(&bench, john.id).await;
    }
}

/// Makes the row what the log says, for the next variant.
async fn repair(bench: &Bench, id: i32) {
    let entries = entries(&bench.observer).await;
    let last = |field: &str| {
        entries
            .iter()
            .filter(|entry| entry.kind == Kind::Change)
            .rev()
            .find_map(|entry| entry.after().get(field).cloned())
            .unwrap()
    };
    let (role, logins) = (last("role"), last("logins"));
    let sql = format!(
        "UPDATE users SET role = '{}', logins = {logins} WHERE id = {id}",
        role.as_str().unwrap()
    );
    bench.observer.execute_unprepared(&sql).await.unwrap();
}

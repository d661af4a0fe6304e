//! The cost of a write: round trips on the network, and statements on SQLite.

use audit_runtime::AuditConnection;
use sea_orm::DbBackend;

use super::{
    cut::{server, through},
    faulty::{Fault, Faulty, Strike},
    operations::{Operation, Plan, operations, prepare},
    proxy::{Cut, Proxy},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::install,
};

on_every_backend!(a_write_costs_its_round_trips_and_no_more);

async fn a_write_costs_its_round_trips_and_no_more(database: &Database) {
    install(&database.db).await.unwrap();
    let backend = database.backend();
    let counted = if backend == DbBackend::Sqlite {
        let never = isize::MAX as usize;
        let fault = Fault::at(never, Strike::Fail);
        let db = Faulty {
            inner: database.db.clone(),
            fault: fault.clone(),
        };
        // Two points per statement.
        count(database, db, || fault.points(never) / 2).await
    } else {
        let proxy = Proxy::start(server(database.url()), Cut::Before).await;
        let db = through(database.url(), &proxy).await;
        count(database, db, || proxy.turns()).await
    };

    // PostgreSQL returns the stored row. The other databases need another query.
    let stored = usize::from(backend != DbBackend::Postgres);
    // MySQL is asked for the increment of ids.
    let step = usize::from(backend == DbBackend::MySql);
    // Queries whether the transaction is open, and on SQLite whether a guard noted a change.
    let open = 2;
    // Begin, lock, change, entry, commit. The hooks of these tests add statements.
    let locked = |operation| match operation {
        Operation::Insert => 4 + stored,
        Operation::Update => 5 + stored,
        Operation::Delete | Operation::HookedDelete => 5,
        Operation::HookedInsert => 5 + stored,
        Operation::HookedUpdate => 6 + stored,
        Operation::InsertMany => 4 + stored + step,
        // One chunk, for any number of rows.
        Operation::UpdateMany => 6,
        Operation::DeleteMany => 5,
        // Each row is searched first.
        Operation::Upsert => 2 + (4 + stored) + (3 + stored),
        Operation::Event => 1,
        Operation::Unit | Operation::Closure => 11 + 2 * stored,
        Operation::Adopted => 11 + 2 * stored + open,
    };
    // The change and its entry are one statement. Hooks need a transaction, and read the row.
    let fused = |operation| match operation {
        Operation::HookedInsert | Operation::HookedDelete => 4,
        Operation::HookedUpdate => 5,
        Operation::Upsert => 2 + 2 + 2,
        Operation::Unit | Operation::Closure => 7,
        Operation::Adopted => 7 + open,
        _ => 1,
    };
    for (operation, plan, turns) in counted {
        let expected = match plan {
            Plan::Fused => fused(operation),
            Plan::Locked => locked(operation),
        };
        assert_eq!(turns, expected, "{backend:?} {operation:?} {plan:?}");
    }
}

async fn count<C: AuditConnection>(
    database: &Database,
    db: C,
    spoken: impl Fn() -> usize,
) -> Vec<(Operation, Plan, usize)> {
    let mut counted = Vec::new();
    // The first round prepares the statements.
    for round in 0..2 {
        counted.clear();
        let all = operations(database.backend());
        for (operation, plan) in all.iter().copied() {
            let run = round * all.len() + counted.len();
            let rows = prepare(&database.db, run).await.unwrap();
            let before = spoken();
            operation.run(plan, db.clone(), rows).await.unwrap();
            counted.push((operation, plan, spoken() - before));
        }
    }
    counted
}

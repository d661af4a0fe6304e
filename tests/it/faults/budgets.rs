//! What a write costs in round trips, counted on the line, and on SQLite in statements.

use audit_runtime::AuditConnection;
use sea_orm::DbBackend;

use super::{
    cut::{server, through},
    faulty::{Fault, Faulty, Strike},
    operations::{OPERATIONS, Operation, prepare},
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
        // Two points a statement.
        count(database, db, || fault.points(never) / 2).await
    } else {
        let proxy = Proxy::start(server(database.url()), Cut::Before).await;
        let db = through(database.url(), &proxy).await;
        count(database, db, || proxy.turns()).await
    };

    // PostgreSQL returns the row as stored; elsewhere that is one more question.
    let stored = usize::from(backend != DbBackend::Postgres);
    let open = if backend == DbBackend::Sqlite { 1 } else { 2 };
    // Begin, lock, change, entry, commit; what else there is, the hooks of these tests ask.
    let unit = 11 + 2 * stored;
    for (operation, turns) in counted {
        let expected = match operation {
            Operation::Insert => 4 + stored,
            Operation::Update => 5 + stored,
            Operation::Delete | Operation::HookedDelete => 5,
            Operation::HookedInsert => 5 + stored,
            Operation::HookedUpdate => 6 + stored,
            Operation::Event => 1,
            Operation::Unit | Operation::Closure => unit,
            Operation::Adopted => unit + open,
        };
        assert_eq!(turns, expected, "{backend:?} {operation:?}");
    }
}

async fn count<C: AuditConnection>(
    database: &Database,
    db: C,
    spoken: impl Fn() -> usize,
) -> Vec<(Operation, usize)> {
    let mut counted = Vec::new();
    // The first round prepares the statements.
    for round in 0..2 {
        counted.clear();
        for operation in OPERATIONS {
            let run = round * OPERATIONS.len() + counted.len();
            let rows = prepare(&database.db, run).await.unwrap();
            let before = spoken();
            operation.run(db.clone(), rows).await.unwrap();
            counted.push((operation, spoken() - before));
        }
    }
    counted
}

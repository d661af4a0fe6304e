//! The round trips of each write, counted on the network, and the content of its entry.

use std::{sync::Mutex, time::Duration};

use audit_runtime::audit_log;
use sea_orm::{DbBackend, DbErr, EntityTrait, Iterable, QueryOrder};

use crate::{
    cell::Cell,
    contenders::{Contender, Operation, Write},
    pool::connect,
    proxy::{Cut, Proxy, server, through},
    stage::{Side, on_stage},
    tables::{self, Table},
};

/// The first turns prepare statements.
const TURNS: usize = 4;

/// Counts and asserts. On SQLite, only entries are checked.
pub fn check<E: Table>(backend: DbBackend, contenders: &[Contender]) -> Result<(), DbErr> {
    let cell = Cell::new(Duration::ZERO, 1);
    let proxies = Mutex::new(Vec::new());
    let connect = async |url: String| {
        if backend == DbBackend::Sqlite {
            return connect(&url, &cell).await;
        }
        let proxy = Proxy::start(server(&url), Cut::Before).await;
        let url = through(&url, proxy.address);
        proxies.lock().expect("no panic").push(proxy);
        connect(&url, &cell).await
    };
    on_stage::<E, _>(backend, contenders, connect, async |sides| {
        println!("round trips, {} columns", E::Column::iter().count());
        let proxies = proxies.lock().expect("no panic").clone();
        for (number, side) in sides.iter().enumerate() {
            count::<E>(side, backend, proxies.get(number)).await;
        }
    })
}

async fn count<E: Table>(side: &Side, backend: DbBackend, proxy: Option<&Proxy>) {
    let mut costs = Vec::new();
    for operation in Operation::ALL {
        let mut inserted = Vec::new();
        if operation == Operation::Delete {
            inserted = side.inserted::<E>().await;
        }
        let mut cost = None;
        for turn in 0..TURNS {
            let id = inserted.get(turn).copied().unwrap_or(tables::id(turn));
            let before = proxy.map(Proxy::turns);
            let write = Write {
                operation,
                id,
                turn,
            };
            side.contender
                .write::<E>(&side.db, write)
                .await
                .expect("a write");
            cost = proxy.map(|proxy| proxy.turns() - before.unwrap_or_default());
        }
        side.check_entries(operation.action(), TURNS).await;
        if side.contender != Contender::Plain {
            check_last_entry::<E>(side, operation).await;
        }
        if let Some(cost) = cost {
            let expected = side.contender.round_trips(backend, operation);
            let name = side.contender.name();
            assert_eq!(cost, expected, "round trips of {name} {}", operation.name());
            costs.push(format!("{} {cost}", operation.name()));
        }
    }
    if !costs.is_empty() {
        println!("  {:8} {}", side.contender.name(), costs.join(", "));
    }
}

async fn check_last_entry<E: Table>(side: &Side, operation: Operation) {
    let entry = audit_log::Entity::find()
        .order_by_desc(audit_log::Column::Id)
        .one(&side.db)
        .await
        .expect("the log can be read")
        .expect("it is not empty");
    assert_eq!(entry.action, operation.action());
    assert_eq!(entry.entity_type.as_deref(), Some("User"));
    assert_eq!(entry.actor_name.as_deref(), Some("jane.doe"));
    assert_eq!(entry.reason.as_deref(), Some("ticket 4711"));

    let changes = entry.changes.expect("a change");
    let fields = changes.as_object().expect("an object");
    let all_but_the_key = E::Column::iter().count() - 1;
    let (count, befores, afters) = match operation {
        Operation::Update => (2, true, true),
        Operation::Insert => (all_but_the_key, false, true),
        Operation::Delete => (all_but_the_key, true, false),
    };
    assert_eq!(fields.len(), count, "{changes}");
    for change in fields.values() {
        assert_eq!(change.get("before").is_some(), befores, "{changes}");
        assert_eq!(change.get("after").is_some(), afters, "{changes}");
    }
    if operation == Operation::Update {
        assert_eq!(changes["role"]["before"], "user");
        assert_eq!(changes["role"]["after"], "admin");
    }
}

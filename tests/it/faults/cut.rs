//! Lost connections: the line to the server is cut in every turn, before the request arrives and after.

use sea_orm::{DatabaseConnection, DbBackend};

pub use super::proxy::server;
use super::{
    bench::{Bench, one_connection},
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
    a_line_that_is_cut_leaves_all_or_nothing,
    cuts_show_what_is_missing,
);

async fn a_line_that_is_cut_leaves_all_or_nothing(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // SQLite has no connection to cut.
        return;
    }
    let bench = Bench::new(database).await;
    let mut run = 0;
    let mut unknown = 0;
    let all = operations(database.backend());
    let count = all.len();
    for (nth, (operation, plan)) in all.into_iter().enumerate() {
        progress("cut", database, (operation, plan), nth, count);
        bench.renew().await;
        for cut in [Cut::Before, Cut::After] {
            let mut reached = 0;
            loop {
                run += 1;
                let rows = prepare(&bench.observer, run).await.unwrap();
                let before = entries(&bench.observer).await.len();
                let proxy = Proxy::start(server(database.url()), cut).await;
                let db = through(database.url(), &proxy).await;
                proxy.cut_after(reached);
                let outcome = operation.run(plan, db.clone(), rows).await;
                let cut_off = proxy.was_cut();
                proxy.heal();
                db.close().await.unwrap();
                bench.settle().await;
                unknown += usize::from(matches!(
                    outcome,
                    Err(audit_runtime::Error::CommitUnknown { .. })
                ));
                let found = bench
                    .judge(Some(&outcome), before, operation.entries())
                    .await;
                assert_none(
                    &found,
                    &format!("{operation:?} {plan:?} {cut:?} turn {reached}"),
                );
                if !cut_off {
                    outcome.unwrap();
                    break;
                }
                reached += 1;
            }
            println!(
                "{:?} {operation:?} {plan:?}: cut {cut:?} turns 0 to {reached}",
                database.backend()
            );
            assert!(reached > 0);
        }
    }
    println!("{:?}: {unknown} commits unknown", database.backend());
    assert!(unknown > 0, "no reply to a commit was lost");
}

async fn cuts_show_what_is_missing(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // SQLite has no connection to cut.
        return;
    }
    let bench = Bench::new(database).await;
    let rows = prepare(&bench.observer, 0).await.unwrap();
    for (without, is_seen) in [
        (Without::Nothing, false),
        (Without::Transaction, true),
        (Without::Order, true),
    ] {
        let mut seen = false;
        for turns in 0.. {
            let proxy = Proxy::start(server(database.url()), Cut::Before).await;
            let db = through(database.url(), &proxy).await;
            proxy.cut_after(turns);
            let outcome =
                set_role(&db, rows.user.id, &format!("{without:?} {turns}"), without).await;
            let cut_off = proxy.was_cut();
            proxy.heal();
            db.close().await.unwrap();
            bench.settle().await;
            seen |= !bench.violations().await.is_empty();
            if !cut_off {
                outcome.unwrap();
                break;
            }
        }
        assert_eq!(seen, is_seen, "without {without:?}");
        repair(&bench.observer, rows.user.id).await;
    }
}

pub async fn through(url: &str, proxy: &Proxy) -> DatabaseConnection {
    let mut options = patient(proxy::through(url, proxy.address));
    one_connection(&mut options);
    sea_orm::Database::connect(options).await.unwrap()
}

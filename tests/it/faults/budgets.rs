//! Round trips, counted on the line.

use audit_runtime::{Pending, prelude::*};
use sea_orm::DbBackend;

use super::{
    cut::{server, through},
    operations::{prepare, three_writes},
    proxy::{Cut, Proxy},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, install, new_user, user},
};

on_every_backend!(a_write_costs_its_round_trips_and_no_more);

async fn a_write_costs_its_round_trips_and_no_more(database: &Database) {
    let backend = database.backend();
    if backend == DbBackend::Sqlite {
        // There is no line.
        return;
    }
    install(&database.db).await.unwrap();
    let proxy = Proxy::start(server(database.url()), Cut::Before).await;
    let db = &through(database.url(), &proxy).await;
    let context = context();
    let audit = db.audited(&context);

    let mut counted = Vec::new();
    // The first run prepares the statements.
    for run in 0..2 {
        let rows = prepare(&database.db, run).await.unwrap();
        counted.clear();
        let mut count = async |what: &'static str, write: Pending<'_, ()>| {
            let before = proxy.turns();
            write.await.unwrap();
            counted.push((what, proxy.turns() - before));
        };
        let id = rows.user.id;
        count(
            "insert",
            Box::pin(async {
                audit
                    .insert(new_user(&format!("new {run}")))
                    .await
                    .map(drop)
            }),
        )
        .await;
        let patch = user::AdminPatch::new().role("admin");
        count(
            "update",
            Box::pin(async { audit.update(id, patch.clone()).await.map(drop) }),
        )
        .await;
        count(
            "unchanged",
            Box::pin(async { audit.update(id, patch.clone()).await.map(drop) }),
        )
        .await;
        count("delete", audit.delete::<user::Entity>(id)).await;
        let hooked = document::Patch::new().title("changed");
        let document = rows.document.id.clone();
        count(
            "hooked update",
            Box::pin(async { audit.update(document, hooked).await.map(drop) }),
        )
        .await;
        count("event", audit.record(Event::new("EXPORT"))).await;
        let rows = prepare(&database.db, run + 10).await.unwrap();
        count(
            "unit of three writes and an event",
            Box::pin(async {
                let tx = audit.begin().await?;
                three_writes(&tx, &rows.user, &rows.document, run + 10).await?;
                tx.commit().await
            }),
        )
        .await;
    }
    // Begin, lock, change, entry, commit. MySQL returns no rows, so what is stored is one more question there;
    // an update's hook of these tests asks one itself.
    let read_back = usize::from(backend == DbBackend::MySql);
    assert_eq!(
        counted,
        [
            ("insert", 4 + read_back),
            ("update", 5 + read_back),
            ("unchanged", 3),
            ("delete", 5),
            ("hooked update", 6 + read_back),
            ("event", 1),
            ("unit of three writes and an event", 11 + 2 * read_back),
        ]
    );
}

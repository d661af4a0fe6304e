//! Damaged files, the states of files, and other workers.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Error,
    retention::{
        self, DAY, Hold, Retention,
        archive::object_store::{ObjectStoreExt, path::Path},
    },
};

use super::super::{ids, others, visits};
use super::{archive, everything, installed};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(
    a_damaged_file_deletes_nothing,
    states_only_go_forward,
    another_worker_waits
);

async fn a_damaged_file_deletes_nothing(database: &Database) {
    let (store, retention) = installed(database, 3).await;
    let hold = Hold::new("matter 1").entity_type("Visit");
    // The file is verified, and a hold is placed before its entries leave the log.
    let placing = {
        let (db, runtime) = (database.db.clone(), tokio::runtime::Handle::current());
        let hold = std::sync::Mutex::new(Some(hold));
        move |_| {
            if let Some(hold) = hold.lock().unwrap().take() {
                let db = db.clone();
                tokio::task::block_in_place(|| {
                    runtime
                        .block_on(async { retention::hold(&db, &context(), hold).await.unwrap() })
                });
            }
            std::ops::ControlFlow::Continue(())
        }
    };
    let report = retention
        .clone()
        .after_batch(placing)
        .run(&database.db, &context())
        .await
        .unwrap();
    let [archived] = &report.archived[..] else {
        panic!("{report:?}")
    };
    assert_eq!(report.purged(), 0);
    let path = Path::from(&*archived.file);
    let good = store.get(&path).await.unwrap().bytes().await.unwrap();
    let mut bad = good.to_vec();
    bad[20] ^= 1;
    store.put(&path, bad.into()).await.unwrap();
    for hold in retention::holds(&database.db).await.unwrap() {
        retention::release(&database.db, &context(), hold.id, "settled")
            .await
            .unwrap();
    }
    let error = retention.run(&database.db, &context()).await.unwrap_err();
    assert!(matches!(error, Error::ArchiveDiffers { .. }), "{error}");
    assert_eq!(ids(database, "CAME").await.len(), 3);
    store
        .put(&path, good.slice(..good.len() - 1).into())
        .await
        .unwrap();
    let error = retention.run(&database.db, &context()).await.unwrap_err();
    assert!(error.to_string().contains("bytes, not"), "{error}");

    store.put(&path, good.into()).await.unwrap();
    let report = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!((report.purged(), report.archived.len()), (3, 0));
    assert!(ids(database, "CAME").await.is_empty());
}

async fn states_only_go_forward(database: &Database) {
    let (_, retention) = installed(database, 1).await;
    retention.run(&database.db, &context()).await.unwrap();
    for statement in [
        "UPDATE audit_archive SET state = 'writing'",
        "UPDATE audit_archive SET state = 'verified'",
        "UPDATE audit_archive SET state = 'destroyed'",
        "UPDATE audit_archive SET state = 'destroying'",
        "UPDATE audit_archive SET state = 'destroying', purge_id = 1",
        "UPDATE audit_archive SET sha256 = 'x'",
        "UPDATE audit_archive SET file = 'x'",
        "UPDATE audit_archive SET last_id = 1000",
        "DELETE FROM audit_archive",
        "INSERT INTO audit_archive SELECT 'x', policy, 'verified', worker, lease_until, first_id, last_id, first_at, last_at, entries, bytes, sha256, purge_id FROM audit_archive",
    ] {
        let done = sea_orm::ConnectionTrait::execute_unprepared(&database.db, statement).await;
        assert!(done.is_err(), "{statement}");
    }
}

async fn another_worker_waits(database: &Database) {
    let (store, _) = installed(database, 3).await;
    let policies = || [visits().hot(Duration::ZERO).keep(365 * DAY), others()];
    let patient = || {
        Retention::new(policies())
            .unwrap()
            .archive(archive(&store))
            .pace(1.0)
    };
    let other = {
        let (db, runtime) = (database.db.clone(), tokio::runtime::Handle::current());
        let retention = patient();
        let reports = Arc::new(std::sync::Mutex::new(Vec::new()));
        let found = reports.clone();
        let call = move |_| {
            let report = tokio::task::block_in_place(|| {
                runtime.block_on(async { retention.run(&db, &context()).await.unwrap() })
            });
            reports.lock().unwrap().push(report);
            std::ops::ControlFlow::Continue(())
        };
        let report = patient()
            .after_batch(call)
            .run(&database.db, &context())
            .await
            .unwrap();
        assert_eq!(report.archived.len(), 1);
        let found = found.lock().unwrap();
        found.clone()
    };
    assert!(
        other[0].is_archive_busy && other[0].archived.is_empty(),
        "{other:?}"
    );
    let came = everything(database, &store).await;
    assert_eq!(
        came.iter().filter(|entry| entry.action == "CAME").count(),
        3
    );
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Ids without a row on MySQL and MariaDB.

use std::time::{Duration, Instant};

use audit_runtime::settled::{Blocker, Horizon};
use sea_orm::TransactionTrait;

use super::{ids, insert, installed};
use crate::backend::{Database, on_mysql_and_mariadb};

on_mysql_and_mariadb!(an_id_without_a_row_has_its_time, gaps_grow_old_together);

async fn an_id_without_a_row_has_its_time(database: &Database) {
    let db = installed(database).await;
    let lost = db.begin().await.unwrap();
    let gap = insert(&lost).await;
    lost.rollback().await.unwrap();
    let second = insert(&db).await;

    let mut patient = Horizon::after(gap - 1).patience(Duration::MAX);
    for _ in 0..3 {
        assert_eq!(patient.look(&db).await.unwrap(), gap - 1);
        assert_eq!(patient.blockers(), [Blocker::Missing { entry: gap }]);
    }
    let mut patient = patient.patience(Duration::ZERO);
    assert_eq!(patient.look(&db).await.unwrap(), second);
}

async fn gaps_grow_old_together(database: &Database) {
    let db = installed(database).await;
    let open = db.begin().await.unwrap();
    let first = insert(&open).await;
    let mut last = 0;
    for _ in 0..3 {
        let lost = db.begin().await.unwrap();
        insert(&lost).await;
        lost.rollback().await.unwrap();
        last = insert(&db).await;
    }
    let patience = Duration::from_millis(1);
    let mut horizon = Horizon::after(0).patience(patience);
    assert!(horizon.look(&db).await.unwrap() < first);
    let seen = Instant::now();
    open.commit().await.unwrap();
    while seen.elapsed() <= patience {
        ids(&db, 0, 0).await;
    }
    assert_eq!(horizon.look(&db).await.unwrap(), last);
}

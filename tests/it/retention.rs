//! Retention: policies, holds, plans and purges.

mod across;
mod archive;
mod attacks;
mod cut_off;
mod destruction;
mod erasure;
mod failing;
mod outside;
mod policies;
mod purges;
mod races;
mod random;

use std::time::Duration;

use audit_runtime::{
    audit_log,
    prelude::*,
    retention::{DAY, Policy, Retention},
};
use sea_orm::{EntityTrait, QueryOrder};
use sha2::{Digest, Sha256};

use crate::{
    backend::Database,
    entities::{context, entries, install},
};

/// A retention under which visits are due at once, and all else is kept for a year.
pub fn retention() -> Retention {
    Retention::new([
        visits().destroy_after(Duration::ZERO),
        others().keep(365 * DAY).destroy_after(400 * DAY),
    ])
    .unwrap()
    .pace(1.0)
}

pub fn visits() -> Policy {
    Policy::new("visits").document("SEC-12 v3").types(["Visit"])
}

pub fn others() -> Policy {
    Policy::new("others").document("SEC-12 v3")
}

/// Installs it, with a log in which visits and other events alternate. The visits are numbered in the order of the log.
pub async fn installed(database: &Database, visits: usize) -> Retention {
    install(&database.db).await.unwrap();
    let retention = retention();
    retention.install(&database.db, &context()).await.unwrap();
    record(database, visits).await;
    retention
}

pub async fn record(database: &Database, visits: usize) {
    let context = context();
    for visit in 0..visits {
        let audit = database.db.audited(&context);
        let visit = Event::new("CAME").on("Visit", visit.to_string());
        audit.record(visit).await.unwrap();
        audit.record(Event::new("SAID")).await.unwrap();
    }
}

/// The ids of all entries with this action.
pub async fn ids(database: &Database, action: &str) -> Vec<i64> {
    let entries = entries(&database.db).await;
    let of_action = entries.iter().filter(|entry| entry.action == action);
    of_action.map(|entry| entry.id).collect()
}

/// The newest entry.
pub async fn last(database: &Database) -> audit_log::Model {
    let log = audit_log::Entity::find().order_by_desc(audit_log::Column::Id);
    log.one(&database.db).await.unwrap().unwrap()
}

pub fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

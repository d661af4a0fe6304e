//! The job that closes tickets.

use std::time::Duration;

use audit_runtime::prelude::*;
use chrono::{TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, DbErr};

use crate::entity::{
    DateTimeUtc,
    ticket::{self, Status},
};

pub async fn daily(db: DatabaseConnection) {
    let mut days = tokio::time::interval(Duration::from_secs(24 * 60 * 60));
    loop {
        days.tick().await;
        if let Err(error) = close_solved(&db, Utc::now() - TimeDelta::days(14)).await {
            eprintln!("tickets are not closed: {error}");
        }
    }
}

/// Closes the tickets that have not changed since they were solved.
pub async fn close_solved(db: &DatabaseConnection, before: DateTimeUtc) -> Result<u64, DbErr> {
    let stale = Condition::all()
        .add(ticket::Column::Status.eq(Status::Solved))
        .add(ticket::Column::UpdatedAt.lt(before));
    let context = AuditContext::new(Actor::system("close-solved"));
    let patch = ticket::StatusPatch::new().status(Status::Closed);
    Ok(db.audited(&context).update_many(stale, patch).await?)
}

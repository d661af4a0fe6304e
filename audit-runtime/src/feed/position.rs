//! The position of a feed, and the lease that lets one process at a time move it.
//!
//! Each call runs one or two statements outside of a transaction, and uses the clock of the database.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};

use super::tables::{
    feed::{Column, Entity},
    rejected,
};
use crate::{
    Error,
    dialect::{Family, clock::clock, is_missing},
    text::words,
    write::shield::to_the_end,
};

/// A process that delivers a feed.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) feed: String,
    pub(super) holder: String,
    pub(super) lease: Duration,
}

impl Worker {
    /// Takes or renews the lease, and returns the position; `None` while another process has the lease.
    pub(super) async fn take(&self, db: &DatabaseConnection) -> Result<Option<i64>, Error> {
        let (worker, db) = (self.clone(), db.clone());
        let feed = run(async move {
            let is_free = Condition::any()
                .add(Column::Holder.is_null())
                .add(Column::Holder.eq(&worker.holder))
                .add(Expr::col(Column::HeldUntil).lte(clock(Family::of(&db), Duration::ZERO)));
            Entity::update_many()
                .col_expr(Column::Holder, Expr::val(&worker.holder))
                .col_expr(Column::HeldUntil, clock(Family::of(&db), worker.lease))
                .filter(Column::Name.eq(&worker.feed))
                .filter(is_free)
                .exec(&db)
                .await?;
            Entity::find_by_id(&worker.feed).one(&db).await
        });
        match feed.await? {
            Some(feed) => Ok((feed.holder.as_ref() == Some(&self.holder)).then_some(feed.position)),
            None => Err(refused(
                &self.feed,
                "it was not started: call Feed::start first",
            )),
        }
    }

    /// Renews the lease. Returns whether this process still had it.
    pub(super) async fn keep(&self, db: &DatabaseConnection) -> Result<bool, Error> {
        let (worker, db) = (self.clone(), db.clone());
        let kept = run(async move {
            Entity::update_many()
                .col_expr(Column::HeldUntil, clock(Family::of(&db), worker.lease))
                .filter(Column::Name.eq(worker.feed))
                .filter(Column::Holder.eq(worker.holder))
                .exec(&db)
                .await
        });
        Ok(kept.await?.rows_affected > 0)
    }

    /// Moves the position and renews the lease. Returns `false`, and changes nothing, if another process has the lease
    /// or has moved the position.
    pub(super) async fn advance(
        &self,
        db: &DatabaseConnection,
        from: i64,
        to: i64,
    ) -> Result<bool, Error> {
        let (worker, db) = (self.clone(), db.clone());
        let moved = run(async move {
            Entity::update_many()
                .col_expr(Column::Position, Expr::val(to))
                .col_expr(Column::HeldUntil, clock(Family::of(&db), worker.lease))
                .col_expr(Column::Failures, Expr::val(0_i64))
                .filter(Column::Name.eq(worker.feed))
                .filter(Column::Holder.eq(worker.holder))
                .filter(Column::Position.eq(from))
                .exec(&db)
                .await
        });
        Ok(moved.await?.rows_affected > 0)
    }

    /// Releases the lease.
    pub(super) async fn release(&self, db: &DatabaseConnection) -> Result<(), Error> {
        let (worker, db) = (self.clone(), db.clone());
        let released = run(async move {
            Entity::update_many()
                .col_expr(Column::Holder, Expr::val(None::<String>))
                .filter(Column::Name.eq(worker.feed))
                .filter(Column::Holder.eq(worker.holder))
                .exec(&db)
                .await
        });
        released.await.map(drop)
    }

    /// Stores a failure, for monitoring.
    pub(super) async fn fail(&self, db: &DatabaseConnection, why: &str) -> Result<(), Error> {
        let (worker, db) = (self.clone(), db.clone());
        let why = words(why, 255).into_owned();
        let failed = run(async move {
            Entity::update_many()
                .col_expr(Column::Failures, Expr::col(Column::Failures).add(1_i64))
                .col_expr(Column::FailedAt, clock(Family::of(&db), Duration::ZERO))
                .col_expr(Column::Failure, Expr::val(why))
                .filter(Column::Name.eq(worker.feed))
                .filter(Column::Holder.eq(worker.holder))
                .exec(&db)
                .await
        });
        failed.await.map(drop)
    }

    /// Sets an entry aside, so that the next batch skips it.
    pub(super) async fn set_aside(
        &self,
        db: &DatabaseConnection,
        entry: i64,
        why: &str,
    ) -> Result<(), Error> {
        let (feed, db) = (self.feed.clone(), db.clone());
        let why = words(why, 255).into_owned();
        run(async move {
            let known = rejected::Entity::find_by_id((feed.clone(), entry));
            if known.one(&db).await?.is_some() {
                return Ok(());
            }
            let insert = Query::insert()
                .into_table(rejected::Entity)
                .columns([
                    rejected::Column::Feed,
                    rejected::Column::EntryId,
                    rejected::Column::RejectedAt,
                    rejected::Column::Why,
                ])
                .values_panic([
                    Expr::val(feed),
                    Expr::val(entry),
                    clock(Family::of(&db), Duration::ZERO),
                    Expr::val(why),
                ])
                .to_owned();
            db.execute(&insert).await.map(drop)
        })
        .await
    }
}

/// Runs statements to completion, so that a dropped feed leaves none half-sent on a connection of the pool.
pub(super) async fn run<R: Send + 'static>(
    statements: impl Future<Output = Result<R, DbErr>> + Send + 'static,
) -> Result<R, Error> {
    to_the_end(statements).await.map_err(missing)
}

pub(super) fn refused(feed: &str, problem: impl Into<String>) -> Error {
    Error::FeedRefused {
        feed: feed.to_owned(),
        problem: problem.into(),
    }
}

/// Converts an error of a statement on a feed table.
pub(super) fn missing(error: DbErr) -> Error {
    let tables = ["audit_feed", "audit_feed_log", "audit_feed_rejected"];
    if tables.iter().any(|table| is_missing(&error, table)) {
        return Error::FeedMissing(error.into());
    }
    error.into()
}

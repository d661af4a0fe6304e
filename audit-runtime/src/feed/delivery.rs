//! One step of a feed: takes the lease, reads settled entries, sends them to the sink, and moves the position.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use sea_orm::{DatabaseConnection, EntityTrait};
use tokio::{select, time::sleep};

use super::{
    Batch, Feed, Sink, SinkError, Step,
    log_id::last_id,
    position::{missing, refused},
    read::{self, Limits, Next},
    step::back_off,
    tables::log,
};
use crate::{Error, settled::Horizon};

impl<S: Sink> Feed<S> {
    /// Delivers the next batch, if this process has the lease and there is one.
    ///
    /// [`run`](Self::run) calls it in a loop. It neither waits nor retries.
    ///
    /// # Errors
    ///
    /// - [`Error::FeedRefused`]: the feed was not started, or the log has another id or ends before the position.
    /// - [`Error::FeedMissing`], [`Error::Standby`], or an error of the database.
    pub async fn step(&mut self, db: &DatabaseConnection) -> Result<Step, Error> {
        let Some((position, since)) = self.hold(db).await? else {
            return Ok(Step::Waiting);
        };
        let horizon = &mut self.state.horizon;
        if horizon.settled() < position {
            *horizon = Horizon::after(position).patience(self.gap_patience);
        }
        if horizon.settled() == position {
            horizon.look(db).await?;
        }
        let settled = horizon.settled();
        if settled <= position {
            let blockers = horizon.blockers().to_vec();
            self.state.held = Some((position, since));
            return Ok(Step::Idle { blockers });
        }
        let limits = Limits {
            entries: self.state.most,
            ..self.limits
        };
        let next = read::next(&self.worker.feed, position, settled, limits, db).await?;
        self.deliver(position, next, db).await
    }

    /// The position, if this process has the lease. It is taken out of the state until the step ends, so a step that is
    /// dropped or fails leaves no wrong position.
    async fn hold(&mut self, db: &DatabaseConnection) -> Result<Option<(i64, Instant)>, Error> {
        if let Some((position, since)) = self.state.held.take()
            && since.elapsed() < self.worker.lease / 3
        {
            return Ok(Some((position, since)));
        }
        let since = Instant::now();
        let Some(position) = self.worker.take(db).await? else {
            return Ok(None);
        };
        let log = log::Entity::find().one(db).await.map_err(missing)?;
        if log.is_none_or(|log| log.log_id != self.log) {
            let problem =
                "the log has another id now: make the feed and its format with feed::log_id";
            return Err(refused(&self.worker.feed, problem));
        }
        if position > 0 && last_id(db).await? < position {
            let problem = "the log ends before the feed's position, as after a restore: call feed::begin_epoch";
            return Err(refused(&self.worker.feed, problem));
        }
        Ok(Some((position, since)))
    }

    async fn deliver(
        &mut self,
        position: i64,
        next: Next,
        db: &DatabaseConnection,
    ) -> Result<Step, Error> {
        let batch = Batch::new(self.log, next.entries);
        let entries = batch.entries().len();
        let begun = Instant::now();
        let delivered = if entries == 0 {
            Some(Ok(()))
        } else {
            self.deliver_leased(&batch, db).await
        };
        match delivered {
            None => Ok(Step::LeaseLost),
            Some(Ok(())) => {
                let since = Instant::now();
                if !self.worker.advance(db, position, next.last).await? {
                    return Ok(Step::LeaseLost);
                }
                let state = &mut self.state;
                state.held = Some((next.last, since));
                state.failures = 0;
                state.rejected = None;
                if next.is_full && (entries as u64) < state.most {
                    // Twice as many as fit, so that few are read in vain.
                    state.most = 2 * entries as u64;
                } else if begun.elapsed() < self.patience / 4 {
                    state.most = (2 * state.most).min(self.limits.entries);
                }
                Ok(Step::Delivered {
                    entries,
                    position: next.last,
                    is_full: next.is_full,
                })
            }
            Some(Err(SinkError::Rejected { entry, why })) if is_in(&batch, entry) => {
                self.rejected(entry, why, db).await
            }
            Some(Err(error)) => {
                let why = error.to_string();
                if begun.elapsed() >= self.patience {
                    self.state.most = (entries as u64 / 2).max(1);
                }
                self.failed(why, db).await
            }
        }
    }

    /// Waits for the sink and renews the lease meanwhile. `None` if the lease was lost.
    async fn deliver_leased(
        &mut self,
        batch: &Batch,
        db: &DatabaseConnection,
    ) -> Option<Result<(), SinkError>> {
        let (worker, patience) = (&self.worker, self.patience);
        let mut delivery = pin!(self.sink.deliver(batch));
        let mut patience_ends = pin!(sleep(patience));
        loop {
            let kept = async {
                sleep((worker.lease / 3).max(Duration::from_millis(1))).await;
                worker.keep(db).await
            };
            select! {
                biased;
                delivered = delivery.as_mut() => return Some(delivered),
                () = patience_ends.as_mut() => {
                    let why = format!("the sink has not answered within {patience:?}");
                    return Some(Err(SinkError::failed(why)));
                }
                // An error is ignored: without the database, the position is not moved either.
                kept = kept => if let Ok(false) = kept {
                    return None;
                },
            }
        }
    }

    async fn rejected(
        &mut self,
        entry: i64,
        why: String,
        db: &DatabaseConnection,
    ) -> Result<Step, Error> {
        let times = match self.state.rejected {
            Some((known, times)) if known == entry => times + 1,
            _ => 1,
        };
        if times < TRIES {
            self.state.rejected = Some((entry, times));
            return self
                .failed(format!("entry {entry} was rejected: {why}"), db)
                .await;
        }
        self.worker.set_aside(db, entry, &why).await?;
        self.state.rejected = None;
        tracing::error!(
            feed = self.worker.feed,
            entry,
            why,
            "a feed set an entry aside"
        );
        Ok(Step::SetAside { entry, why })
    }

    async fn failed(&mut self, why: String, db: &DatabaseConnection) -> Result<Step, Error> {
        tracing::warn!(feed = self.worker.feed, why, "a feed could not deliver");
        let pause = self.pause_after_failure();
        self.worker.fail(db, &why).await?;
        Ok(Step::Failed { why, pause })
    }

    pub(super) fn pause_after_failure(&mut self) -> Duration {
        self.state.failures = self.state.failures.saturating_add(1);
        back_off(self.state.failures, self.id)
    }
}

fn is_in(batch: &Batch, entry: i64) -> bool {
    batch.entries().iter().any(|known| known.id == entry)
}

/// How often a sink rejects an entry before it is set aside.
const TRIES: u32 = 3;

//! One row per write, by as many callers as the cell has connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use sea_orm::{DbBackend, DbErr};

use crate::{
    cell::Cell,
    contenders::{Contender, Operation, Write},
    delay,
    figures::Figures,
    pool::connect,
    proxy::{server, through},
    settings,
    stage::{Side, on_stage},
    tables::{self, ROWS, Table},
};

/// The duration of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub rounds: usize,
    /// The duration of one round of the plain contender. The others make as many writes.
    pub seconds: f64,
}

impl Pace {
    pub const FULL: Self = Self {
        rounds: 5,
        seconds: 0.4,
    };
    pub const QUICK: Self = Self {
        rounds: 3,
        seconds: 0.1,
    };
}

/// Writes per connection before the measurement, so that statements are prepared and their plans are final.
const WARM_UP: usize = 20;

pub fn measure<E: Table>(
    backend: DbBackend,
    contenders: &'static [Contender],
    cell: &Cell,
    pace: Pace,
) -> Result<Vec<Figures>, DbErr> {
    let connect = async |url: String| {
        if cell.delay.is_zero() {
            return connect(&url, cell).await;
        }
        let longer = delay::start(server(&url), cell.delay);
        connect(&through(&url, longer), cell).await
    };
    on_stage::<E, _>(backend, contenders, connect, async |sides| {
        for side in sides {
            settings::check(&side.db, cell).await;
        }
        let mut course = Course {
            sides,
            callers: cell.connections,
            writes: 0,
            warm_up: WARM_UP
                * if backend == DbBackend::Sqlite {
                    1
                } else {
                    cell.connections
                },
            update: 0,
            insert: ROWS,
        };
        let updates = course.updates::<E>(pace).await;
        let (inserts, deletes) = course.inserts_and_deletes::<E>(pace).await;
        let figures = |operation: Operation, speeds| Figures {
            backend,
            operation: operation.name(),
            cell: *cell,
            contenders,
            speeds,
        };
        vec![
            figures(Operation::Update, updates),
            figures(Operation::Insert, inserts),
            figures(Operation::Delete, deletes),
        ]
    })
}

struct Course<'a> {
    sides: &'a [Side],
    callers: usize,
    /// The writes of every side in each round.
    writes: usize,
    warm_up: usize,
    update: usize,
    insert: usize,
}

/// The rounds that do not count: the warm-up, and one that determines the number of writes.
const TRIALS: usize = 2;

impl Course<'_> {
    async fn updates<E: Table>(&mut self, pace: Pace) -> Vec<Vec<f64>> {
        let mut rounds = Vec::new();
        self.writes = self.warm_up;
        for round in 0..TRIALS + pace.rounds {
            let writes: Arc<[_]> = (self.update..self.update + self.writes)
                .map(|turn| Write {
                    operation: Operation::Update,
                    id: tables::id(turn),
                    turn,
                })
                .collect();
            self.update += self.writes;
            let speeds = self.race::<E>(round, |_| writes.clone()).await;
            self.keep(round, pace, speeds, &mut rounds);
        }
        for side in self.sides {
            side.check_entries("UPDATE", self.update).await;
        }
        rounds
    }

    /// Each round deletes the rows that it inserted.
    async fn inserts_and_deletes<E: Table>(
        &mut self,
        pace: Pace,
    ) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let (mut inserts, mut deletes) = (Vec::new(), Vec::new());
        self.writes = self.warm_up;
        for round in 0..TRIALS + pace.rounds {
            let writes: Arc<[_]> = (self.insert..self.insert + self.writes)
                .map(|turn| Write {
                    operation: Operation::Insert,
                    id: 0,
                    turn,
                })
                .collect();
            self.insert += self.writes;
            let inserted = self.race::<E>(round, |_| writes.clone()).await;

            let mut rows = Vec::new();
            for side in self.sides {
                let ids = side.inserted::<E>().await;
                assert_eq!(ids.len(), self.writes, "rows of {}", side.contender.name());
                rows.push(ids);
            }
            let deleted = self
                .race::<E>(round, |side| {
                    rows[side]
                        .iter()
                        .map(|&id| Write {
                            operation: Operation::Delete,
                            id,
                            turn: 0,
                        })
                        .collect()
                })
                .await;
            if round >= TRIALS {
                deletes.push(deleted);
            }
            self.keep(round, pace, inserted, &mut inserts);
        }
        let written = self.insert - ROWS;
        for side in self.sides {
            side.check_entries("CREATE", written).await;
            side.check_entries("DELETE", written).await;
        }
        (inserts, deletes)
    }

    fn keep(&mut self, round: usize, pace: Pace, speeds: Vec<f64>, rounds: &mut Vec<Vec<f64>>) {
        if round >= TRIALS {
            rounds.push(speeds);
        } else if round == TRIALS - 1 {
            let writes = (speeds[0] * pace.seconds) as usize;
            self.writes = writes.max(4 * self.callers);
        }
    }

    /// Runs each side in turn, in a different order each round. Returns the writes per second of each.
    async fn race<E: Table>(
        &self,
        round: usize,
        writes: impl Fn(usize) -> Arc<[Write]>,
    ) -> Vec<f64> {
        let mut speeds = vec![0.0; self.sides.len()];
        for place in 0..self.sides.len() {
            let number = (round + place) % self.sides.len();
            speeds[number] = run::<E>(&self.sides[number], self.callers, writes(number)).await;
        }
        speeds
    }
}

async fn run<E: Table>(side: &Side, callers: usize, writes: Arc<[Write]>) -> f64 {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let (contender, db) = (side.contender, side.db.clone());
            let (writes, next) = (writes.clone(), next.clone());
            tokio::spawn(async move {
                while let Some(&write) = writes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    contender.write::<E>(&db, write).await.expect("a write");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("a caller that does not panic");
    }
    writes.len() as f64 / started.elapsed().as_secs_f64()
}

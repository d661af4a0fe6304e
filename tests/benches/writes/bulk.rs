//! Writes of ten thousand rows at once.

use std::{
    iter::zip,
    time::{Duration, Instant},
};

use sea_orm::{DbBackend, DbErr};

use crate::{
    cell::Cell,
    contenders::{Contender, Operation},
    figures::Figures,
    pool::connect,
    stage::on_stage,
    tables::{ROWS, narrow::Entity},
};

/// Each round changes the initial rows, inserts as many, and deletes those.
pub fn measure(
    backend: DbBackend,
    contenders: &'static [Contender],
    operations: &[Operation],
    warm_up: usize,
    rounds: usize,
) -> Result<Vec<Figures>, DbErr> {
    let cell = Cell::new(Duration::ZERO, 1);
    let connect = async |url: String| connect(&url, &cell).await;
    on_stage::<Entity, _>(backend, contenders, connect, async |sides| {
        let mut speeds = vec![Vec::new(); operations.len()];
        for round in 0..warm_up + rounds {
            for (operation, speeds) in zip(operations, &mut speeds) {
                let mut measured = vec![0.0; sides.len()];
                for place in 0..sides.len() {
                    let number = (round + place) % sides.len();
                    let side = &sides[number];
                    let started = Instant::now();
                    side.contender
                        .write_many::<Entity>(&side.db, *operation, round)
                        .await
                        .expect("ten thousand writes");
                    measured[number] = ROWS as f64 / started.elapsed().as_secs_f64();
                }
                if round >= warm_up {
                    speeds.push(measured);
                }
            }
        }
        for side in sides {
            for operation in operations {
                side.check_entries(operation.action(), (warm_up + rounds) * ROWS)
                    .await;
            }
        }
        zip(operations, speeds)
            .map(|(operation, speeds)| Figures {
                backend,
                operation: operation.name_of_many(),
                cell,
                contenders,
                speeds,
            })
            .collect()
    })
}

//! The cost of an audit: the same writes by plain SeaORM, by hand, by a trigger and by this library, side by side.
//!
//! ```sh
//! cargo bench -p audit-tests --bench writes -- --json FILE
//! ```
//!
//! Each contender has its own database, with the same table of 10,000 rows, the same log and the same indexes. They
//! take turns in rounds of equally many writes, in a different order each round. Each ratio is of one round. The round
//! trips of each write, and its entries, are counted and asserted.
//!
//! With `--guard` there are two contenders: this library on a table without a guard, and on one that has a guard.
//!
//! The JSON is `{"postgres":{"update":{"0ms/8":{"plain":1.0,"hand":0.5}}}}`: backend, operation, cell, contender, and
//! the median of its throughput relative to the first contender, which is plain without `--guard`. A cell is the delay
//! added each way and the number of connections, and then every unusual setting: `30_columns` (usual: 8),
//! `synchronous_commit_off`, `test_before_acquire_off`. The operations on 10,000 rows at once are `update_many`,
//! `insert_many`, `delete_many`.

mod arguments;
#[path = "../../it/backend.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the rest is for scenarios"
)]
mod backend;
mod bulk;
mod cell;
mod contenders;
mod delay;
mod figures;
mod pool;
#[path = "../../it/faults/proxy.rs"]
#[allow(dead_code, reason = "nothing is cut here")]
mod proxy;
mod round_trips;
mod settings;
mod singles;
mod stage;
mod tables;

use std::{env, process::ExitCode};

use sea_orm::{DbBackend, DbErr};

use arguments::Arguments;
use cell::{Cell, DELAY};
use contenders::{Contender, Operation};
use figures::Figures;
use singles::Pace;
use tables::{narrow, wide};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{}", arguments::USAGE);
            return ExitCode::FAILURE;
        }
    };
    println!(
        "a round trip over the line of {DELAY:?} each way takes {:?}",
        delay::round_trip(DELAY)
    );
    let mut figures = Vec::new();
    for backend in [DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite] {
        if arguments.backend.is_some_and(|only| only != backend) {
            continue;
        }
        if let Err(error) = measure(backend, &arguments, &mut figures) {
            println!("NOT RUN: {backend:?} is not reachable: {error}");
        }
        // After each backend, so that an interrupted run keeps its results.
        if let Some(file) = &arguments.json
            && let Err(error) = figures::write_json(&figures, file)
        {
            eprintln!("cannot write {}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    }
    if let Some(file) = &arguments.json {
        println!("\nwritten to {}", file.display());
    }
    ExitCode::SUCCESS
}

fn measure(
    backend: DbBackend,
    arguments: &Arguments,
    figures: &mut Vec<Figures>,
) -> Result<(), DbErr> {
    println!("\n{}", figures::backend_name(backend));
    settings::print(backend)?;
    let contenders = Contender::all(backend, arguments.floor, arguments.guard);
    round_trips::check::<narrow::Entity>(backend, contenders)?;
    if !arguments.quick {
        round_trips::check::<wide::Entity>(backend, contenders)?;
    }

    println!();
    figures::print_header(contenders);
    let pace = if arguments.quick {
        Pace::QUICK
    } else {
        Pace::FULL
    };
    for cell in cells(backend, arguments) {
        let measured = if cell.wide {
            singles::measure::<wide::Entity>(backend, contenders, &cell, pace)?
        } else {
            singles::measure::<narrow::Entity>(backend, contenders, &cell, pace)?
        };
        keep(measured, figures);
    }
    if arguments.cell.is_none() {
        let (operations, warm_up, rounds): (&[_], _, _) = if arguments.quick {
            (&[Operation::Update], 0, 1)
        } else {
            (&Operation::ALL, 1, 3)
        };
        keep(
            bulk::measure(backend, contenders, operations, warm_up, rounds)?,
            figures,
        );
    }
    Ok(())
}

fn cells(backend: DbBackend, arguments: &Arguments) -> Vec<Cell> {
    match &arguments.cell {
        Some(key) => Cell::all(backend)
            .into_iter()
            .filter(|cell| cell.to_string() == *key)
            .collect(),
        None if arguments.many => Vec::new(),
        None if arguments.quick => Cell::quick(backend),
        None => Cell::all(backend),
    }
}

fn keep(measured: Vec<Figures>, figures: &mut Vec<Figures>) {
    for measured in measured {
        measured.print();
        figures.push(measured);
    }
}

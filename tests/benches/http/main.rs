//! The cost of an audit for a service: the same update over HTTP with it and without, side by side.
//!
//! ```sh
//! cargo bench -p audit-tests --bench http -- --json FILE
//! ```
//!
//! `plain` sets a role by plain SeaORM. `layered` does the same behind an `AuditLayer`, with the context from the
//! request and the patch from the body. `audited` writes with them. Each has the same 10,000 rows, and its own pool and
//! server. They take turns in rounds, in a different order each round. Each ratio is of one round. The entries of each
//! are counted and asserted. Client and server share the machine.
//!
//! Then the trail is read: the worst page, a page of one entry compared with one of 200, and the worst page while
//! others write. `--reading` measures only that.
//!
//! The JSON is `{"postgres":{"16":{"layered":1.0,"audited":0.5}}}`: backend, connections, contender, and the median of
//! its requests per second relative to plain. `reading` contains the cost of pages, and ratios.

#[path = "../../it/backend.rs"]
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the rest is for scenarios"
)]
mod backend;
mod client;
mod figures;
mod reading;
mod service;

use std::{env, fs, iter, process::ExitCode};

use sea_orm::DbBackend;
use serde_json::{Map, Value as Json};

use backend::Database;
use figures::{Figures, Round};
use service::{Contender, Service};

const USAGE: &str =
    "usage: http [--quick] [--backend postgres|mysql|sqlite] [--reading] [--json FILE]";

/// The number of requests of a contender in a round over many connections, and the number of rounds.
#[derive(Clone, Copy)]
struct Pace {
    requests: usize,
    rounds: usize,
}

struct Arguments {
    pace: Pace,
    backends: Vec<DbBackend>,
    reads_alone: bool,
    file: Option<String>,
}

impl Pace {
    /// A single connection waits for each commit.
    fn requests(self, connections: usize) -> usize {
        if connections == 1 {
            self.requests / 4
        } else {
            self.requests
        }
    }
}

fn main() -> ExitCode {
    let Arguments {
        pace,
        backends,
        reads_alone,
        file,
    } = match parse(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let mut figures = Map::new();
    for backend in backends {
        let mut cells = Map::new();
        backend::run(backend, async |database: &Database| {
            println!("\n{backend:?}");
            service::fill(&database.db).await;
            figures::print_settings(&database.db).await;
            let writes = if reads_alone { [].as_slice() } else { &[1, 16] };
            for &connections in writes {
                let measured = measure(database, connections, pace).await;
                measured.print();
                cells.insert(connections.to_string(), measured.to_json());
            }
            reading::fill(database).await;
            let read = reading::measure(database, pace.rounds, pace.requests).await;
            cells.insert("reading".to_owned(), read);
        });
        figures.insert(format!("{backend:?}").to_lowercase(), cells.into());
    }
    let json = Json::Object(figures);
    if let Some(file) = file
        && let Err(error) = fs::write(&file, format!("{json:#}\n"))
    {
        eprintln!("cannot write {file}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn measure(database: &Database, connections: usize, pace: Pace) -> Figures {
    let mut services = Vec::new();
    for contender in Contender::ALL {
        services.push(Service::start(contender, database, connections).await);
    }
    let mut figures = Figures::of(connections);
    // The first round is a warm-up.
    for round in 0..=pace.rounds {
        let mut measured = iter::repeat_n(Round::default(), services.len()).collect::<Vec<_>>();
        for turn in 0..services.len() {
            let at = (turn + round) % services.len();
            measured[at] = services[at]
                .round(connections, pace.requests(connections))
                .await;
        }
        if round > 0 {
            figures.add(measured);
        }
    }
    figures
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut parsed = Arguments {
        pace: Pace {
            requests: 2400,
            rounds: 11,
        },
        backends: vec![DbBackend::Postgres, DbBackend::MySql, DbBackend::Sqlite],
        reads_alone: false,
        file: None,
    };
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--quick" => {
                parsed.pace = Pace {
                    requests: 200,
                    rounds: 3,
                }
            }
            "--backend" => {
                parsed.backends = match arguments.next().as_deref() {
                    Some("postgres") => vec![DbBackend::Postgres],
                    Some("mysql") => vec![DbBackend::MySql],
                    Some("sqlite") => vec![DbBackend::Sqlite],
                    _ => return Err("--backend is postgres, mysql or sqlite".to_owned()),
                }
            }
            "--reading" => parsed.reads_alone = true,
            "--json" => parsed.file = Some(arguments.next().ok_or("--json needs a file")?),
            // An argument that cargo adds.
            "--bench" => {}
            unknown => return Err(format!("unknown argument {unknown}")),
        }
    }
    Ok(parsed)
}

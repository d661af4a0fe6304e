//! The measurements, and the settings that they depend on.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde_json::{Map, Value as Json};

use crate::service::Contender;

/// One turn of a contender.
#[derive(Clone, Copy, Debug, Default)]
pub struct Round {
    pub requests: usize,
    pub elapsed: Duration,
    /// The part of the requests' time that the handlers spent in the database.
    pub writing: Duration,
    /// The total time of all requests, as their clients saw it.
    pub waiting: Duration,
}

/// The rounds of one cell: one turn for each of [`Contender::ALL`].
pub struct Figures {
    connections: usize,
    rounds: Vec<Vec<Round>>,
}

impl Figures {
    pub fn of(connections: usize) -> Self {
        let rounds = Vec::new();
        Self {
            connections,
            rounds,
        }
    }

    pub fn add(&mut self, round: Vec<Round>) {
        self.rounds.push(round);
    }

    pub fn print(&self) {
        println!("  connections {}", self.connections);
        println!(
            "    {:9} {:>10} {:>14} {:>14}   relative to plain",
            "", "requests/s", "a request", "of it a write"
        );
        for (at, contender) in Contender::ALL.iter().enumerate() {
            let median_of = |figure: &dyn Fn(&Round) -> f64| {
                median(self.rounds.iter().map(|round| figure(&round[at])).collect())
            };
            let ratios = self.ratios(at);
            println!(
                "    {:9} {:>10.0} {:>12.0}us {:>12.0}us   {:.3} ({:.3} to {:.3})",
                contender.name(),
                median_of(&throughput),
                median_of(&|round| micros(round.waiting, round.requests)),
                median_of(&|round| micros(round.writing, round.requests)),
                median(ratios.clone()),
                ratios.iter().copied().fold(f64::INFINITY, f64::min),
                ratios.iter().copied().fold(0.0, f64::max),
            );
        }
    }

    pub fn to_json(&self) -> Json {
        let contenders = Contender::ALL.iter().enumerate().skip(1);
        let ratios = contenders.map(|(at, contender)| {
            let ratio = (median(self.ratios(at)) * 1000.0).round() / 1000.0;
            (contender.name().to_owned(), ratio.into())
        });
        Json::Object(ratios.collect::<Map<_, _>>())
    }

    fn ratios(&self, at: usize) -> Vec<f64> {
        let rounds = self.rounds.iter();
        rounds
            .map(|round| throughput(&round[at]) / throughput(&round[0]))
            .collect()
    }
}

fn throughput(round: &Round) -> f64 {
    round.requests as f64 / round.elapsed.as_secs_f64()
}

pub fn micros(time: Duration, requests: usize) -> f64 {
    time.as_secs_f64() * 1e6 / requests as f64
}

pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Prints how much the server does before it confirms a commit.
pub async fn print_settings(db: &DatabaseConnection) {
    let questions: &[(&str, &str)] = match db.get_database_backend() {
        DbBackend::Postgres => &[
            ("version", "SHOW server_version"),
            ("synchronous_commit", "SHOW synchronous_commit"),
            ("fsync", "SHOW fsync"),
        ],
        DbBackend::MySql => &[
            ("version", "SELECT @@version"),
            (
                "innodb_flush_log_at_trx_commit",
                "SELECT CAST(@@innodb_flush_log_at_trx_commit AS CHAR)",
            ),
        ],
        _ => &[
            ("version", "SELECT sqlite_version()"),
            (
                "journal_mode",
                "SELECT journal_mode FROM pragma_journal_mode",
            ),
            (
                "synchronous",
                "SELECT CAST(synchronous AS text) FROM pragma_synchronous",
            ),
        ],
    };
    for (name, question) in questions {
        let statement = Statement::from_string(db.get_database_backend(), *question);
        let row = db.query_one_raw(statement).await.expect("an answer");
        let value: String = row.expect("a row").try_get_by_index(0).expect("a text");
        println!("  {name} {value}");
    }
}

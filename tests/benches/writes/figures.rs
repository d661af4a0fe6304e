//! The measurements, as a table and as JSON.

use std::path::Path;

use sea_orm::DbBackend;
use serde_json::{Map, Value as Json};

use crate::{cell::Cell, contenders::Contender};

pub struct Figures {
    pub backend: DbBackend,
    pub operation: &'static str,
    pub cell: Cell,
    pub contenders: &'static [Contender],
    /// Rows per second, by round and contender.
    pub speeds: Vec<Vec<f64>>,
}

/// The spread over all rounds.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            (values[middle - 1] + values[middle]) / 2.0
        };
        Self {
            median,
            least: values[0],
            most: values[values.len() - 1],
        }
    }
}

pub fn print_header(contenders: &[Contender]) {
    print!("  {:52} {:>8}", "", format!("{}/s", contenders[0].name()));
    for contender in &contenders[1..] {
        print!(" {:>17}", contender.name());
    }
    match by_hand(contenders) {
        Some(_) => println!("   ours by hand's"),
        None => println!(),
    }
}

/// The audit by hand, with which this library is compared as well.
fn by_hand(contenders: &[Contender]) -> Option<usize> {
    contenders
        .iter()
        .position(|contender| *contender == Contender::Hand)
}

impl Figures {
    pub fn print(&self) {
        let first = Spread::of(self.speeds.iter().map(|round| round[0]).collect());
        let name = format!("{} {}", self.operation, self.cell);
        print!("  {name:52} {:8.0}", first.median);
        for number in 1..self.contenders.len() {
            let Spread {
                median,
                least,
                most,
            } = self.ratio(number, 0);
            print!(" {median:5.2} ({least:.2}–{most:.2})");
        }
        match by_hand(self.contenders) {
            Some(hand) => {
                let ours = self.contenders.len() - 1;
                println!("   {:.2}", self.ratio(ours, hand).median);
            }
            None => println!(),
        }
    }

    /// The speed of one contender relative to another's in the same round.
    fn ratio(&self, number: usize, other: usize) -> Spread {
        Spread::of(
            self.speeds
                .iter()
                .map(|round| round[number] / round[other])
                .collect(),
        )
    }
}

/// `{"postgres":{"update":{"0ms/8":{"plain":1.0,"hand":0.5}}}}`: medians of the throughput relative to the first contender.
pub fn to_json(all: &[Figures]) -> Json {
    let mut backends = Map::new();
    for figures in all {
        let operations = object(&mut backends, backend_name(figures.backend));
        let cells = object(operations, figures.operation);
        let ratios = object(cells, &figures.cell.to_string());
        for (number, contender) in figures.contenders.iter().enumerate() {
            let ratio = figures.ratio(number, 0).median;
            ratios.insert(
                contender.name().to_owned(),
                // Rounded, because further digits have no meaning.
                Json::from((ratio * 10_000.0).round() / 10_000.0),
            );
        }
    }
    Json::Object(backends)
}

pub fn write_json(all: &[Figures], file: &Path) -> std::io::Result<()> {
    std::fs::write(file, format!("{:#}\n", to_json(all)))
}

fn object<'a>(parent: &'a mut Map<String, Json>, key: &str) -> &'a mut Map<String, Json> {
    parent
        .entry(key)
        .or_insert_with(|| Json::Object(Map::new()))
        .as_object_mut()
        .expect("it was made as one")
}

pub fn backend_name(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "postgres",
        DbBackend::MySql => "mysql",
        _ => "sqlite",
    }
}

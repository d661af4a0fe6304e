//! The values of arguments: formats, databases, limits, codes and positions.

use clap::{Args, ValueEnum};

use crate::{
    replay::Position,
    schema::{Dialect, doctor::Code},
};

#[derive(Clone, Copy, Debug, Args)]
pub(in crate::cli) struct Limit {
    /// At most so many; 0 for all
    #[arg(short = 'n', long, default_value_t = 50, value_name = "COUNT")]
    pub(in crate::cli) limit: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OutputFormat {
    /// Sentences
    Text,
    /// JSON, an entry a line
    Jsonl,
    /// For spreadsheets
    Csv,
    /// The Open Cybersecurity Schema Framework
    Ocsf,
    /// CloudEvents 1.0
    Cloudevents,
    /// RFC 5424
    Syslog,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Product {
    Postgres,
    Mysql,
    Mariadb,
    Sqlite,
}

impl From<Product> for Dialect {
    fn from(product: Product) -> Self {
        match product {
            Product::Postgres => Self::Postgres,
            Product::Mysql => Self::MySql,
            Product::Mariadb => Self::MariaDb,
            Product::Sqlite => Self::Sqlite,
        }
    }
}

pub(super) fn code(text: &str) -> Result<Code, String> {
    let known = || Code::ALL.iter().copied();
    known()
        .find(|code| code.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            let codes: Vec<_> = known().map(Code::as_str).collect();
            format!("the codes are {}", codes.join(", "))
        })
}

pub(super) fn part(text: &str) -> Result<f64, String> {
    let part = text.parse().ok().filter(|part| *part > 0.0 && *part <= 1.0);
    part.ok_or_else(|| "write a part of 1, such as 0.5".to_owned())
}

pub(super) fn position(text: &str) -> Result<Position, String> {
    serde_json::from_str(text).map_err(|_| "give what the earlier replay said".to_owned())
}

//! The command line.

use std::path::{Path, PathBuf};

use sea_orm::DbBackend;

use crate::cell::Cell;

pub const USAGE: &str = "\
cargo bench -p audit-tests --bench writes -- [OPTIONS]

    --quick           the main figures, roughly, in under a minute
    --backend NAME    sqlite, postgres or mysql alone
    --cell KEY        this cell alone, such as 0ms/8 or 0.5ms/1/30_columns; and nothing of many rows
    --many            10,000 rows at once alone
    --floor           on PostgreSQL one more contender: the least that change and entry can cost
    --guard           what a guard on the table costs: this library without one and with one, and no other contender
    --json FILE       writes the ratios there; a relative FILE is under the workspace's root";

pub struct Arguments {
    pub quick: bool,
    pub backend: Option<DbBackend>,
    pub cell: Option<String>,
    pub many: bool,
    pub floor: bool,
    pub guard: bool,
    pub json: Option<PathBuf>,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            quick: false,
            backend: None,
            cell: None,
            many: false,
            floor: false,
            guard: false,
            json: None,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--quick" => arguments.quick = true,
                "--backend" => arguments.backend = Some(backend(words.next())?),
                "--cell" => arguments.cell = Some(cell(words.next())?),
                "--many" => arguments.many = true,
                "--floor" => arguments.floor = true,
                "--guard" => arguments.guard = true,
                "--json" => {
                    let file = words.next().ok_or("--json needs a file")?;
                    // Cargo runs a bench in the folder of its package, and not in the folder from which it was called.
                    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
                    arguments.json = Some(workspace.join(file));
                }
                // An argument that cargo passes to every bench.
                "--bench" => {}
                other => return Err(format!("`{other}` is not an option")),
            }
        }
        Ok(arguments)
    }
}

fn backend(word: Option<String>) -> Result<DbBackend, String> {
    match word.as_deref() {
        Some("sqlite") => Ok(DbBackend::Sqlite),
        Some("postgres") => Ok(DbBackend::Postgres),
        Some("mysql") => Ok(DbBackend::MySql),
        Some(other) => Err(format!(
            "`{other}` is not a backend: sqlite, postgres or mysql"
        )),
        None => Err("--backend needs a name: sqlite, postgres or mysql".to_owned()),
    }
}

fn cell(word: Option<String>) -> Result<String, String> {
    let cells = Cell::all(DbBackend::Postgres).into_iter();
    let keys: Vec<_> = cells.map(|cell| cell.to_string()).collect();
    match word {
        Some(word) if keys.contains(&word) => Ok(word),
        _ => Err(format!("--cell needs one of {}", keys.join(", "))),
    }
}

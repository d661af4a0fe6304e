//! CSV for spreadsheets.

use std::iter;

use sea_orm::prelude::Uuid;

use super::Format;
use crate::{
    Entry,
    export::{COLUMNS, cells, record, without_formula},
};

/// CSV (RFC 4180) with a header. `changes` and `metadata` are JSON. An absent value is an empty cell.
///
/// A spreadsheet treats a cell as a formula if it begins with `=`, `+`, `-`, `@`, a tab or a carriage return. Such a
/// cell gets a leading `'`.
#[derive(Clone, Debug)]
pub struct Csv {
    log: Uuid,
    is_raw: bool,
}

impl Csv {
    /// Creates the format for entries of this log.
    pub fn new(log: Uuid) -> Self {
        Self { log, is_raw: false }
    }

    /// Writes values unchanged, also those that a spreadsheet treats as a formula.
    #[must_use]
    pub fn raw(self) -> Self {
        Self {
            is_raw: true,
            ..self
        }
    }
}

impl Format for Csv {
    fn header(&self) -> Option<String> {
        let columns = iter::once("log").chain(COLUMNS);
        Some(record(columns.map(str::to_owned)))
    }

    fn line(&self, entry: &Entry) -> String {
        let cells = iter::once(self.log.to_string()).chain(cells(entry));
        match self.is_raw {
            true => record(cells),
            false => record(cells.map(without_formula)),
        }
    }

    fn media_type(&self) -> &'static str {
        "text/csv"
    }
}

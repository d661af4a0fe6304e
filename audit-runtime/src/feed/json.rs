//! JSON lines: a serialized entry on one line.

use sea_orm::prelude::Uuid;
use serde::Serialize;

use super::Format;
use crate::{Entry, export::escaped};

/// The JSON Schema of a line of [`JsonLines`]. Later versions only add optional properties.
pub const ENTRY_SCHEMA: &str = include_str!("../../schemas/entry.v1.json");
/// The id of that schema.
pub(super) const ENTRY_SCHEMA_URI: &str = "urn:audit-runtime:entry:v1";

/// The serialized [`Entry`] and its log, one per line, as described by [`ENTRY_SCHEMA`].
///
/// Control characters, line separators and characters that change the direction of writing are escaped, so that a line
/// is safe to show on a terminal.
#[derive(Clone, Debug)]
pub struct JsonLines {
    log: Uuid,
}

impl JsonLines {
    /// Creates the format for entries of this log.
    pub fn new(log: Uuid) -> Self {
        Self { log }
    }

    pub(super) fn log(&self) -> Uuid {
        self.log
    }

    pub(super) fn value<'a>(&'a self, entry: &'a Entry) -> impl Serialize + 'a {
        let log = &self.log;
        Line { log, entry }
    }
}

impl Format for JsonLines {
    fn line(&self, entry: &Entry) -> String {
        let mut line = escaped(&self.value(entry));
        line.push('\n');
        line
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }
}

#[derive(Serialize)]
struct Line<'a> {
    log: &'a Uuid,
    #[serde(flatten)]
    entry: &'a Entry,
}

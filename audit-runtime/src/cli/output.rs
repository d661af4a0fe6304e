//! The standard output: sentences for people, lines for programs.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use anstyle::{AnsiColor, Style};
use chrono::SecondsFormat;
use serde::Serialize;
use uuid::Uuid;

use super::arguments::OutputFormat;
use crate::{
    Entry, Outcome, PastValue,
    feed::{CloudEvents, Csv, Format, JsonLines, Ocsf, Syslog},
};

const FAINT: Style = Style::new().dimmed();
const ALERT: Style = AnsiColor::Red.on_default();

/// The destination and the format of results.
pub(super) struct Output {
    to: Box<dyn Write>,
    /// `None` writes sentences.
    format: Option<Box<dyn Format>>,
}

impl Output {
    /// The standard output. Without a format, a terminal gets sentences and a program gets JSON lines.
    pub(super) fn standard(format: Option<OutputFormat>, log: Uuid) -> Self {
        let default = if io::stdout().is_terminal() {
            OutputFormat::Text
        } else {
            OutputFormat::Jsonl
        };
        Self {
            to: Box::new(io::BufWriter::new(anstream::stdout())),
            format: formatter(format.unwrap_or(default), log),
        }
    }

    pub(super) fn file(to: impl Write + 'static, format: OutputFormat, log: Uuid) -> Self {
        Self {
            to: Box::new(anstream::StripStream::new(
                Box::new(io::BufWriter::new(to)) as Box<dyn Write>
            )),
            format: formatter(format, log),
        }
    }

    /// Writes the header of the format, if it has one.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        match self.format.as_ref().and_then(|format| format.header()) {
            Some(header) => self.to.write_all(header.as_bytes()),
            None => Ok(()),
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        match &self.format {
            Some(format) => self.to.write_all(format.line(entry).as_bytes()),
            None => sentence(&mut self.to, entry),
        }
    }

    /// Writes a result other than an entry: text for people, JSON for programs.
    pub(super) fn result(&mut self, json: &impl Serialize, text: impl Display) -> io::Result<()> {
        match self.format {
            Some(_) => {
                serde_json::to_writer(&mut self.to, json)?;
                writeln!(self.to)
            }
            None => writeln!(self.to, "{text}"),
        }
    }

    /// Writes text unchanged.
    pub(super) fn text(&mut self, text: &[u8]) -> io::Result<()> {
        self.to.write_all(text)
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn formatter(format: OutputFormat, log: Uuid) -> Option<Box<dyn Format>> {
    Some(match format {
        OutputFormat::Text => return None,
        OutputFormat::Jsonl => Box::new(JsonLines::new(log)),
        OutputFormat::Csv => Box::new(Csv::new(log)),
        OutputFormat::Ocsf => Box::new(Ocsf::new(log, "audit", "audit-runtime")),
        OutputFormat::Cloudevents => Box::new(CloudEvents::new(log, "audit.runtime")),
        OutputFormat::Syslog => Box::new(Syslog::new(log)),
    })
}

/// Writes an entry as one line. Its sentence and values are escaped, so they cannot end the line or move the cursor.
fn sentence(to: &mut impl Write, entry: &Entry) -> io::Result<()> {
    let at = entry.timestamp.to_rfc3339_opts(SecondsFormat::Millis, true);
    let style = match (entry.outcome, &*entry.action) {
        (Outcome::Success, "DELETE") | (Outcome::Denied | Outcome::Failure, _) => ALERT,
        _ => Style::new(),
    };
    write!(
        to,
        "{FAINT}{at}  #{}{FAINT:#}  {style}{entry}{style:#}",
        entry.id
    )?;
    if let Some(ip) = &entry.source.ip {
        write!(to, "  {FAINT}from {ip}{FAINT:#}")?;
    }
    if let Some(reason) = &entry.reason {
        let reason = PastValue::Known(reason.as_str().into());
        write!(to, "  {FAINT}because {reason}{FAINT:#}")?;
    }
    writeln!(to)
}

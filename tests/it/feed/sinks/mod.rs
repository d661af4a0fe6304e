//! Deliveries to each sink, and the errors of the sinks.

mod amqp;
mod cut;
mod file;
mod jet_stream;
mod killed;
mod lines;
mod webhook;

use std::{
    env,
    io::{Write, stderr},
};

use audit_runtime::{
    Entry,
    feed::{Batch, Format},
};
use serde_json::json;

use super::{LOG, edited, entries, row};

/// One entry of each kind, and one with hostile texts.
fn batch() -> Batch {
    Batch::new(LOG, all())
}

fn all() -> Vec<Entry> {
    let hostile = "\r\n=cmd()]\"\\\0\u{1b}[31m\u{202e}\u{2028}\u{10ffff}";
    let mut entries = entries();
    entries.push(Entry::from(edited(row(), |row| {
        row.id = 48;
        row.tenant = Some("a.b.*.>".to_owned());
        row.entity_type = Some(hostile.to_owned());
        row.entity_id = Some(hostile.to_owned());
        row.reason = Some(hostile.to_owned());
        row.changes = Some(json!({ hostile: { "before": hostile, "after": "\\ud800" } }));
    })));
    entries
}

/// The message of each entry.
fn messages(format: &impl Format) -> Vec<String> {
    let entries = all();
    let lines = entries.iter().map(|entry| format.line(entry));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

fn uids() -> Vec<String> {
    let batch = batch();
    let entries = batch.entries().iter();
    entries.map(|entry| batch.uid(entry)).collect()
}

/// An entry with a text of this many bytes.
fn large(bytes: usize) -> Entry {
    Entry::from(edited(row(), |row| {
        row.id = 49;
        row.metadata = Some(json!({ "text": "x".repeat(bytes) }));
    }))
}

/// The address of a broker. Returns `None` and reports it if the broker is not reachable.
async fn broker(name: &str, variable: &str, address: &str) -> Option<String> {
    let url = env::var(variable).unwrap_or_else(|_| address.to_owned());
    let host = url.split("://").nth(1).unwrap();
    let host = host.split('/').next().unwrap();
    let host = host.rsplit('@').next().unwrap();
    match tokio::net::TcpStream::connect(host).await {
        Ok(_) => Some(url),
        Err(error) if env::var("CI").is_ok_and(|ci| ci == "true") => {
            panic!("{name} is not reachable: {error}")
        }
        Err(error) => {
            let _ = writeln!(stderr(), "NOT RUN: {name} is not reachable: {error}");
            None
        }
    }
}

//! The commands that read the log.

use std::{collections::BTreeMap, time::Duration};

use futures_util::TryStreamExt;
use sea_orm::DatabaseConnection;
use serde_json::{Map, Value as Json, json};
use tokio::time::sleep;

use super::{failure::Failure, note, output::Output, span::Span};
use crate::{Entry, History, Kind, encode::Encoded, export::escaped, settled::Horizon};

/// The pause before the log is read again.
const WAIT: Duration = Duration::from_secs(1);

/// Shows at most `limit` entries, or all if it is 0, and notes if there are more.
pub(super) async fn show(
    history: History,
    limit: u64,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut entries = history.stream(db);
    output.begin()?;
    let mut shown = 0;
    while let Some(entry) = entries.try_next().await? {
        if limit > 0 && shown == limit {
            output.flush()?;
            note(&format!(
                "there are more than {limit} entries: -n 0 shows all"
            ));
            break;
        }
        output.entry(&entry)?;
        shown += 1;
    }
    Ok(output.flush()?)
}

/// Shows the newest entries in the order of time, and with `follow` each new entry until it is interrupted.
///
/// It shows an entry only when all entries with a lower id are visible.
pub(super) async fn tail(
    history: History,
    lines: u64,
    follow: bool,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut horizon = Horizon::after(0);
    let settled = horizon.look(db).await?;
    let newest = history.clone().up_to_id(settled).newest_first();
    let mut entries = Vec::new();
    let mut stream = newest.stream(db);
    while (entries.len() as u64) < lines
        && let Some(entry) = stream.try_next().await?
    {
        entries.push(entry);
    }
    output.begin()?;
    for entry in entries.iter().rev() {
        output.entry(entry)?;
    }
    output.flush()?;
    if follow {
        return go_on(history, horizon, db, output).await;
    }
    Ok(())
}

/// Shows each new entry until it is interrupted.
async fn go_on(
    history: History,
    mut horizon: Horizon,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    loop {
        let shown = horizon.settled();
        let settled = horizon.look(db).await?;
        if settled == shown {
            sleep(WAIT).await;
            continue;
        }
        let coming = history.clone().after_id(shown).up_to_id(settled);
        let mut entries = coming.stream(db);
        while let Some(entry) = entries.try_next().await? {
            output.entry(&entry)?;
        }
        output.flush()?;
    }
}

/// Shows the row as it was at the end of the span, as far as its entries show: the entity is not known here.
pub(super) async fn state(
    history: History,
    at: Span,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut told = Told::default();
    let mut entries = history.stream(db);
    while let Some(entry) = entries.try_next().await? {
        told.hear(&entry, entry.timestamp > at.last());
    }
    let (json, text) = (told.json(), told.text());
    output.result(&json, text)?;
    Ok(output.flush()?)
}

/// The state of a row at a moment, derived from its entries.
#[derive(Default)]
struct Told {
    exists: Option<bool>,
    fields: BTreeMap<String, Encoded>,
}

impl Told {
    /// Applies the next entry: the values after an earlier one, and the values before a later one.
    fn hear(&mut self, entry: &Entry, is_later: bool) {
        if entry.kind != Kind::Change {
            return;
        }
        let exists = entry.action != if is_later { "CREATE" } else { "DELETE" };
        if is_later {
            self.exists.get_or_insert(exists);
        } else {
            self.exists = Some(exists);
        }
        for (field, change) in entry.changes.iter() {
            let field = field.to_owned();
            match (is_later, &change.before, &change.after) {
                (false, _, Some(after)) => {
                    self.fields.insert(field, after.clone());
                }
                (true, Some(before), _) => {
                    self.fields.entry(field).or_insert_with(|| before.clone());
                }
                _ => {}
            }
        }
    }

    fn json(&self) -> Json {
        let is_known = |value: &Encoded| value.json().is_some();
        let known = self.fields.iter().filter(|(_, value)| is_known(value));
        let known = known.map(|(field, value)| (field.clone(), json!(value.json())));
        let unknown = self.fields.iter().filter(|(_, value)| !is_known(value));
        let unknown = unknown.map(|(field, _)| field);
        match self.exists {
            Some(true) => json!({
                "exists": true,
                "known": known.collect::<Map<_, _>>(),
                "unknown": unknown.collect::<Vec<_>>(),
            }),
            exists => json!({ "exists": exists }),
        }
    }

    fn text(&self) -> String {
        let line = |(field, value): (&String, &Encoded)| {
            let value = match value.json() {
                Some(json) => escaped(&json),
                None => "unknown".to_owned(),
            };
            format!("{}: {value}", escaped(field).trim_matches('"'))
        };
        match self.exists {
            Some(true) => self.fields.iter().map(line).collect::<Vec<_>>().join("\n"),
            Some(false) => "it did not exist".to_owned(),
            None => "its entries do not tell".to_owned(),
        }
    }
}

//! The command `replay`: compares the log with the tables.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use sea_orm::DatabaseConnection;
use tokio::{signal, time::sleep};

use super::{failure::Failure, note, output::Output};
use crate::{
    replay::{Position, Replay},
    schema::Entities,
};

/// A replay of these types, or of all.
pub(super) fn of(
    entities: Entities,
    types: &[String],
    from: Option<Position>,
) -> Result<Replay, Failure> {
    if entities.iter().next().is_none() {
        return Err(Failure::no_entities());
    }
    let known: Vec<_> = entities.iter().map(|table| table.entity_type()).collect();
    if let Some(unknown) = types.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::wrong_arguments(format!(
            "no entity has the type {unknown:?}: the types are {}",
            known.join(", ")
        )));
    }
    let entities = match types {
        [] => entities,
        types => entities.of_types(types),
    };
    let replay = Replay::new(entities);
    match from {
        Some(position) => replay
            .resume(position)
            .map_err(|error| Failure::wrong_arguments(error.to_string())),
        None => Ok(replay),
    }
}

/// Reports each row that the log does not explain. Fails if there is one.
pub(super) async fn run(
    mut replay: Replay,
    pace: f64,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let progress = progress();
    let mut interrupt = std::pin::pin!(signal::ctrl_c());
    let mut found = 0_usize;
    let ended = loop {
        let begun = Instant::now();
        let page = tokio::select! {
            _ = &mut interrupt => break Err(Failure::interrupted()),
            page = replay.next(db) => page,
        };
        let page = match page {
            Ok(Some(page)) => page,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error.into()),
        };
        progress.suspend(|| {
            page.found
                .iter()
                .try_for_each(|row| output.result(row, row))
        })?;
        output.flush()?;
        found += page.found.len();
        progress.inc(page.rows);
        sleep(begun.elapsed().mul_f64(1.0 / pace - 1.0)).await;
    };
    let rows = progress.position();
    progress.finish_and_clear();
    if let (Err(_), Some(position)) = (&ended, replay.position()) {
        let position = serde_json::to_string(position).unwrap_or_default();
        note(&format!(
            "audit: to continue from here, give --from '{position}'"
        ));
    }
    ended?;
    note(&format!(
        "audit: {rows} rows compared, {found} not explained by the log"
    ));
    match found {
        0 => Ok(()),
        _ => Err(Failure::found()),
    }
}

/// On a terminal, rows done and their rate.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} rows  {per_sec}");
    let progress = ProgressBar::no_length();
    match style {
        Ok(style) => progress.with_style(style),
        Err(_) => progress,
    }
}

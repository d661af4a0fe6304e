//! Shows the progress of a long command, and stops it on an interrupt.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::{signal, task::JoinHandle};

use crate::retention::Retention;

/// Shows the progress, and stops after the current batch on an interrupt.
pub(super) fn watched(retention: Retention, progress: &ProgressBar) -> (Retention, JoinHandle<()>) {
    let is_interrupted = Arc::new(AtomicBool::new(false));
    let interrupt = tokio::spawn({
        let is_interrupted = is_interrupted.clone();
        async move {
            if signal::ctrl_c().await.is_ok() {
                is_interrupted.store(true, Ordering::Relaxed);
            }
        }
    });
    let progress = progress.clone();
    let retention = retention.after_batch(move |deleted| {
        progress.set_position(deleted);
        if is_interrupted.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    (retention, interrupt)
}

/// On a terminal, entries done, their rate and the time that remains.
pub(super) fn bar(entries: u64) -> ProgressBar {
    let form = "{bar:30} {human_pos}/{human_len}  {per_sec}  {eta} left";
    styled(ProgressBar::new(entries), form)
}

/// On a terminal, entries done and their rate.
#[cfg(feature = "archive")]
pub(super) fn spinner() -> ProgressBar {
    styled(ProgressBar::new_spinner(), "{human_pos} entries  {per_sec}")
}

fn styled(progress: ProgressBar, form: &str) -> ProgressBar {
    match ProgressStyle::with_template(form) {
        Ok(style) => progress.with_style(style),
        Err(_) => progress,
    }
}

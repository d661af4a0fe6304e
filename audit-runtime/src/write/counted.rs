//! The counters of the feature `metrics`. Without it, nothing is counted.

#[cfg(feature = "metrics")]
use metrics::counter;

use super::subject::{Ending, Subject};

#[cfg(feature = "metrics")]
pub(super) fn write(subject: &Subject, ending: Ending) {
    let entity_type = subject.entity_type.clone().unwrap_or_default();
    let action = subject.action.clone();
    match ending {
        Ending::Written => {
            counter!("audit_writes_total", "entity_type" => entity_type, "action" => action)
                .increment(1);
        }
        Ending::Unchanged => {
            counter!("audit_unchanged_total", "entity_type" => entity_type, "action" => action)
                .increment(1);
        }
        Ending::Refused(kind) => {
            counter!("audit_refusals_total", "entity_type" => entity_type, "action" => action, "kind" => kind)
                .increment(1);
        }
        Ending::Failed => {
            counter!("audit_failures_total", "entity_type" => entity_type, "action" => action)
                .increment(1);
        }
        Ending::Unknown => unknown_commit(),
        Ending::Interrupted => {}
    }
}

#[cfg(feature = "metrics")]
pub(super) fn unknown_commit() {
    counter!("audit_unknown_commits_total").increment(1);
}

#[cfg(feature = "metrics")]
pub(super) fn dropped_events(events: usize) {
    counter!("audit_events_dropped_total").increment(events as u64);
}

#[cfg(not(feature = "metrics"))]
pub(super) fn write(_: &Subject, _: Ending) {}

#[cfg(not(feature = "metrics"))]
pub(super) fn unknown_commit() {}

#[cfg(not(feature = "metrics"))]
pub(super) fn dropped_events(_: usize) {}

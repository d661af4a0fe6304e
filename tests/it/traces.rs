//! Records the `tracing` output of this thread.

use std::{
    io,
    mem::take,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use tracing::{
    Dispatch, Level,
    subscriber::{DefaultGuard, NoSubscriber},
};
use tracing_subscriber::fmt::format::FmtSpan;

/// With only one dispatcher, a thread without it disables for all threads the events that it is the first to emit.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// Records the output until it is dropped.
pub struct Traces {
    said: Said,
    _guard: DefaultGuard,
}

impl Traces {
    pub fn keep(level: Level) -> Self {
        Self::with(level, FmtSpan::NONE)
    }

    /// Also records the ends of spans.
    pub fn of_spans(level: Level) -> Self {
        Self::with(level, FmtSpan::CLOSE)
    }

    fn with(level: Level, spans: FmtSpan) -> Self {
        LazyLock::force(&SECOND);
        let said = Said::default();
        let writer = said.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_span_events(spans)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self {
            said,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// The output since the last call.
    pub fn take(&self) -> String {
        let mut said = self.said.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(take(&mut *said)).unwrap()
    }

    /// The plans since the last call, and their reasons.
    pub fn plans(&self) -> Vec<String> {
        let said = self.take();
        let plans = said.lines().filter_map(|line| {
            let (_, event) = line.split_once("audit_runtime::write::fused::plan: ")?;
            Some(event.split(" entity=").next().unwrap_or(event).to_owned())
        });
        plans.collect()
    }
}

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

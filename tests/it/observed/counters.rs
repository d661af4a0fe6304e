//! A recorder of the `metrics` facade that keeps the counts of this thread.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, LocalRecorderGuard, Metadata, Recorder,
    SharedString, Unit, set_default_local_recorder,
};

#[derive(Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counters {
    /// Counts until the guard is dropped.
    pub fn count(&self) -> LocalRecorderGuard<'_> {
        set_default_local_recorder(self)
    }

    /// Each counter with its labels, in order.
    pub fn all(&self) -> Vec<String> {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = counters.iter();
        all.map(|(name, count)| format!("{name}: {count}"))
            .collect()
    }
}

struct One(Counters, String);

impl CounterFn for One {
    fn increment(&self, value: u64) {
        let mut counters = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counters.entry(self.1.clone()).or_default() += value;
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key.labels();
        let mut labels: Vec<_> = labels
            .map(|label| format!(" {}={}", label.key(), label.value()))
            .collect();
        labels.sort();
        let name = format!("{}{}", key.name(), labels.concat());
        Counter::from_arc(Arc::new(One(self.clone(), name)))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

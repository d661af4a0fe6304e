//! The cache of statement texts, bounded for each kind of statement.
//!
//! The sender of a JSON patch chooses the set of columns, and each text takes about 8 kB.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use sea_orm::IdenStatic;

use super::rendered::Rendered;
use crate::{
    audited::{Audited, ColumnOf},
    write::target::Target,
};

/// The key of a text: everything it depends on.
#[derive(Clone)]
pub(super) struct Shape {
    kind: Kind,
    columns: Columns,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    entity: TypeId,
    verb: Verb,
    /// The conflict columns of an insert, or the columns whose values an update expects.
    held: Columns,
    is_alone: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

type Columns = Vec<&'static str>;

impl Shape {
    pub(super) fn new<E: Audited, C>(
        target: &Target<'_, C>,
        verb: Verb,
        columns: &[ColumnOf<E>],
        held: &[ColumnOf<E>],
    ) -> Self {
        let names = |columns: &[ColumnOf<E>]| columns.iter().map(IdenStatic::as_str).collect();
        Self {
            kind: Kind {
                entity: TypeId::of::<E>(),
                verb,
                held: names(held),
                is_alone: target.is_alone,
            },
            columns: names(columns),
        }
    }

    pub(super) fn is_alone(&self) -> bool {
        self.kind.is_alone
    }

    /// The text, if it is in the cache.
    pub(super) fn text(&self) -> Option<Arc<Rendered>> {
        let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref()?.get(&self.kind)?.get(&self.columns)
    }

    pub(super) fn keep(self, text: Rendered) -> Arc<Rendered> {
        let text = Arc::new(text);
        let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
        let sets = kept.get_or_insert_default().entry(self.kind).or_default();
        sets.insert(self.columns, text.clone());
        text
    }
}

static KEPT: RwLock<Option<HashMap<Kind, Sets<Arc<Rendered>>>>> = RwLock::new(None);

/// The maximum number of sets of columns per kind of statement. A driver caches only slightly more prepared statements.
const ROOM: usize = 64;

/// The most recently used sets of columns.
struct Sets<T> {
    texts: HashMap<Columns, (T, AtomicU64)>,
    clock: AtomicU64,
}

impl<T> Default for Sets<T> {
    fn default() -> Self {
        Self {
            texts: HashMap::new(),
            clock: AtomicU64::new(0),
        }
    }
}

impl<T: Clone> Sets<T> {
    fn get(&self, columns: &Columns) -> Option<T> {
        let (text, used) = self.texts.get(columns)?;
        used.store(self.now(), Ordering::Relaxed);
        Some(text.clone())
    }

    fn insert(&mut self, columns: Columns, text: T) {
        if self.texts.len() >= ROOM && !self.texts.contains_key(&columns) {
            let used = |(_, (_, used)): &(&Columns, &(T, AtomicU64))| used.load(Ordering::Relaxed);
            let oldest = self.texts.iter().min_by_key(used);
            if let Some(oldest) = oldest.map(|(columns, _)| columns.clone()) {
                self.texts.remove(&oldest);
            }
        }
        let used = AtomicU64::new(self.now());
        self.texts.insert(columns, (text, used));
    }

    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Sets};

    const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

    /// The columns whose bits are set.
    fn set(bits: usize) -> Vec<&'static str> {
        let names = NAMES.iter().enumerate();
        names
            .filter(|(nth, _)| bits >> nth & 1 == 1)
            .map(|(_, name)| *name)
            .collect()
    }

    #[test]
    fn what_has_not_been_used_the_longest_makes_room() {
        let mut sets = Sets::default();
        for bits in 0..256 {
            sets.insert(set(bits), bits);
            assert_eq!(sets.get(&set(7)), (bits >= 7).then_some(7));
            assert!(sets.texts.len() <= ROOM);
        }
        let kept: Vec<_> = (0..256).filter_map(|bits| sets.get(&set(bits))).collect();
        let last = 256 - (ROOM - 1)..256;
        assert_eq!(kept, [7].into_iter().chain(last).collect::<Vec<_>>());
    }

    #[test]
    fn a_text_takes_the_place_of_another_of_its_set() {
        let mut sets = Sets::default();
        for text in 0..2 * ROOM {
            sets.insert(set(1), text);
        }
        assert_eq!(
            (sets.texts.len(), sets.get(&set(1))),
            (1, Some(2 * ROOM - 1))
        );
    }
}

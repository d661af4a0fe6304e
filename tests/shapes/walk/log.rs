//! The expected contents of the log.

use std::marker::PhantomData;

use audit_runtime::{
    Changes, Entry, Error, History, Kind, audit_log,
    audited::{Audited, ColumnOf, ModelOf},
    changes::Change,
    encode::{Encoded, ValueKind, decode},
    prelude::*,
};
use sea_orm::{DatabaseConnection, EntityTrait, Iterable, ModelTrait, PaginatorTrait};

use super::{Shape, key};

/// The id of an entry, its row, and the state of the row after the entry.
type Life<E> = (i64, ModelOf<E>, Option<ModelOf<E>>);

/// A row before and after one entry.
pub type Step<'a, M> = (Option<&'a M>, Option<&'a M>);

pub struct Log<'a, S: Shape> {
    pub db: &'a DatabaseConnection,
    variant: &'a str,
    entries: u64,
    /// The state of each row after each entry.
    lives: Vec<Life<S::Entity>>,
    shape: PhantomData<S>,
}

impl<'a, S: Shape> Log<'a, S> {
    pub async fn new(db: &'a DatabaseConnection, variant: &'a str) -> Self {
        let mut log = Self {
            db,
            variant,
            entries: 0,
            lives: Vec::new(),
            shape: PhantomData,
        };
        log.entries = log.count().await;
        log
    }

    /// Returns the result of a step. If the shape says that the step is refused, asserts the refusal and returns
    /// `None`.
    pub async fn check<T>(&self, step: &str, result: Result<T, Error>) -> Option<T> {
        let mut refused = S::refused(self.db.get_database_backend()).iter();
        let said = refused.find(|(name, _)| *name == step);
        match (result, said) {
            (Ok(value), None) => Some(value),
            (Ok(_), Some(_)) => panic!("{} {step} is not refused", self.variant),
            (Err(error), None) => panic!("{} {step}: {error}", self.variant),
            (Err(error), Some((_, said))) => {
                let error = error.to_string();
                assert!(error.contains(said), "{} {step}: {error}", self.variant);
                assert_eq!(self.count().await, self.entries, "{step} writes no entry");
                None
            }
        }
    }

    pub async fn created(&mut self, step: &str, row: &ModelOf<S::Entity>) {
        self.together(step, &[(None, Some(row))]).await;
    }

    pub async fn updated(
        &mut self,
        step: &str,
        before: &ModelOf<S::Entity>,
        after: &ModelOf<S::Entity>,
    ) {
        if !S::HAS_PATCH {
            return self.unchanged(step, before, after).await;
        }
        assert_ne!(before, after, "{step}");
        self.together(step, &[(Some(before), Some(after))]).await;
    }

    pub async fn deleted(&mut self, step: &str, row: &ModelOf<S::Entity>) {
        self.together(step, &[(Some(row), None)]).await;
    }

    pub async fn unchanged(
        &self,
        step: &str,
        row: &ModelOf<S::Entity>,
        returned: &ModelOf<S::Entity>,
    ) {
        let step = format!("{} {step}", self.variant);
        assert_eq!(row, returned, "{step}");
        assert_eq!(self.stored(row).await.as_ref(), Some(row), "{step}");
        assert_eq!(self.count().await, self.entries, "{step} writes no entry");
    }

    /// Asserts that the steps have left one entry each, and no others. Of one row, they are in this order.
    pub async fn together(&mut self, step: &str, steps: &[Step<'_, ModelOf<S::Entity>>]) {
        let step = format!("{} {step}", self.variant);
        self.entries += steps.len() as u64;
        assert_eq!(self.count().await, self.entries, "{step}: entries");
        let mut later = Vec::new();
        for (before, after) in steps.iter().rev() {
            let row = before.or(*after).unwrap();
            let id = row.get_primary_key_value();
            let newer = later.iter().filter(|later| **later == id).count();
            if newer == 0 {
                assert_eq!(self.stored(row).await.as_ref(), *after, "{step}: the row");
            }
            let entry = self.latest(row, newer).await;
            self.compare(&step, &entry, *before, *after).await;
            self.lives.push((entry.id, row.clone(), after.cloned()));
            later.push(id);
        }
    }

    async fn compare(
        &self,
        step: &str,
        entry: &Entry,
        before: Option<&ModelOf<S::Entity>>,
        after: Option<&ModelOf<S::Entity>>,
    ) {
        let row = before.or(after).unwrap();
        let (action, changes) = match (before, after) {
            (None, Some(after)) => ("CREATE", Changes::created::<S::Entity>(after)),
            (Some(before), Some(after)) => ("UPDATE", before.changes_to(after)),
            (Some(before), None) => ("DELETE", Changes::deleted::<S::Entity>(before)),
            (None, None) => unreachable!("no row"),
        };
        let told = (entry.kind, &*entry.action);
        assert_eq!(told, (Kind::Change, action), "{step}");
        self.same(step, &entry.changes, &changes);
        assert!(!entry.to_string().is_empty(), "{step}");
        for (moment, expected) in [
            (Moment::before(entry), before),
            (Moment::after(entry), after),
        ] {
            self.was(step, row, moment, expected).await;
        }
    }

    /// A value that is stored as its text may have blanks.
    fn same(&self, step: &str, told: &Changes, expected: &Changes) {
        if told == expected {
            return;
        }
        let read = |side: &Option<Encoded>, column| {
            let kind = ValueKind::of::<S::Entity>(column);
            side.as_ref().map(|side| decode(side, &kind))
        };
        assert_eq!(told.len(), expected.len(), "{step}: the entry");
        for column in ColumnOf::<S::Entity>::iter() {
            let field = S::Entity::field(column).name;
            let [told, expected] = [told, expected].map(|changes| changes.get(field));
            for side in [
                |change: &Change| change.before.clone(),
                |change: &Change| change.after.clone(),
            ] {
                let [told, expected] =
                    [told, expected].map(|change| read(&change.and_then(side), column));
                assert_eq!(told, expected, "{step}: {field} in the entry");
            }
        }
    }

    async fn was(
        &self,
        step: &str,
        row: &ModelOf<S::Entity>,
        moment: Moment,
        expected: Option<&ModelOf<S::Entity>>,
    ) {
        let past = S::Entity::state_at(key::<S>(row), moment, self.db).await;
        let past = past.unwrap().map(|past| {
            let model = past.model();
            model.unwrap_or_else(|error| panic!("{step}: {error}"))
        });
        assert_eq!(
            past.as_ref().map(S::compared),
            expected.map(S::compared),
            "{step}: the state at {moment:?}"
        );
    }

    /// Asserts the past state of each row after each entry.
    pub async fn lived(&self) {
        for (entry, row, expected) in &self.lives {
            let step = format!("{} in the end", self.variant);
            self.was(&step, row, Moment::After(*entry), expected.as_ref())
                .await;
        }
    }

    /// Asserts the history and the past of a row by its key in other spellings.
    pub async fn spelled(&self, entries: &[Entry], row: &ModelOf<S::Entity>) {
        let backend = self.db.get_database_backend();
        for at in 0..S::spelled(backend, self.variant).len() {
            let key = || S::spelled(backend, self.variant).swap_remove(at);
            let history = History::of::<S::Entity>(key()).newest_first();
            let page = history.page(self.db, None, 50).await.unwrap();
            assert_eq!(page.entries, entries, "{} spelling {at}", self.variant);
            for entry in entries {
                for moment in [Moment::before(entry), Moment::after(entry)] {
                    let past = S::Entity::state_at(key(), moment, self.db).await.unwrap();
                    let expected = S::Entity::state_at(super::key::<S>(row), moment, self.db).await;
                    assert_eq!(past, expected.unwrap(), "{} spelling {at}", self.variant);
                }
            }
        }
    }

    /// Asserts that a reverted row is as before, except for what the database adds.
    pub fn as_before(&self, step: &str, expected: &ModelOf<S::Entity>, row: &ModelOf<S::Entity>) {
        if !S::IS_TOUCHED {
            assert_eq!(expected, row, "{} {step}", self.variant);
        }
    }

    pub async fn stored(&self, row: &ModelOf<S::Entity>) -> Option<ModelOf<S::Entity>> {
        let row = S::Entity::find_by_id(key::<S>(row)).one(self.db);
        row.await.unwrap()
    }

    pub async fn last(&self, row: &ModelOf<S::Entity>) -> Entry {
        self.latest(row, 0).await
    }

    async fn latest(&self, row: &ModelOf<S::Entity>, newer: usize) -> Entry {
        let history = History::of::<S::Entity>(key::<S>(row)).newest_first();
        let page = history.page(self.db, None, 10).await.unwrap();
        let mut entries = page.entries.into_iter();
        entries.nth(newer).expect("an entry of the row")
    }

    async fn count(&self) -> u64 {
        audit_log::Entity::find().count(self.db).await.unwrap()
    }
}

//! Warns about plain writes through a unit's connection, which leave no entry unless the unit is marked.

use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

#[cfg(feature = "entity-registry")]
use crate::schema::know_registered;
use sea_orm::{ConnectionTrait, StatementBuilder};

use crate::{audited::known::entity_type_of, error::audited_call, statement_text::writes};

/// The mark of a unit, and the tables that it has warned about.
#[derive(Debug, Default)]
pub(super) struct Unmarked {
    is_marked: AtomicBool,
    warned: Mutex<HashSet<String>>,
}

impl Unmarked {
    /// Marks the unit: guards record its later writes, so they give no warning.
    pub(super) fn mark(&self) {
        self.is_marked.store(true, Ordering::Release);
    }

    /// As [`look`](Self::look), for a statement that is not built yet.
    pub(super) fn look_at(&self, statement: &impl StatementBuilder, db: &impl ConnectionTrait) {
        if !self.is_marked.load(Ordering::Acquire) {
            self.look(&db.get_database_backend().build(statement).sql);
        }
    }

    /// Warns about a statement that writes to the table of an audited entity, once per table.
    pub(super) fn look(&self, sql: &str) {
        if self.is_marked.load(Ordering::Acquire) {
            return;
        }
        for write in writes(sql) {
            #[cfg(feature = "entity-registry")]
            know_registered();
            let Some(entity_type) = entity_type_of(&write.table) else {
                continue;
            };
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if warned.insert(write.table.clone()) {
                let table = &write.table;
                let call = audited_call(write.action);
                tracing::warn!(
                    table,
                    entity_type,
                    "a plain write to `{table}` in a unit leaves no entry: call unit.{call} instead, \
                     or mark the unit with Unit::raw_sql where its table has a guard"
                );
            }
        }
    }
}

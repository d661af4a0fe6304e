//! The log of a unit: the table that its first statement found.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr,
    sea_query::{Expr, Query},
};

use crate::dialect::Family;

#[derive(Debug, Default)]
pub(super) struct FoundLog {
    schema: OnceLock<String>,
    /// Whether entries may have been written.
    is_used: AtomicBool,
    /// Whether a statement may have changed which log the connection finds.
    may_be_elsewhere: AtomicBool,
    /// Whether other code had the transaction before.
    was_of_others: bool,
}

impl FoundLog {
    pub(super) fn of_somebody_else() -> Self {
        Self {
            was_of_others: true,
            ..Self::default()
        }
    }

    /// The schema to name; `None` while the connection finds the log itself.
    pub(super) fn schema(&self) -> Option<&str> {
        let is_elsewhere = self.may_be_elsewhere.load(Ordering::Acquire);
        is_elsewhere.then(|| self.found()).flatten()
    }

    pub(super) fn found(&self) -> Option<&str> {
        self.schema.get().map(String::as_str)
    }

    /// Finds the schema of the log, unless it is known.
    pub(super) async fn find(&self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        if !Family::of(connection).has_search_path() || self.found().is_some() {
            return Ok(());
        }
        let question = Query::select()
            .expr_as(Expr::cust(FIRST_SCHEMA), "name")
            .to_owned();
        if let Some(row) = connection.query_one(&question).await?
            && let Some(schema) = row.try_get::<Option<String>>("", "name")?
        {
            // A concurrent statement found the same schema.
            let _ = self.schema.set(schema);
        }
        Ok(())
    }

    /// Prepares for writing entries.
    pub(super) async fn keep(&self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        self.is_used.store(true, Ordering::Release);
        if self.may_be_elsewhere.load(Ordering::Acquire) {
            self.find(connection).await?;
        }
        Ok(())
    }

    /// Prepares for a statement that may change which log the connection finds: the unit keeps the log of its entries
    /// so far.
    pub(super) async fn before_leading_elsewhere(
        &self,
        connection: &impl ConnectionTrait,
    ) -> Result<(), DbErr> {
        if self.is_used.load(Ordering::Acquire) {
            self.find(connection).await?;
        }
        self.may_be_elsewhere.store(true, Ordering::Release);
        Ok(())
    }

    /// Finds the schema of the log, if it may differ from the pool's.
    pub(super) async fn find_if_other(&self, connection: &impl ConnectionTrait) {
        let is_other = self.was_of_others || self.may_be_elsewhere.load(Ordering::Acquire);
        if is_other && let Err(error) = self.find(connection).await {
            tracing::debug!(%error, "it is not known where the log of the unit is");
        }
    }
}

/// The first schema of the search path with a log that is not temporary.
const FIRST_SCHEMA: &str = "(SELECT nspname::text FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, place) \
    JOIN pg_catalog.pg_namespace ON nspname = path.name \
    JOIN pg_catalog.pg_class ON relnamespace = pg_namespace.oid \
    WHERE relname = 'audit_log' AND relkind IN ('r', 'p') AND relpersistence <> 't' ORDER BY place LIMIT 1)";

/// Whether the statement may change which log the connection finds. On MySQL, a prepared statement keeps the database
/// in which it was prepared. SQLite has only one.
pub(super) fn may_lead_elsewhere(backend: DbBackend, sql: &str) -> bool {
    if !Family::from(backend).has_search_path() {
        return false;
    }
    let lower = sql.to_ascii_lowercase();
    let first = lower
        .split(|char: char| !char.is_ascii_alphabetic())
        .find(|word| !word.is_empty())
        .unwrap_or_default();
    let may = [
        "set", "reset", "discard", "call", "do", "execute", "rollback",
    ];
    may.contains(&first) || lower.contains("search_path")
}

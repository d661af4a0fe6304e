//! The mark of a transaction: guards record its raw SQL as changes by the mark's actor.

use serde_json::Map;

use super::super::{
    connection::UnitConnection,
    entry::{NewEntry, now},
    operation::Operation,
    subject::Subject,
    target::Target,
    transaction::Transaction,
};
use crate::{
    Error,
    audit_log::{KIND_EVENT, Outcome},
    dialect::Dialect,
};

/// The operation that marks a transaction: changes by raw SQL are recorded with the context's actor.
pub(in crate::write) struct RawSql {
    pub(in crate::write) reason: String,
}

impl Operation for RawSql {
    type Output = ();

    fn subject(&self) -> Subject {
        Subject::event("RAW_SQL")
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<(), Error> {
        let dialect = Dialect::of(connection).await?;
        let context = connection.context.clone().reason(self.reason);
        let target = Target {
            context: &context,
            ..connection.target()
        };
        match dialect {
            Dialect::Sqlite | Dialect::MySql | Dialect::MariaDb => {
                if connection.mark(&target).await? {
                    return Ok(());
                }
            }
            Dialect::Postgres => {}
        }
        let mark = NewEntry {
            kind: KIND_EVENT,
            entity: None,
            label: None,
            action: "RAW_SQL".into(),
            outcome: Outcome::Success,
            reverts: None,
            changes: None,
            metadata: Map::new(),
            timestamp: now(),
        };
        mark.write(&target).await
    }
}

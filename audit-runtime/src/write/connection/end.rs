//! Commit and rollback of a unit.

use std::sync::{Arc, atomic::Ordering};

use sea_orm::ConnectionTrait;

use super::{
    super::{notes, transaction::Transaction},
    UnitConnection,
};
use crate::{
    Error,
    dialect::Family,
    error::{DatabaseError, is_certainly_undone, is_foreign_key_violation},
};

impl<T: Transaction> UnitConnection<T> {
    pub(in crate::write) async fn commit(self) -> Result<(), Error> {
        self.progress.end();
        let whole = match self.check_whole().await {
            Ok(()) => self.unmark().await,
            refused => refused,
        };
        if let Err(error) = whole {
            self.rollback().await;
            return Err(error);
        }
        let unaudited = match Family::from(self.get_database_backend()) {
            // It costs a statement, so it is skipped if only this library has written.
            Family::Sqlite if self.is_shared.load(Ordering::Acquire) => {
                notes::unaudited(&*self.transaction).await
            }
            Family::Sqlite | Family::Postgres | Family::MySql => Ok(None),
        };
        let unaudited = match unaudited {
            Ok(unaudited) => unaudited,
            Err(error) => {
                self.rollback().await;
                return Err(Error::scrubbed(error));
            }
        };
        let Some(transaction) = Arc::into_inner(self.transaction) else {
            return Err(Error::UnitFailed);
        };
        // A deferred constraint may quote any row, so the message is omitted.
        transaction.commit().await.map_err(|source| {
            if is_certainly_undone(&source) {
                let unaudited = unaudited.filter(|_| is_foreign_key_violation(&source));
                return unaudited.unwrap_or_else(|| Error::scrubbed(source));
            }
            Error::CommitUnknown {
                changeset_id: self.changeset_id,
                source: DatabaseError::scrubbed(source),
            }
        })
    }

    /// Rolls back. If that fails, the connection and its transaction are lost.
    pub(in crate::write) async fn rollback(self) {
        self.progress.end();
        // Otherwise an interrupted statement still uses it, and it is rolled back when the statement ends.
        if let Some(transaction) = Arc::into_inner(self.transaction)
            && let Err(error) = transaction.rollback().await
        {
            tracing::debug!(error = %DatabaseError::scrubbed(error), "rollback failed");
        }
    }

    async fn unmark(&self) -> Result<(), Error> {
        if self.is_marked.swap(false, Ordering::AcqRel) {
            notes::unmark(&*self.transaction, self.log.schema())
                .await
                .map_err(Error::scrubbed)?;
        }
        Ok(())
    }

    async fn check_whole(&self) -> Result<(), Error> {
        self.prove().await?;
        self.step()?.done();
        Ok(())
    }
}

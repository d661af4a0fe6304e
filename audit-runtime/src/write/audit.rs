//! The handle of audited writes: a connection and a context.

use std::ops::ControlFlow;

use sea_orm::{ConnectionTrait, DbErr, IsolationLevel, SqliteTransactionMode, TransactionOptions};
use uuid::Uuid;

use super::{
    Event, Unit,
    connection::UnitConnection,
    event,
    observed::{self, observed},
    operation::{Alone, Operation},
    run::Run,
    shield::{shielded, to_the_end},
    target::Target,
    transaction::{AuditConnection, Pool, Transaction},
};
use crate::{AuditContext, Error, dialect::Family, pending::Pending};

/// A connection with the context of its writes. It is cheap to create: create one per request.
///
/// The methods of [`Writer`](super::Writer) write, each in its own transaction.
#[derive(Debug)]
#[must_use = "an audited connection does nothing until it writes"]
pub struct Audit<'a, C> {
    pub(super) connection: &'a C,
    pub(super) context: &'a AuditContext,
}

// Derived impls would require a `Copy` connection.
impl<C> Copy for Audit<'_, C> {}

impl<C> Clone for Audit<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Adds a context to a connection.
// Implemented for every connection, so that the compiler explains why a transaction is not accepted, instead of
// reporting a missing method.
pub trait ConnectionExt: ConnectionTrait + Sized {
    /// Returns a handle for writes on this connection in this context.
    ///
    /// ```compile_fail
    /// # use audit_runtime::prelude::*;
    /// # async fn f(db: sea_orm::DatabaseConnection) {
    /// db.audited(); // nobody writes without saying who
    /// # }
    /// ```
    fn audited<'a>(&'a self, context: &'a AuditContext) -> Audit<'a, <Self as Pool>::Itself>
    where
        Self: Pool,
    {
        Audit {
            connection: self.itself(),
            context,
        }
    }
}

impl<C: ConnectionTrait> ConnectionExt for C {}

impl<'a, C: AuditConnection> Audit<'a, C> {
    /// Begins a unit: many writes, one transaction, one changeset. See [`Unit`].
    pub fn begin(self) -> Pending<'a, Unit<C::Transaction>> {
        Box::pin(async move {
            let transaction = begin(self.connection).await?;
            let connection =
                UnitConnection::new(transaction, context_for(self.connection, self.context));
            Ok(Unit::new(connection, self.connection))
        })
    }

    /// Continues a transaction that the caller opened. It is taken by value, so no other code can end it.
    ///
    /// It must be a top-level transaction of the same database: an outer transaction could still roll back a nested one
    /// after its `commit`.
    ///
    /// On SQLite, open it with [`SqliteTransactionMode::Immediate`], because the first write of a deferred one may be
    /// refused. A `RestrictedTransaction` does not compile, because it refuses the statements that verify that it is
    /// open.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// use sea_orm::TransactionTrait;
    ///
    /// let unit = audit.adopt(db.begin().await?);
    /// let ann = unit.update(ann.id, user::Patch::new().role("admin")).await?;
    /// unit.commit().await?;
    /// assert_eq!(user::Entity::find_by_id(ann.id).one(&db).await?, Some(ann));
    /// # Ok(())
    /// # }
    /// ```
    pub fn adopt(self, transaction: C::Transaction) -> Unit<C::Transaction> {
        const {
            assert!(
                !<C::Transaction as Transaction>::RESTRICTED,
                "a RestrictedTransaction cannot be adopted, as it cannot be proven open: use `begin`"
            );
        }
        let context = context_for(self.connection, self.context);
        let connection = UnitConnection::adopted(transaction, context);
        Unit::new(connection, self.connection)
    }

    /// Runs the closure in a unit. It commits if the closure returns `Ok`, and rolls back if it returns `Err` or
    /// panics.
    ///
    /// ```
    #[doc = include_str!("../guide/example.txt")]
    /// let renamed = audit
    ///     .transaction(async |tx| {
    ///         tx.record(Event::new("IMPORT_STARTED")).await?;
    ///         tx.update(ann.id, user::Patch::new().name("anne")).await?;
    ///         tx.update(9, user::Patch::new().name("bob")).await
    ///     })
    ///     .await;
    /// assert!(matches!(renamed, Err(Error::NotFound { .. })));
    /// assert_eq!(History::all().first_page(&db, 10).await?.entries.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the closure, or that of the commit.
    pub async fn transaction<F, T, E>(self, work: F) -> Result<T, E>
    where
        F: for<'t> AsyncFnOnce(&'t Unit<C::Transaction>) -> Result<T, E> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let unit = self.begin().await?;
        match work(&unit).await {
            Ok(value) => {
                unit.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // An event that could not be written has been traced. The closure's error has priority.
                let _ = unit.rollback().await;
                Err(error)
            }
        }
    }
}

impl<C: AuditConnection> Run for Audit<'_, C> {
    type Reader = C;

    fn reader(&self) -> &C {
        self.connection
    }

    fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output> {
        let Self {
            connection,
            context,
        } = *self;
        let subject = operation.subject();
        let write = Box::pin(async move {
            event::check_actor(context)?;
            let mut operation = operation;
            loop {
                operation = match run_alone(connection, context, operation).await {
                    ControlFlow::Break(result) => return result,
                    ControlFlow::Continue(operation) => operation,
                };
                let context = context_for(connection, context);
                let connection = UnitConnection::own(begin(connection).await?, context);
                observed::changeset(connection.changeset_id);
                operation = match operation.run_in_own(&connection).await {
                    ControlFlow::Break(Ok(output)) => {
                        connection.commit().await?;
                        return Ok(output);
                    }
                    ControlFlow::Break(Err(error)) => {
                        connection.rollback().await;
                        return Err(error);
                    }
                    ControlFlow::Continue(operation) => {
                        connection.rollback().await;
                        operation
                    }
                };
            }
        });
        observed(subject, write)
    }

    fn write_event(&self, event: Event) -> Pending<'_, ()> {
        let (connection, context) = (self.connection.clone(), self.context.clone());
        let backend = connection.get_database_backend();
        let subject = event.subject();
        let id = Uuid::now_v7();
        let work = async move {
            let entry = event.into_entry(&context, backend)?;
            let target = Target::alone::<C::Transaction>(&connection, &context, id);
            entry.write(&target).await
        };
        let write = Box::pin(async move {
            observed::changeset(id);
            shielded(backend, work).await
        });
        observed(subject, write)
    }
}

/// Runs an [`Operation`] that needs no transaction.
async fn run_alone<C: AuditConnection, O: Operation>(
    connection: &C,
    context: &AuditContext,
    operation: O,
) -> Alone<O> {
    let id = Uuid::now_v7();
    observed::changeset(id);
    if Family::of(connection).survives_dropped_statements() {
        let target = Target::alone::<C::Transaction>(connection, context, id);
        return operation.run_alone(&target).await;
    }
    let (connection, context) = (connection.clone(), context.clone());
    to_the_end(async move {
        let target = Target::alone::<C::Transaction>(&connection, &context, id);
        operation.run_alone(&target).await
    })
    .await
}

/// The context, with the locked plan for a mock. A mock returns its rows in order, and they are those of plain
/// statements, which the locked plan sends. The transaction of a mock cannot be recognized as one.
fn context_for(connection: &impl ConnectionTrait, context: &AuditContext) -> AuditContext {
    let context = context.clone();
    if connection.is_mock_connection() {
        context.locked()
    } else {
        context
    }
}

/// Runs `begin` to completion. A `begin` that is dropped leaves its transaction open in the pool, and the next
/// borrower's writes are lost (sqlx 0.9.0).
async fn begin<C: AuditConnection>(connection: &C) -> Result<C::Transaction, DbErr> {
    begin_at(connection, None).await
}

pub(crate) async fn begin_at<C: AuditConnection>(
    connection: &C,
    isolation_level: Option<IsolationLevel>,
) -> Result<C::Transaction, DbErr> {
    let options = TransactionOptions {
        isolation_level,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let connection = connection.clone();
    to_the_end(async move { connection.begin_with_options(options).await }).await
}

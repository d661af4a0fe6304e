//! The trait of operations.

use std::{future::Future, ops::ControlFlow};

use sea_orm::ConnectionTrait;

use super::{
    connection::UnitConnection, subject::Subject, target::Target, transaction::Transaction,
};
use crate::Error;

/// A write that runs in a transaction.
pub trait Operation: Send + Sized + 'static {
    #[doc(hidden)]
    type Output: Send + 'static;

    /// The labels of its span and counters.
    #[doc(hidden)]
    fn subject(&self) -> Subject;

    #[doc(hidden)]
    fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// Runs the operation in its own transaction. If it returns the operation, nothing was kept, and it has to be run
    /// again in another transaction.
    #[doc(hidden)]
    fn run_in_own<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> impl Future<Output = Alone<Self>> + Send {
        async { ControlFlow::Break(self.run(connection).await) }
    }

    /// Runs the part that needs no transaction: the whole operation, if it is one statement. Otherwise it returns the
    /// operation with the data that it has read.
    #[doc(hidden)]
    fn run_alone<C: ConnectionTrait>(
        self,
        _: &Target<'_, C>,
    ) -> impl Future<Output = Alone<Self>> + Send {
        async { ControlFlow::Continue(self) }
    }
}

/// The result of an operation that may be one statement.
pub(super) type Alone<O> = ControlFlow<Result<<O as Operation>::Output, Error>, O>;

//! The trait of operations.

use std::{future::Future, ops::ControlFlow};

use sea_orm::ConnectionTrait;

use super::{connection::UnitConnection, target::Target, transaction::Transaction};
use crate::Error;

/// A write that runs in a transaction.
pub trait Operation: Send + Sized + 'static {
    #[doc(hidden)]
    type Output: Send + 'static;

    #[doc(hidden)]
    fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// Runs it in a transaction of its own. What is given back is to be tried again in another, as nothing of this
    /// one is kept.
    #[doc(hidden)]
    fn run_in_own<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> impl Future<Output = Alone<Self>> + Send {
        async { ControlFlow::Break(self.run(connection).await) }
    }

    /// Does what needs no transaction: all of it, if that is one statement. Otherwise it is given back, with what it
    /// has read.
    #[doc(hidden)]
    fn run_alone<C: ConnectionTrait>(
        self,
        _: &Target<'_, C>,
    ) -> impl Future<Output = Alone<Self>> + Send {
        async { ControlFlow::Continue(self) }
    }
}

/// What came of an operation that may be one statement.
pub(super) type Alone<O> = ControlFlow<Result<<O as Operation>::Output, Error>, O>;

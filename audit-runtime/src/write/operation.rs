//! What a unit's connection carries out.

use std::{future::Future, ops::ControlFlow};

use sea_orm::ConnectionTrait;

use super::{connection::UnitConnection, target::Target, transaction::Transaction};
use crate::Error;

/// A write that runs in a transaction.
pub trait Operation: Send + Sized + 'static {
    #[doc(hidden)]
    type Output: Send;

    #[doc(hidden)]
    fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;

    /// Runs it without a transaction, if it is one statement; otherwise gives it back.
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

//! Audited writes.

use std::{future::Future, pin::Pin};

use crate::{
    Error,
    audited::{Audited, KeyOf, ModelOf, NewRow, Patch},
};

/// What every write returns. Boxed, so that a wrong argument is one error, on the argument.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Something that writes audited: an `Audit` (each write its own transaction) or a `Unit`.
pub trait Writer: Sync {
    /// Updates one row.
    fn update<P: Patch>(
        &self,
        id: impl Into<KeyOf<P::Entity>>,
        patch: P,
    ) -> Pending<'_, ModelOf<P::Entity>>;

    /// Inserts one row.
    fn insert<R: NewRow>(&self, row: R) -> Pending<'_, ModelOf<R::Entity>>;

    /// Deletes one row.
    fn delete<E: Audited>(&self, id: impl Into<KeyOf<E>>) -> Pending<'_, ()>;
}

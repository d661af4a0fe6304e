//! What an upsert did, and the row.

use super::super::row::Updated;
use crate::Pending;

/// What became of a row that was to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted<M> {
    /// There was none, and now there is this one.
    Created(M),
    /// There was one, and it was changed to this.
    Updated(M),
    /// There was one, and it stays as it is.
    Unchanged(M),
}

impl<M> Upserted<M> {
    /// The row as it is stored.
    pub fn into_row(self) -> M {
        match self {
            Self::Created(row) | Self::Updated(row) | Self::Unchanged(row) => row,
        }
    }
}

/// Moves the row off the heap, for the caller.
pub(in crate::write) fn unboxed<'a, M: Send + 'a>(
    upserted: Pending<'a, Upserted<Box<M>>>,
) -> Pending<'a, Upserted<M>> {
    Box::pin(async move {
        upserted.await.map(|upserted| match upserted {
            Upserted::Created(row) => Upserted::Created(*row),
            Upserted::Updated(row) => Upserted::Updated(*row),
            Upserted::Unchanged(row) => Upserted::Unchanged(*row),
        })
    })
}

impl<M> From<Updated<M>> for Upserted<M> {
    fn from(updated: Updated<M>) -> Self {
        match updated {
            Updated::Changed(row) => Self::Updated(row),
            Updated::Unchanged(row) => Self::Unchanged(row),
        }
    }
}

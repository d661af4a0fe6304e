//! The result of an upsert: what happened, and the row.

use super::super::row::Updated;
use crate::Pending;

/// The result of an upsert.
///
/// ```
#[doc = include_str!("../../guide/example.txt")]
/// use audit_runtime::Upserted;
///
/// let mut told = Vec::new();
/// for role in ["user", "admin"] {
///     let ann = user::Draft::new().name("ann").role("user");
///     let patch = user::Patch::new().role(role);
///     told.push(match audit.insert_or_update(ann, [user::Column::Name], patch).await? {
///         Upserted::Created(user) => format!("{} is new", user.name),
///         Upserted::Updated(user) => format!("{} is now {}", user.name, user.role),
///         Upserted::Unchanged(user) => format!("{} is there", user.name),
///     });
/// }
/// assert_eq!(told, ["ann is there", "ann is now admin"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted<M> {
    /// The row did not exist and was inserted.
    Created(M),
    /// The row existed and was changed.
    Updated(M),
    /// The row existed and was not changed.
    Unchanged(M),
}

impl<M> Upserted<M> {
    /// The row as stored.
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

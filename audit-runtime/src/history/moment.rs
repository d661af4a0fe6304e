//! A point in a row's history: an instant, or a position next to an entry.

use chrono::{DateTime, FixedOffset, Local, Utc};

use super::Entry;

/// A point in a row's history: an instant by the database's clock, or a position next to an entry.
///
/// The precision of an instant is that of `recorded_at`: microseconds, and milliseconds on SQLite.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
/// let granted = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
///
/// let before = user::Entity::state_at(ann.id, Moment::before(&granted), &db).await?.ok_or("no row")?;
/// assert_eq!(before.model()?.role, "user");
/// // An entry stands for the moment right after it, and an instant for itself.
/// let after = user::Entity::state_at(ann.id, &granted, &db).await?.ok_or("no row")?;
/// let then = user::Entity::state_at(ann.id, granted.recorded_at, &db).await?.ok_or("no row")?;
/// assert_eq!((after.model()?.role, then), ("admin".to_owned(), after));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// After every entry that was recorded at this instant or earlier.
    At(DateTime<Utc>),
    /// Right before the entry with this id.
    Before(i64),
    /// Right after the entry with this id.
    After(i64),
}

impl Moment {
    /// Right before an entry.
    pub fn before(entry: &Entry) -> Self {
        Self::Before(entry.id)
    }

    /// Right after an entry.
    pub fn after(entry: &Entry) -> Self {
        Self::After(entry.id)
    }

    /// Whether the entry came later.
    pub(super) fn precedes(self, entry: &Entry) -> bool {
        match self {
            Self::At(instant) => instant < entry.recorded_at,
            Self::Before(id) => id <= entry.id,
            Self::After(id) => id < entry.id,
        }
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::At(instant)
    }
}

impl From<DateTime<FixedOffset>> for Moment {
    fn from(instant: DateTime<FixedOffset>) -> Self {
        Self::At(instant.to_utc())
    }
}

impl From<DateTime<Local>> for Moment {
    fn from(instant: DateTime<Local>) -> Self {
        Self::At(instant.to_utc())
    }
}

/// Right after the entry with this id.
impl From<i64> for Moment {
    fn from(id: i64) -> Self {
        Self::After(id)
    }
}

/// Right after the entry.
impl From<&Entry> for Moment {
    fn from(entry: &Entry) -> Self {
        Self::After(entry.id)
    }
}

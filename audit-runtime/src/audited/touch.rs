//! Fields that the engine sets to the moment of a write.

use std::time::SystemTime;

use sea_orm::Value;

use super::now::Now;

/// When the engine sets a field to the current moment. The attribute `#[audited(touch)]` declares it.
///
/// Such a field has the policy [`Skip`](super::FieldPolicy::Skip).
///
/// ```
/// use audit_runtime::audited::Touch;
/// use sea_orm::prelude::DateTimeUtc;
///
/// assert!(Touch::changed::<DateTimeUtc>().is_set_by_changes());
/// assert!(!Touch::created::<Option<DateTimeUtc>>().is_set_by_changes());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    is_set_by_changes: bool,
    at: fn(SystemTime) -> Value,
}

impl Touch {
    /// Every write that inserts or changes the row sets the field: `updated_at`.
    pub const fn changed<T: Now>() -> Self {
        Self {
            is_set_by_changes: true,
            at: at::<T>,
        }
    }

    /// The insertion of the row sets the field: `created_at`.
    pub const fn created<T: Now>() -> Self {
        Self {
            is_set_by_changes: false,
            at: at::<T>,
        }
    }

    /// Whether changes of the row set the field, as its insertion does.
    #[must_use]
    pub const fn is_set_by_changes(&self) -> bool {
        self.is_set_by_changes
    }

    /// A moment, as a value of the field.
    pub(crate) fn at(&self, moment: SystemTime) -> Value {
        (self.at)(moment)
    }
}

fn at<T: Now>(moment: SystemTime) -> Value {
    T::at(moment).into()
}

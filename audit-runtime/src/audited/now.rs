//! The types of fields that hold the moment of a write.

use std::time::SystemTime;

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, SubsecRound, Utc};
use sea_orm::{
    Value,
    prelude::{ChronoUnixTimestamp, ChronoUnixTimestampMillis},
};

#[cfg(feature = "with-time")]
mod with_time;

/// A type that holds a moment, for a field with `#[audited(touch)]`.
///
/// Implement it for a type of your own with an existing impl:
///
/// ```
/// use std::time::SystemTime;
///
/// use audit_runtime::audited::Now;
/// use sea_orm::prelude::DateTimeUtc;
///
/// #[derive(Clone, Debug, PartialEq, sea_orm::DeriveValueType)]
/// struct Moment(DateTimeUtc);
///
/// impl Now for Moment {
///     fn at(moment: SystemTime) -> Self {
///         Self(DateTimeUtc::at(moment))
///     }
/// }
///
/// let earlier = Moment::now();
/// assert!(earlier.0 <= Moment::now().0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold a moment",
    label = "`touch` sets the moment of the write, which this type cannot hold",
    note = "use `DateTimeUtc`, `DateTimeWithTimeZone`, `DateTime` or their kin of `time`, or an `Option` of one",
    note = "a type of your own needs an `impl audit_runtime::audited::Now`"
)]
pub trait Now: Into<Value> {
    /// Converts a moment, in UTC and to the microsecond.
    fn at(moment: SystemTime) -> Self;

    /// Returns the current moment by the application's clock.
    fn now() -> Self {
        Self::at(SystemTime::now())
    }
}

impl<T> Now for Option<T>
where
    T: Now,
    Option<T>: Into<Value>,
{
    fn at(moment: SystemTime) -> Self {
        Some(T::at(moment))
    }
}

impl Now for DateTime<Utc> {
    fn at(moment: SystemTime) -> Self {
        DateTime::<Utc>::from(moment).trunc_subsecs(6)
    }
}

impl Now for DateTime<FixedOffset> {
    fn at(moment: SystemTime) -> Self {
        DateTime::<Utc>::at(moment).fixed_offset()
    }
}

impl Now for DateTime<Local> {
    fn at(moment: SystemTime) -> Self {
        DateTime::<Utc>::at(moment).into()
    }
}

impl Now for NaiveDateTime {
    fn at(moment: SystemTime) -> Self {
        DateTime::<Utc>::at(moment).naive_utc()
    }
}

impl Now for ChronoUnixTimestamp {
    fn at(moment: SystemTime) -> Self {
        Self(DateTime::<Utc>::at(moment))
    }
}

impl Now for ChronoUnixTimestampMillis {
    fn at(moment: SystemTime) -> Self {
        Self(DateTime::<Utc>::at(moment))
    }
}

//! The types of fields that hold the moment of a write.

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, SubsecRound, Utc};
use sea_orm::{
    Value,
    prelude::{ChronoUnixTimestamp, ChronoUnixTimestampMillis},
};

#[cfg(feature = "with-time")]
mod with_time;

/// A type that holds a moment: what a field with `#[audited(touch)]` may be of.
///
/// A type of your own implements it from one of those that do:
///
/// ```
/// use audit_runtime::audited::Now;
/// use sea_orm::prelude::DateTimeUtc;
///
/// #[derive(Clone, Debug, PartialEq, sea_orm::DeriveValueType)]
/// struct Moment(DateTimeUtc);
///
/// impl Now for Moment {
///     fn now() -> Self {
///         Self(DateTimeUtc::now())
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
    /// Returns the current moment by the application's clock, in UTC and to the microsecond.
    fn now() -> Self;
}

impl<T> Now for Option<T>
where
    T: Now,
    Option<T>: Into<Value>,
{
    fn now() -> Self {
        Some(T::now())
    }
}

impl Now for DateTime<Utc> {
    fn now() -> Self {
        Utc::now().trunc_subsecs(6)
    }
}

impl Now for DateTime<FixedOffset> {
    fn now() -> Self {
        DateTime::<Utc>::now().fixed_offset()
    }
}

impl Now for DateTime<Local> {
    fn now() -> Self {
        DateTime::<Utc>::now().into()
    }
}

impl Now for NaiveDateTime {
    fn now() -> Self {
        DateTime::<Utc>::now().naive_utc()
    }
}

impl Now for ChronoUnixTimestamp {
    fn now() -> Self {
        Self(DateTime::<Utc>::now())
    }
}

impl Now for ChronoUnixTimestampMillis {
    fn now() -> Self {
        Self(DateTime::<Utc>::now())
    }
}

//! The types of the crate `time`.

use sea_orm::{
    prelude::{TimeUnixTimestamp, TimeUnixTimestampMillis},
    sea_query::value::prelude::time::{OffsetDateTime, PrimitiveDateTime},
};

use super::Now;

impl Now for OffsetDateTime {
    fn now() -> Self {
        OffsetDateTime::now_utc().truncate_to_microsecond()
    }
}

impl Now for PrimitiveDateTime {
    fn now() -> Self {
        let now = OffsetDateTime::now();
        PrimitiveDateTime::new(now.date(), now.time())
    }
}

impl Now for TimeUnixTimestamp {
    fn now() -> Self {
        Self(OffsetDateTime::now())
    }
}

impl Now for TimeUnixTimestampMillis {
    fn now() -> Self {
        Self(OffsetDateTime::now())
    }
}

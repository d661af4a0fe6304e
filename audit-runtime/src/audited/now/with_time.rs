//! Impls for the types of the crate `time`.

use std::time::SystemTime;

use sea_orm::{
    prelude::{TimeUnixTimestamp, TimeUnixTimestampMillis},
    sea_query::value::prelude::time::{OffsetDateTime, PrimitiveDateTime},
};

use super::Now;

impl Now for OffsetDateTime {
    fn at(moment: SystemTime) -> Self {
        OffsetDateTime::from(moment).truncate_to_microsecond()
    }
}

impl Now for PrimitiveDateTime {
    fn at(moment: SystemTime) -> Self {
        let utc = OffsetDateTime::at(moment);
        PrimitiveDateTime::new(utc.date(), utc.time())
    }
}

impl Now for TimeUnixTimestamp {
    fn at(moment: SystemTime) -> Self {
        Self(OffsetDateTime::at(moment))
    }
}

impl Now for TimeUnixTimestampMillis {
    fn at(moment: SystemTime) -> Self {
        Self(OffsetDateTime::at(moment))
    }
}

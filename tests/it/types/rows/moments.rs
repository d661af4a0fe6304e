//! Rows of dates and times.

use chrono::NaiveDateTime;
use sea_orm::sea_query::value::prelude::time;

use super::super::{check::ID, entities::moment};

pub fn moments() -> Vec<(&'static str, moment::Model)> {
    let at = |local: &str| {
        let local: NaiveDateTime = local.parse().unwrap();
        let instant = local.and_utc();
        let local_2 = time_of(local);
        moment::Model {
            id: ID,
            day: local.date(),
            clock: local.time(),
            local,
            utc: instant,
            zoned: instant.with_timezone(&chrono::FixedOffset::east_opt(19_800).unwrap()),
            day_2: local_2.date(),
            clock_2: local_2.time(),
            local_2,
            zoned_2: local_2.assume_utc(),
            day_or_null: Some(local.date()),
            clock_or_null: Some(local.time()),
            local_or_null: Some(local),
            utc_or_null: Some(instant),
            zoned_or_null: Some(instant.fixed_offset()),
            day_2_or_null: Some(local_2.date()),
            clock_2_or_null: Some(local_2.time()),
            local_2_or_null: Some(local_2),
            zoned_2_or_null: Some(local_2.assume_utc()),
        }
    };
    let ordinary = at("2024-03-01T12:34:56.123456");
    // The driver sends an instant to MySQL as a TIMESTAMP, whose range is 1970 to 2038.
    let local = |local: &str| moment::Model {
        utc: ordinary.utc,
        utc_or_null: None,
        zoned_2: ordinary.zoned_2,
        zoned_2_or_null: None,
        ..at(local)
    };
    vec![
        ("ordinary", ordinary.clone()),
        ("1969 local", local("1969-12-31T23:59:59.999999")),
        ("1000 local", local("1000-01-01T00:00:00")),
        ("9999 local", local("9999-12-31T23:59:59.999999")),
        (
            "NULL",
            moment::Model {
                day_or_null: None,
                clock_or_null: None,
                local_or_null: None,
                utc_or_null: None,
                zoned_or_null: None,
                day_2_or_null: None,
                clock_2_or_null: None,
                local_2_or_null: None,
                zoned_2_or_null: None,
                ..ordinary.clone()
            },
        ),
        ("whole second", at("2024-02-29T00:00:00")),
        ("half a second", at("2024-02-29T23:59:59.5")),
        ("a microsecond", at("1999-12-31T23:59:59.000001")),
        ("1969", at("1969-12-31T23:59:59.999999")),
        ("1000", at("1000-01-01T00:00:00")),
        ("9999", at("9999-12-31T23:59:59.999999")),
        ("nanoseconds", at("2024-03-01T12:34:56.123456789")),
        ("leap second", at("2016-12-31T23:59:60.5")),
        ("1", at("0001-01-01T00:00:00")),
        ("ordinary again", ordinary),
    ]
}

fn time_of(local: NaiveDateTime) -> time::PrimitiveDateTime {
    let utc = local.and_utc();
    let nanoseconds =
        i128::from(utc.timestamp()) * 1_000_000_000 + i128::from(utc.timestamp_subsec_nanos());
    let instant = time::OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
    time::PrimitiveDateTime::new(instant.date(), instant.time())
}

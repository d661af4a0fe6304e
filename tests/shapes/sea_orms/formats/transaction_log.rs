//! SeaORM's entity of dates and times.

use audit_runtime::Audited;
use sea_orm::{DbBackend, entity::prelude::*, sea_query::value::prelude::time::UtcOffset};
use serde_json::json;

in_every_format! {
    "transaction_log", i32, auto true, key [Id], by [Number],
    {
        #[sea_orm(primary_key)]
        Id id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        Number number: i32,
        #[audited(create, update)]
        Date date: TimeDate,
        #[audited(create, update)]
        Time time: TimeTime,
        #[audited(create, update)]
        DateTime date_time: TimeDateTime,
        #[audited(create, update)]
        DateTimeTz date_time_tz: TimeDateTimeWithTimeZone,
    }
    rows |n| json!({
        "number": n, "date": date(2022, 72), "time": time(16, 24), "date_time": TimeDateTime::new(date(2022, 72), time(16, 24)),
        "date_time_tz": TimeDateTime::new(date(2022, 72), time(16, 24)).assume_offset(hours(8)),
    }),
    changes |n| {
        let (day, second) = (date(1999, n), time(23, n));
        let at = TimeDateTime::new(day, second);
        json!({ "date": day, "time": second, "date_time": at, "date_time_tz": at.assume_offset(hours(-n)) })
    }
}

fn date(year: i32, day: i32) -> TimeDate {
    TimeDate::from_ordinal_date(year, day.try_into().unwrap()).unwrap()
}

fn time(hour: u8, second: i32) -> TimeTime {
    TimeTime::from_hms_micro(hour, 59, second.try_into().unwrap(), 123_456).unwrap()
}

fn hours(hours: i32) -> UtcOffset {
    UtcOffset::from_hms(hours.try_into().unwrap(), 0, 0).unwrap()
}

//! Generated values of every type.

use std::fmt::Debug;

use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;
use sea_orm::Value;
use sea_orm::prelude::{BigDecimal, Decimal, IpNetwork, Uuid};
use sea_orm::sea_query::value::prelude::mac_address::MacAddress;
use sea_orm::sea_query::value::prelude::time::{self, OffsetDateTime, PrimitiveDateTime};
use sea_orm::sea_query::{ArrayType, Enum, Nullable, OptionEnum, ValueType};
use serde_json::Value as Json;

pub type Typed = (ArrayType, BoxedStrategy<Value>);

pub(super) fn scalar() -> impl Strategy<Value = (ArrayType, Value)> {
    prop::sample::select(types()).prop_flat_map(|(of, values)| (Just(of), values))
}

pub(super) fn array() -> impl Strategy<Value = (ArrayType, Value)> {
    prop::sample::select(types()).prop_flat_map(|(of, values)| {
        let array = Value::Array(of.clone(), None);
        let elements = prop::collection::vec(values, 0..5);
        let elements = prop::option::weighted(0.9, elements.prop_map(Box::new));
        (Just(of), elements).prop_map(move |(of, elements)| match elements {
            Some(elements) => (of.clone(), Value::Array(of, Some(elements))),
            None => (of, array.clone()),
        })
    })
}

/// Every type of value, with a strategy for its values.
pub fn types() -> Vec<Typed> {
    vec![
        typed(any::<bool>()),
        typed(any::<i8>()),
        typed(any::<i16>()),
        typed(any::<i32>()),
        typed(any::<i64>()),
        typed(any::<u8>()),
        typed(any::<u16>()),
        typed(any::<u32>()),
        typed(any::<u64>()),
        typed(prop::num::f32::ANY),
        typed(prop::num::f64::ANY),
        typed(text()),
        typed(prop_oneof![any::<char>(), Just('\0')]),
        typed(any::<Vec<u8>>()),
        typed(json()),
        typed(any::<u128>().prop_map(Uuid::from_u128)),
        typed(chrono_date()),
        typed(chrono_time()),
        typed((chrono_date(), chrono_time()).prop_map(|(date, time)| date.and_time(time))),
        typed(chrono_instant()),
        typed(chrono_instant().prop_map(DateTime::<Local>::from)),
        typed(
            (chrono_instant(), -86_399..=86_399).prop_map(|(instant, offset)| {
                let zone = FixedOffset::east_opt(offset).unwrap();
                DateTime::<FixedOffset>::from_naive_utc_and_offset(instant.naive_utc(), zone)
            }),
        ),
        typed(time_date()),
        typed(time_time()),
        typed(
            (time_date(), time_time()).prop_map(|(date, time)| PrimitiveDateTime::new(date, time)),
        ),
        typed(time_instant()),
        typed(decimal()),
        typed(
            (any::<i128>(), -300..300_i64)
                .prop_map(|(digits, scale)| BigDecimal::new(digits.into(), scale)),
        ),
        typed(
            (any::<std::net::IpAddr>(), 0..=32_u8)
                .prop_map(|(ip, prefix)| IpNetwork::new(ip, prefix).unwrap()),
        ),
        typed(any::<[u8; 6]>().prop_map(MacAddress::new)),
        native_enum(),
    ]
}

fn typed<T>(values: impl Strategy<Value = T> + 'static) -> Typed
where
    T: ValueType + Nullable + Into<Value> + Debug + 'static,
{
    let nullable = prop::option::weighted(0.9, values);
    (T::array_type(), nullable.prop_map(Value::from).boxed())
}

fn native_enum() -> Typed {
    let values = prop::option::of(text()).prop_map(|value| {
        Value::Enum(match value {
            Some(value) => OptionEnum::Some(Box::new(Enum {
                type_name: "mood".into(),
                value: value.into(),
            })),
            None => OptionEnum::None("mood".into()),
        })
    });
    (ArrayType::Enum(Box::new("mood".into())), values.boxed())
}

pub(super) fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![any::<String>(), "[ab\0 ]{0,4}"]
}

pub(super) fn json() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        prop::num::f64::NORMAL.prop_map(Json::from),
        text().prop_map(Json::from),
    ];
    let key = prop_oneof![
        text(),
        prop::sample::select(vec!["before", "before_is", "after", "after_is"])
            .prop_map(str::to_owned),
    ];
    let tree = leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map(key.clone(), inner, 0..4)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    });
    let levels = prop_oneof![4 => Just(0_usize), 1 => 1..100_usize];
    (tree, levels)
        .prop_map(|(tree, levels)| (0..levels).fold(tree, |inner, _| Json::Array(vec![inner])))
        .boxed()
}

fn chrono_date() -> impl Strategy<Value = NaiveDate> {
    let days = NaiveDate::MAX
        .signed_duration_since(NaiveDate::MIN)
        .num_days();
    prop_oneof![
        Just(NaiveDate::MIN),
        Just(NaiveDate::MAX),
        (0..=days).prop_map(|days| NaiveDate::MIN + TimeDelta::days(days)),
        (0..36_500_i64).prop_map(|days| NaiveDate::default() + TimeDelta::days(days)),
    ]
}

fn chrono_time() -> impl Strategy<Value = NaiveTime> {
    let time = |second, nanosecond| {
        NaiveTime::from_num_seconds_from_midnight_opt(second, nanosecond).unwrap()
    };
    prop_oneof![
        (0..86_400_u32, 0..1_000_000_u32)
            .prop_map(move |(second, micro)| time(second, micro * 1_000)),
        (0..86_400_u32, 0..1_000_000_000_u32).prop_map(move |(second, nano)| time(second, nano)),
        (0..1_440_u32, 1_000_000_000..2_000_000_000_u32)
            .prop_map(move |(minute, nano)| time(minute * 60 + 59, nano)),
    ]
}

fn chrono_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let inside = (chrono_date(), chrono_time())
        .prop_map(|(date, time)| NaiveDateTime::new(date, time).and_utc());
    prop_oneof![1 => Just(DateTime::<Utc>::MIN_UTC), 1 => Just(DateTime::<Utc>::MAX_UTC), 8 => inside]
}

fn time_date() -> impl Strategy<Value = time::Date> {
    (time::Date::MIN.to_julian_day()..=time::Date::MAX.to_julian_day())
        .prop_map(|day| time::Date::from_julian_day(day).unwrap())
}

fn time_time() -> impl Strategy<Value = time::Time> {
    chrono_time().prop_map(|time| {
        use chrono::Timelike;
        let (hour, minute, second) = (time.hour() as u8, time.minute() as u8, time.second() as u8);
        time::Time::from_hms_nano(hour, minute, second, time.nanosecond() % 1_000_000_000).unwrap()
    })
}

fn time_instant() -> impl Strategy<Value = OffsetDateTime> {
    (time_date(), time_time(), -86_399..=86_399).prop_map(|(date, time, offset)| {
        let utc = PrimitiveDateTime::new(date, time).assume_utc();
        let zone = time::UtcOffset::from_whole_seconds(offset).unwrap();
        utc.checked_to_offset(zone).unwrap_or(utc)
    })
}

pub(super) fn decimal() -> impl Strategy<Value = Decimal> {
    let digits =
        -79_228_162_514_264_337_593_543_950_335..=79_228_162_514_264_337_593_543_950_335_i128;
    prop_oneof![
        (digits, 0..=28_u32)
            .prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale)),
        (any::<i16>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale)),
    ]
}

//! What is written can be read, whatever it is.

use std::fmt::Debug;

use audit_runtime::audited::{Audited, Field};
use audit_runtime::changes::{Change, Changes};
use audit_runtime::encode::{Encoded, ValueKind, decode, encode, entity_id};
use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;
use sea_orm::Value;
use sea_orm::prelude::{BigDecimal, Decimal, IpNetwork, Uuid};
use sea_orm::sea_query::value::prelude::mac_address::MacAddress;
use sea_orm::sea_query::value::prelude::time::{self, OffsetDateTime, PrimitiveDateTime};
use sea_orm::sea_query::{ArrayType, Enum, Nullable, OptionEnum, ValueType};
use serde_json::{Value as Json, json};

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn a_value_reads_back((of, value) in scalar()) {
        prop_assert_eq!(stored_and_read(&value, &ValueKind::Scalar(of)), value);
    }

    #[test]
    fn an_array_reads_back((of, value) in array()) {
        prop_assert_eq!(stored_and_read(&value, &ValueKind::Array(of)), value);
    }

    #[test]
    fn a_float_reads_back_bit_by_bit(value in prop::num::f64::ANY) {
        let Value::Double(Some(read)) = stored_and_read(&value.into(), &ValueKind::Scalar(ArrayType::Double)) else {
            panic!("not a double");
        };
        prop_assert!(read.to_bits() == value.to_bits() || read.is_nan() && value.is_nan());
    }

    #[test]
    fn a_json_column_is_safe_from_what_is_in_it(before in document(), after in document()) {
        let row = |data| document::Model { id: 1, data };
        let changes = Changes::updated::<document::Entity>(&row(before.clone()), &row(after.clone()));
        let text = serde_json::to_string(&changes).unwrap();
        prop_assert!(!text.contains("\\u0000"));
        prop_assert_eq!(&serde_json::from_str::<Changes>(&text).unwrap(), &changes);

        let kind = ValueKind::of::<document::Entity>(document::Column::Data);
        if let Some(Change { before: stored_before, after: stored_after, .. }) = changes.get("data") {
            prop_assert_eq!(decode(stored_before.as_ref().unwrap(), &kind), Ok(before.into()));
            prop_assert_eq!(decode(stored_after.as_ref().unwrap(), &kind), Ok(after.into()));
        }
    }

    #[test]
    fn two_keys_are_two_ids([a, b] in keys()) {
        prop_assert_eq!(a == b, entity_id(&a) == entity_id(&b));
    }

    #[test]
    fn an_id_is_no_other_key([a, _] in keys()) {
        let imitation = [Value::from(entity_id(&a))];
        prop_assert!(imitation[..] == a || a.len() > 1 || entity_id(&imitation) != entity_id(&a));
    }

    #[test]
    fn an_id_fits_its_column([a, _] in keys()) {
        let id = entity_id(&a);
        prop_assert!(id.chars().count() <= 512 && !id.contains('\0'));
    }
}

#[test]
fn the_kind_of_a_column_is_known() {
    use document::{Column, Entity};
    assert_eq!(
        ValueKind::of::<Entity>(Column::Id),
        ValueKind::Scalar(ArrayType::Int)
    );
    assert_eq!(
        ValueKind::of::<Entity>(Column::Data),
        ValueKind::Scalar(ArrayType::Json)
    );
    assert_eq!(
        ValueKind::of::<tagged::Entity>(tagged::Column::Tags),
        ValueKind::Array(ArrayType::String)
    );
}

#[test]
fn what_does_not_belong_to_the_column_is_refused() {
    let cases = [
        (
            json!("x"),
            ArrayType::Bool,
            "a string does not read as Bool",
        ),
        (
            json!(128),
            ArrayType::TinyInt,
            "a number does not read as TinyInt",
        ),
        (
            json!(-1),
            ArrayType::BigUnsigned,
            "a number does not read as BigUnsigned",
        ),
        (json!(1.5), ArrayType::Int, "a number does not read as Int"),
        (
            json!(0.1),
            ArrayType::Float,
            "a number does not read as Float",
        ),
        (
            json!(1),
            ArrayType::String,
            "a number does not read as String",
        ),
        (
            json!("ab"),
            ArrayType::Char,
            "a string does not read as Char",
        ),
        (
            json!("?"),
            ArrayType::Bytes,
            "a string does not read as Bytes",
        ),
        (json!([1]), ArrayType::Int, "an array does not read as Int"),
        (
            json!({}),
            ArrayType::Uuid,
            "an object does not read as Uuid",
        ),
        (
            json!(true),
            ArrayType::Decimal,
            "a boolean does not read as Decimal",
        ),
    ];
    for (json, of, message) in cases {
        let error = decode(&Encoded::Plain(json), &ValueKind::Scalar(of)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let error = decode(&Encoded::JsonNull, &ValueKind::Array(ArrayType::Int)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a JSON null does not read as array of Int"
    );
}

/// What was written before a column got another type.
#[test]
fn what_widens_without_loss_reads_and_nothing_else_does() {
    use ArrayType::{
        BigDecimal as Big, BigInt, BigUnsigned, ChronoDate, ChronoDateTime, ChronoDateTimeUtc,
        Decimal as Dec, Double, Float, Int, SmallInt, String as Text,
    };
    let decimal = |text: &str| -> Option<Value> { Some(text.parse::<Decimal>().unwrap().into()) };
    let big = |text: &str| -> Option<Value> { Some(text.parse::<BigDecimal>().unwrap().into()) };
    let midnight: NaiveDateTime = "2024-03-01T00:00:00".parse().unwrap();
    let cases: Vec<(Json, ArrayType, Option<Value>)> = vec![
        // From an integer.
        (json!(7), BigInt, Some(7_i64.into())),
        (json!(7), SmallInt, Some(7_i16.into())),
        (json!(70_000), SmallInt, None),
        (json!(-1), BigUnsigned, None),
        (json!(7), Dec, decimal("7")),
        (json!(-7), Big, big("-7")),
        (
            json!("9223372036854775807"),
            Dec,
            decimal("9223372036854775807"),
        ),
        (json!(7), Double, Some(7.0.into())),
        (json!(16_777_217), Float, None),
        (json!("9007199254740993"), Double, None),
        (
            json!("9007199254740992"),
            Double,
            Some(9_007_199_254_740_992.0.into()),
        ),
        // From a decimal.
        (json!("7"), Int, Some(7.into())),
        (json!("7.5"), Int, None),
        (json!("7.5"), Double, Some(7.5.into())),
        (json!("0.1"), Double, Some(0.1.into())),
        (json!("0.1"), Float, None),
        (json!("0.12345678901234567890"), Double, None),
        (json!("0.1234567890123456789012345678901"), Dec, None),
        (
            json!("0.1234567890123456789012345678901"),
            Big,
            big("0.1234567890123456789012345678901"),
        ),
        // From a float: the digits of a decimal were never there.
        (json!(0.1), Dec, None),
        (json!(0.1), Big, None),
        (json!(1.5), Int, None),
        (json!(0.1), Float, None),
        (json!(f64::from(0.1_f32)), Float, Some(0.1_f32.into())),
        (
            json!(f64::from(0.1_f32)),
            Double,
            Some(f64::from(0.1_f32).into()),
        ),
        (json!("Infinity"), Double, Some(f64::INFINITY.into())),
        (json!("-0"), Double, Some((-0.0).into())),
        // From text: only as the value is written.
        (json!("007"), Int, None),
        (json!("+7"), Int, None),
        (json!(" 7"), Int, None),
        (json!("7e0"), Int, None),
        // From a date, and from a time with a zone or without.
        (json!("2024-03-01"), ChronoDateTime, Some(midnight.into())),
        (json!("2024-03-01"), ChronoDateTimeUtc, None),
        (json!("2024-03-01T12:34:56.000000"), ChronoDate, None),
        (json!("2024-03-01T12:34:56.000000"), ChronoDateTimeUtc, None),
        (json!("2024-03-01T12:34:56.000000Z"), ChronoDateTime, None),
        (json!(true), Text, None),
        (json!(true), Int, None),
    ];
    for (json, of, expected) in cases {
        let read = decode(
            &Encoded::Plain(json.clone()),
            &ValueKind::Scalar(of.clone()),
        )
        .ok();
        assert_eq!(read, expected, "{json} as {of:?}");
    }
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Through the text that a database keeps.
fn stored_and_read(value: &Value, kind: &ValueKind) -> Value {
    let mut change = Change::default();
    change.after = Some(encode(value));
    let text = serde_json::to_string(&change).unwrap();
    assert!(!text.contains("\\u0000"));
    let stored: Change = serde_json::from_str(&text).unwrap();
    decode(&stored.after.unwrap(), kind).unwrap()
}

pub type Typed = (ArrayType, BoxedStrategy<Value>);

fn scalar() -> impl Strategy<Value = (ArrayType, Value)> {
    prop::sample::select(types()).prop_flat_map(|(of, values)| (Just(of), values))
}

fn array() -> impl Strategy<Value = (ArrayType, Value)> {
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

/// Every type of value, and any values of it.
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

fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![any::<String>(), "[ab\0 ]{0,4}"]
}

fn json() -> BoxedStrategy<Json> {
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

fn document() -> impl Strategy<Value = Option<Json>> {
    let imitations = prop::sample::select(vec![
        json!("redacted"),
        json!({ "before_is": "redacted" }),
        json!({ "before": null, "before_is": "json_null", "after": 1 }),
    ]);
    prop_oneof![Just(None), imitations.prop_map(Some), json().prop_map(Some)]
}

/// Two keys of one type.
fn keys() -> impl Strategy<Value = [Vec<Value>; 2]> {
    let long = (505..520_usize, "[a\0 ]{0,2}").prop_map(|(length, end)| "a".repeat(length) + &end);
    let text = prop_oneof!["[a\0 ,\"]{0,3}", long, any::<String>()].prop_map(Value::from);
    let single = text.clone().prop_map(|text| vec![text]);
    let composite = (text, -1..=1_i8).prop_map(|(text, number)| vec![text, number.into()]);
    prop_oneof![[single.clone(), single], [composite.clone(), composite]]
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

fn decimal() -> impl Strategy<Value = Decimal> {
    let digits =
        -79_228_162_514_264_337_593_543_950_335..=79_228_162_514_264_337_593_543_950_335_i128;
    prop_oneof![
        (digits, 0..=28_u32)
            .prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale)),
        (any::<i16>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits.into(), scale)),
    ]
}

mod document {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub data: Option<Json>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

impl Audited for document::Entity {
    fn field(column: document::Column) -> Field {
        match column {
            document::Column::Id => Field::key("id"),
            document::Column::Data => Field::record("data"),
        }
    }
}

mod tagged {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tagged")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub tags: Vec<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

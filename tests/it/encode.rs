//! Round trips of values: every written value can be read.

mod values;
mod widened;

pub use self::values::types;
use self::values::{array, json, scalar};
use audit_runtime::audited::{Audited, Field};
use audit_runtime::changes::{Change, Changes};
use audit_runtime::encode::{Encoded, ValueKind, decode, encode, entity_id};
use proptest::prelude::*;
use sea_orm::Value;
use sea_orm::sea_query::ArrayType;
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

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Writes a value to the text that a database stores, and reads it.
fn stored_and_read(value: &Value, kind: &ValueKind) -> Value {
    let mut change = Change::default();
    change.after = Some(encode(value));
    let text = serde_json::to_string(&change).unwrap();
    assert!(!text.contains("\\u0000"));
    let stored: Change = serde_json::from_str(&text).unwrap();
    decode(&stored.after.unwrap(), kind).unwrap()
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

//! Every column type, nullable and not.

pub mod number {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "numbers")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub bool: bool,
        pub i16: i16,
        pub i32: i32,
        pub i64: i64,
        pub float: f32,
        pub double: f64,
        #[sea_orm(column_type = "Decimal(Some((28, 10)))")]
        pub decimal: Decimal,
        #[sea_orm(column_type = "Decimal(Some((38, 10)))")]
        pub big_decimal: BigDecimal,
        pub bool_or_null: Option<bool>,
        pub i16_or_null: Option<i16>,
        pub i32_or_null: Option<i32>,
        pub i64_or_null: Option<i64>,
        pub float_or_null: Option<f32>,
        pub double_or_null: Option<f64>,
        #[sea_orm(column_type = "Decimal(Some((12, 2)))", nullable)]
        pub money_or_null: Option<Decimal>,
        #[sea_orm(column_type = "Decimal(Some((38, 10)))", nullable)]
        pub big_decimal_or_null: Option<BigDecimal>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub mod unsigned {
    //! Types that SeaORM does not support on PostgreSQL.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "unsigned")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub i8: i8,
        pub u8: u8,
        pub u16: u16,
        pub u32: u32,
        pub i8_or_null: Option<i8>,
        pub u8_or_null: Option<u8>,
        pub u16_or_null: Option<u16>,
        pub u32_or_null: Option<u32>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub mod huge {
    //! A type that SeaORM supports only on MySQL.

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "huge")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub u64: u64,
        pub u64_or_null: Option<u64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub mod text {
    use audit_runtime::Audited;
    use sea_orm::{FromJsonQueryResult, entity::prelude::*};
    use serde::{Deserialize, Serialize};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "texts")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "Text")]
        pub text: String,
        pub bytes: Vec<u8>,
        pub uuid: Uuid,
        #[sea_orm(column_type = "Json")]
        pub json: Json,
        #[sea_orm(column_type = "JsonBinary")]
        pub json_binary: Json,
        pub size: Size,
        pub color: Color,
        pub name: Name,
        pub address: Address,
        #[sea_orm(column_type = "Text", nullable)]
        pub text_or_null: Option<String>,
        #[sea_orm(column_type = "Char(Some(8))", nullable)]
        pub char_or_null: Option<String>,
        pub bytes_or_null: Option<Vec<u8>>,
        pub uuid_or_null: Option<Uuid>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub json_or_null: Option<Json>,
        pub size_or_null: Option<Size>,
        pub color_or_null: Option<Color>,
        pub name_or_null: Option<Name>,
        pub address_or_null: Option<Address>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(1))")]
    pub enum Size {
        #[sea_orm(string_value = "S")]
        Small,
        #[sea_orm(string_value = "L")]
        Large,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "i32", db_type = "Integer")]
    pub enum Color {
        #[sea_orm(num_value = -1)]
        Black,
        #[sea_orm(num_value = 1)]
        White,
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
    pub struct Name(pub String);

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct Address {
        pub street: String,
        pub number: Option<u32>,
        pub position: [f64; 2],
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub mod moment {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "moments")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub day: Date,
        pub clock: Time,
        pub local: DateTime,
        pub utc: DateTimeUtc,
        pub zoned: DateTimeWithTimeZone,
        pub day_2: TimeDate,
        pub clock_2: TimeTime,
        pub local_2: TimeDateTime,
        pub zoned_2: TimeDateTimeWithTimeZone,
        pub day_or_null: Option<Date>,
        pub clock_or_null: Option<Time>,
        pub local_or_null: Option<DateTime>,
        pub utc_or_null: Option<DateTimeUtc>,
        pub zoned_or_null: Option<DateTimeWithTimeZone>,
        pub day_2_or_null: Option<TimeDate>,
        pub clock_2_or_null: Option<TimeTime>,
        pub local_2_or_null: Option<TimeDateTime>,
        pub zoned_2_or_null: Option<TimeDateTimeWithTimeZone>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub mod postgres {
    //! Types that only PostgreSQL has.

    use audit_runtime::Audited;
    use sea_orm::{
        entity::prelude::*,
        sea_query::value::prelude::{ipnetwork::IpNetwork, mac_address::MacAddress},
    };

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "postgres")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub mood: Mood,
        pub mood_or_null: Option<Mood>,
        pub moods: Vec<Mood>,
        #[sea_orm(column_type = "Inet")]
        pub network: IpNetwork,
        #[sea_orm(column_type = "MacAddr", nullable)]
        pub mac: Option<MacAddress>,
        pub bools: Vec<bool>,
        pub integers: Vec<i64>,
        pub floats: Vec<f32>,
        pub doubles: Vec<f64>,
        pub texts: Vec<String>,
        pub texts_or_null: Option<Vec<String>>,
        #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::Decimal(None)))")]
        pub decimals: Vec<Decimal>,
        pub uuids: Vec<Uuid>,
        #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::JsonBinary))")]
        pub jsons: Vec<Json>,
        pub instants: Vec<DateTimeUtc>,
        pub tags: Tags,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "mood")]
    pub enum Mood {
        #[sea_orm(string_value = "so so")]
        SoSo,
        #[sea_orm(string_value = "it's \"fine\"")]
        Fine,
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
    pub struct Tags(pub Vec<String>);

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

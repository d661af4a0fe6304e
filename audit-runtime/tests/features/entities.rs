//! An entity for each type of column.

/// An entity with one column of a type.
macro_rules! entity {
    ($name:ident, $ty:ty $(, column_type = $column_type:literal)?) => {
        pub mod $name {
            use audit_runtime::Audited;
            #[allow(unused_imports)]
            use sea_orm::{
                entity::prelude::*,
                sea_query::value::prelude::mac_address::MacAddress,
            };

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = "specimens")]
            #[audited(entity_type = "Specimen", no_hooks)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                $(#[sea_orm(column_type = $column_type)])?
                #[audited(create, update)]
                pub value: $ty,
            }
        }
    };
}

entity!(decimal, Option<Decimal>);
entity!(big_decimal, Option<BigDecimal>);
entity!(network, Option<IpNetwork>);
entity!(hardware, Option<MacAddress>);
entity!(date, Option<TimeDate>);
entity!(time, Option<TimeTime>);
entity!(date_time, Option<TimeDateTime>);
entity!(instant, Option<TimeDateTimeWithTimeZone>);
entity!(array, Option<Vec<i32>>);
entity!(array_of_decimals, Option<Vec<Decimal>>);
entity!(vector, Option<String>, column_type = "Vector(Some(3))");

/// What is not recorded need not be read back.
pub mod hidden {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "hidden")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: i32,
        #[audited(create, update, redact)]
        pub redacted: Decimal,
        #[audited(skip)]
        pub skipped: Decimal,
    }
}

/// A key that cannot be read back.
pub mod keyed {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "keyed")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Decimal,
    }
}

/// Every type that is always there.
pub mod plain {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "plain")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: Uuid,
        #[audited(create, update, label)]
        pub text: String,
        #[audited(create, update)]
        pub number: i64,
        #[audited(create, update)]
        pub float: Option<f64>,
        #[audited(create, update)]
        pub bytes: Vec<u8>,
        #[audited(create, update)]
        pub document: Json,
        #[audited(create, update)]
        pub instant: DateTimeUtc,
        #[audited(create, update)]
        pub date: Date,
    }
}

//! One entity in the dense, the compact and the expanded format.

/// An entity by its table, its key and its columns: the variant, the field and the type of each.
macro_rules! in_every_format {
    (
        $table:literal, $id:ty, auto $auto:literal, key [$($Key:ident),+], by [$($By:ident),+],
        { $($(#[$attribute:meta])* $Column:ident $field:ident: $type:ty,)+ }
        rows $row:expr, changes $change:expr
    ) => {
        pub mod dense {
            use super::*;

            #[sea_orm::model]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)+
            }

            crate::walk::shape! { $id, by [$($By),+], rows $row, changes $change, {
                fn cleared(_: DbBackend) -> Vec<String> {
                    vec![concat!("DROP TABLE ", $table).to_owned()]
                }
            } }
        }

        pub mod compact {
            use super::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
            #[sea_orm(table_name = $table)]
            #[audited(no_hooks)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            crate::walk::shape! { $id, by [$($By),+], rows $row, changes $change, {
                fn cleared(_: DbBackend) -> Vec<String> {
                    vec![concat!("DROP TABLE ", $table).to_owned()]
                }
            } }
        }

        pub mod expanded {
            use super::*;

            #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
            pub struct Entity;

            impl EntityName for Entity {
                fn table_name(&self) -> &'static str {
                    $table
                }
            }

            #[derive(Clone, Debug, PartialEq, DeriveModel, DeriveActiveModel, Audited)]
            #[audited(no_hooks)]
            pub struct Model {
                $($(#[$attribute])* pub $field: $type,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
            pub enum Column {
                $($Column,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
            pub enum PrimaryKey {
                $($Key,)+
            }

            impl PrimaryKeyTrait for PrimaryKey {
                type ValueType = $id;

                fn auto_increment() -> bool {
                    $auto
                }
            }

            impl ColumnTrait for Column {
                type EntityName = Entity;

                fn def(&self) -> ColumnDef {
                    match self {
                        $(Self::$Column => super::compact::Column::$Column.def(),)+
                    }
                }
            }

            #[derive(Copy, Clone, Debug, EnumIter)]
            pub enum Relation {}

            impl RelationTrait for Relation {
                fn def(&self) -> RelationDef {
                    match *self {}
                }
            }

            crate::walk::shape! { $id, by [$($By),+], rows $row, changes $change, {
                fn cleared(_: DbBackend) -> Vec<String> {
                    vec![concat!("DROP TABLE ", $table).to_owned()]
                }
            } }
        }
    };
}

pub mod metadata {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    in_every_format! {
        "metadata", Uuid, auto false, key [Uuid], by [Uuid],
        {
            #[sea_orm(primary_key, auto_increment = false)]
            #[audited(create)]
            Uuid uuid: Uuid,
            #[sea_orm(column_name = "type", enum_name = "Type")]
            #[audited(create, update, label)]
            Type ty: String,
            #[audited(create, update)]
            Key key: String,
            #[audited(create, update)]
            Value value: String,
            #[sea_orm(column_type = "VarBinary(StringLen::N(32))")]
            #[audited(create, update)]
            Bytes bytes: Vec<u8>,
            #[audited(create, update)]
            Date date: Option<Date>,
            #[audited(create, update)]
            Time time: Option<Time>,
        }
        rows |n| json!({
            "uuid": format!("67e55044-10b1-426f-9247-bb680e5fe0c{n}"), "ty": "a", "key": "b", "value": "", "bytes": [0, n],
            "date": "2021-09-27", "time": null,
        }),
        changes |n| json!({
            "ty": format!("'{n}"), "value": "x".repeat(n as usize), "bytes": [255, n, 0], "date": null,
            "time": (n != 2).then(|| format!("11:32:5{n}")),
        })
    }
}

pub mod transaction_log {
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
}

pub mod uuid_fmt {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;
    use uuid::fmt::{Braced, Hyphenated, Simple, Urn};

    in_every_format! {
        "uuid_fmt", i32, auto true, key [Id], by [Uuid],
        {
            #[sea_orm(primary_key)]
            Id id: i32,
            #[sea_orm(unique)]
            #[audited(create)]
            Uuid uuid: Uuid,
            #[audited(create, update)]
            UuidBraced uuid_braced: Braced,
            #[audited(create, update)]
            UuidHyphenated uuid_hyphenated: Hyphenated,
            #[audited(create, update)]
            UuidSimple uuid_simple: Simple,
            #[audited(create, update)]
            UuidUrn uuid_urn: Urn,
        }
        rows |n| {
            let uuid = format!("67e55044-10b1-426f-9247-bb680e5fe0c{n}");
            json!({
                "uuid": uuid, "uuid_braced": format!("{{{uuid}}}"), "uuid_hyphenated": uuid,
                "uuid_simple": uuid.replace('-', ""), "uuid_urn": format!("urn:uuid:{uuid}"),
            })
        },
        changes |n| {
            let uuid = format!("{n}7e55044-10b1-426f-9247-bb680e5fe0ca");
            json!({
                "uuid_braced": format!("{{{uuid}}}"), "uuid_hyphenated": uuid, "uuid_simple": uuid.replace('-', ""),
                "uuid_urn": format!("urn:uuid:{uuid}"),
            })
        }
    }
}

pub mod value_type {
    use std::{fmt, str::FromStr};

    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*, sea_query::ValueTypeErr};
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType, Deserialize)]
    #[sea_orm(try_from_u64)]
    pub struct Number(pub i32);

    /// Text by its `Display` and `FromStr`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
    #[sea_orm(value_type = "String")]
    pub enum Water {
        Hard,
        Soft,
    }

    impl fmt::Display for Water {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(match self {
                Self::Hard => "hard",
                Self::Soft => "soft",
            })
        }
    }

    impl FromStr for Water {
        type Err = ValueTypeErr;

        fn from_str(text: &str) -> Result<Self, ValueTypeErr> {
            match text {
                "hard" => Ok(Self::Hard),
                "soft" => Ok(Self::Soft),
                _ => Err(ValueTypeErr),
            }
        }
    }

    /// Text by functions that are named.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
    #[sea_orm(
        value_type = "String",
        from_str = "Shade::read",
        to_str = "Shade::text",
        column_type = "Text"
    )]
    pub enum Shade {
        Color,
        Grey,
    }

    impl Shade {
        fn text(&self) -> &'static str {
            match self {
                Self::Color => "color",
                Self::Grey => "grey",
            }
        }

        fn read(text: &str) -> Result<Self, ValueTypeErr> {
            match text {
                "color" => Ok(Self::Color),
                "grey" => Ok(Self::Grey),
                _ => Err(ValueTypeErr),
            }
        }
    }

    in_every_format! {
        "value_type", Number, auto true, key [Id], by [Unique],
        {
            #[sea_orm(primary_key)]
            Id id: Number,
            #[sea_orm(unique)]
            #[audited(create)]
            Unique unique: Number,
            #[audited(create, update)]
            Number number: Option<Number>,
            #[audited(create, update, label)]
            Water water: Water,
            #[audited(create, update)]
            Shade shade: Shade,
        }
        rows |n| json!({ "unique": n, "number": null, "water": "Hard", "shade": "Grey" }),
        changes |n| json!({ "number": n, "water": "Soft", "shade": if n == 2 { "Grey" } else { "Color" } })
    }
}

pub mod pi {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    in_every_format! {
        "pi", i32, auto true, key [Id], by [Number],
        {
            #[sea_orm(primary_key)]
            Id id: i32,
            #[sea_orm(unique)]
            #[audited(create)]
            Number number: i32,
            #[sea_orm(column_type = "Decimal(Some((11, 10)))")]
            #[audited(create, update)]
            Decimal decimal: Decimal,
            #[sea_orm(column_type = "Decimal(Some((11, 10)))")]
            #[audited(create, update)]
            BigDecimal big_decimal: BigDecimal,
            #[sea_orm(column_type = "Decimal(Some((11, 10)))", nullable)]
            #[audited(create, update)]
            DecimalOpt decimal_opt: Option<Decimal>,
            #[sea_orm(column_type = "Decimal(Some((11, 10)))", nullable)]
            #[audited(create, update)]
            BigDecimalOpt big_decimal_opt: Option<BigDecimal>,
        }
        rows |n| json!({
            "number": n, "decimal": "3.1415926536", "big_decimal": "3.1415926536", "decimal_opt": null, "big_decimal_opt": null,
        }),
        changes |n| json!({
            "decimal": format!("{n}.1250000000"), "big_decimal": format!("-{n}.5"), "decimal_opt": (n != 2).then(|| format!("{n}.5")),
            "big_decimal_opt": "0.0000000000",
        })
    }
}

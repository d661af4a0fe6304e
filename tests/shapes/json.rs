//! Columns of JSON.

/// Lists of structs, of enums with values, and maps.
pub mod lists {
    use std::collections::BTreeMap;

    use audit_runtime::Audited;
    use sea_orm::{FromJsonQueryResult, entity::prelude::*};
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct Line {
        name: String,
        price: f64,
        payment: Option<Payment>,
    }

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    #[serde(tag = "by", rename_all = "kebab-case")]
    pub enum Payment {
        Cash,
        Card { last_digits: u16 },
    }

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct Counts(BTreeMap<String, u64>);

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "baskets")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[sea_orm(column_type = "JsonBinary")]
        #[audited(create, update)]
        pub lines: Vec<Line>,
        #[sea_orm(column_type = "Json", nullable)]
        #[audited(create, update)]
        pub former: Option<Vec<Line>>,
        #[sea_orm(column_type = "JsonBinary")]
        #[audited(create, update)]
        pub payment: Payment,
        #[sea_orm(column_type = "JsonBinary")]
        #[audited(create, update)]
        pub counts: Counts,
    }

    super::super::walk::shape! { i32, by [Number],
        rows |n| json!({ "number": n, "lines": [], "former": null, "payment": { "by": "cash" }, "counts": {} }),
        changes |n| {
            let line = json!({ "name": format!("\"{n}\""), "price": 0.1 + f64::from(n), "payment": null });
            let card = json!({ "by": "card", "last_digits": n });
            let counts = json!({ "a": u64::MAX - n as u64, "": 0 });
            let paid = json!({ "name": "", "price": 1, "payment": card });
            json!({ "lines": [line, paid], "former": (n != 2).then_some([paid]), "payment": card, "counts": counts })
        }
    }
}

/// JSON deeper than some stores accept, and values that they cannot hold.
pub mod deep {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "trees")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[sea_orm(column_type = "JsonBinary")]
        #[audited(create, update)]
        pub tree: Json,
        #[sea_orm(column_type = "Json", nullable)]
        #[audited(create, update)]
        pub other: Option<Json>,
    }

    super::super::walk::shape! { i32, by [Number],
        rows |n| json!({ "number": n, "tree": nested(n as usize), "other": [0.1, 1e300, u64::MAX, i64::MIN] }),
        changes |n| json!({ "tree": nested(24 + n as usize), "other": (n != 2).then(|| nested(27 + n as usize)) })
    }

    /// JSON with this many levels. MariaDB stores 31.
    fn nested(levels: usize) -> Json {
        (0..levels).fold(
            json!({ "before": "\u{1f980}", "after_is": null }),
            |inner, level| {
                if level % 2 == 0 {
                    json!([inner])
                } else {
                    json!({ "": inner })
                }
            },
        )
    }
}

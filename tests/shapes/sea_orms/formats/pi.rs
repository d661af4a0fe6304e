//! SeaORM's entity of decimals.

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

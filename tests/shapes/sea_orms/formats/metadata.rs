//! SeaORM's entity of JSON, bytes, dates and times.

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

//! SeaORM's entity of formatted UUIDs.

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

//! Setters take literals: of every primitive, nullable or not, and JSON.

mod sample {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "samples")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[audited(create, update)]
        pub tiny: i8,
        #[audited(create, update)]
        pub small: Option<u16>,
        #[audited(create, update)]
        pub big: u64,
        #[audited(create, update)]
        pub ratio: f32,
        #[audited(create, update)]
        pub precise: Option<f64>,
        #[audited(create, update)]
        pub active: bool,
        #[audited(create, update)]
        pub sure: Option<bool>,
        #[audited(create, update)]
        pub name: String,
        #[audited(create, update)]
        pub nickname: Option<String>,
        #[audited(create, update)]
        pub extra: Json,
        #[audited(create, update)]
        pub optional_extra: Option<Json>,
        #[audited(create, update)]
        pub at: Option<DateTimeUtc>,
        #[audited(create, update)]
        pub price: Option<Decimal>,
        #[audited(create, update)]
        pub owner: Option<Uuid>,
        #[audited(create, update)]
        pub bytes: Vec<u8>,
    }
}

fn main() {
    let owned = "a name".to_owned();
    let _ = sample::Patch::new()
        .tiny(-1)
        .small(2)
        .big(3)
        .ratio(1.5)
        .precise(2.5)
        .active(true)
        .sure(false)
        .name("a name")
        .nickname(&owned)
        .nickname("another")
        .nickname(None)
        .extra(serde_json::json!({"a": 1}))
        .optional_extra(serde_json::json!(1))
        .optional_extra(None)
        .at(None)
        .price(sea_orm::prelude::Decimal::ONE)
        .owner(Some(sea_orm::prelude::Uuid::nil()))
        .bytes([1, 2, 3])
        .nickname(Some(owned));
}

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited, Serialize)]
#[sea_orm(table_name = "teams")]
#[audited(entity_type = "Team", others = record, no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    #[audited(record, label)]
    pub name: String,
    #[audited(touch = create)]
    pub created_at: DateTimeUtc,
    #[sea_orm(has_many)]
    pub tickets: HasMany<super::ticket::Entity>,
}

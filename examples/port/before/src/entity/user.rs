use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub name: String,
    #[sea_orm(unique)]
    pub email: String,
    #[serde(skip_serializing)]
    #[sea_orm(unique)]
    pub api_token: String,
    pub role: Role,
    pub created_at: DateTimeUtc,
    #[sea_orm(has_many, relation_enum = "Requested", via_rel = "Requester")]
    pub requested: HasMany<super::ticket::Entity>,
    #[sea_orm(has_many, relation_enum = "Assigned", via_rel = "Assignee")]
    pub assigned: HasMany<super::ticket::Entity>,
}

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(16))",
    rename_all = "lowercase"
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Customer,
    Agent,
    Admin,
}

impl ActiveModelBehavior for ActiveModel {}

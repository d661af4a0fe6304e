use audit_runtime::Audited;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited, Serialize)]
#[sea_orm(table_name = "tickets")]
#[audited(entity_type = "Ticket", others = record, no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update(Edit), label)]
    pub subject: String,
    #[audited(update(Status))]
    pub status: Status,
    #[audited(update(Edit))]
    pub priority: Priority,
    #[audited(update(Edit, Team))]
    pub team_id: Option<i32>,
    pub requester_id: i32,
    #[audited(update(Edit))]
    pub assignee_id: Option<i32>,
    #[audited(touch = create)]
    pub created_at: DateTimeUtc,
    #[audited(touch)]
    pub updated_at: DateTimeUtc,
    #[sea_orm(belongs_to, from = "team_id", to = "id")]
    pub team: HasOne<super::team::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Requester",
        from = "requester_id",
        to = "id"
    )]
    pub requester: HasOne<super::user::Entity>,
    #[sea_orm(
        belongs_to,
        relation_enum = "Assignee",
        from = "assignee_id",
        to = "id"
    )]
    pub assignee: HasOne<super::user::Entity>,
    #[sea_orm(has_many)]
    pub comments: HasMany<super::comment::Entity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(16))",
    rename_all = "lowercase"
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Pending,
    Solved,
    Closed,
}

#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize,
)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(16))",
    rename_all = "lowercase"
)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

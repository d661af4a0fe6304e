//! Assigns tickets without a team to the support.

use chrono::Utc;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sea_orm_migration::prelude::*;

use crate::entity::{team, ticket};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let support = team::Entity::find()
            .filter(team::Column::Name.eq("Support"))
            .one(db)
            .await?;
        if let Some(support) = support {
            ticket::Entity::update_many()
                .set(ticket::ActiveModel {
                    team_id: Set(Some(support.id)),
                    updated_at: Set(Utc::now()),
                    ..Default::default()
                })
                .filter(ticket::Column::TeamId.is_null())
                .exec(db)
                .await?;
        }
        Ok(())
    }
}

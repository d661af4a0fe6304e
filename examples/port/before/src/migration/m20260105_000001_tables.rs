use sea_orm::Schema;
use sea_orm_migration::prelude::*;

use crate::entity::{comment, team, ticket, user};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let schema = Schema::new(manager.get_database_backend());
        for table in [
            schema.create_table_from_entity(user::Entity),
            schema.create_table_from_entity(team::Entity),
            schema.create_table_from_entity(ticket::Entity),
            schema.create_table_from_entity(comment::Entity),
        ] {
            manager.create_table(table).await?;
        }
        Ok(())
    }
}

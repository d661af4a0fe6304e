//! Assigns tickets without a team to the support.

use audit_runtime::prelude::*;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sea_orm_migration::prelude::*;

use crate::entity::{team, ticket};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let SchemaManagerConnection::Connection(db) = manager.get_connection() else {
            return Err(DbErr::Custom("run it without a transaction".to_owned()));
        };
        let support = team::Entity::find()
            .filter(team::Column::Name.eq("Support"))
            .one(*db)
            .await?;
        if let Some(support) = support {
            let context = AuditContext::new(Actor::system("migration"));
            let patch = ticket::TeamPatch::new().team_id(support.id);
            db.audited(&context)
                .update_many(ticket::Column::TeamId.is_null(), patch)
                .await?;
        }
        Ok(())
    }
}

//! The initial data of a help desk. The seed runs at every start.

use chrono::Utc;
use sea_orm::{ActiveValue::Set, DatabaseConnection, DbErr, EntityTrait};

use crate::entity::{
    team,
    user::{self, Role},
};

pub async fn seed(db: &DatabaseConnection, admin_token: &str) -> Result<(), DbErr> {
    for name in ["Support", "Billing"] {
        let team = team::ActiveModel {
            name: Set(name.to_owned()),
            created_at: Set(Utc::now()),
            ..Default::default()
        };
        team::Entity::insert(team)
            .on_conflict_do_nothing_on([team::Column::Name])
            .exec(db)
            .await?;
    }
    let admin = user::ActiveModel {
        name: Set("Admin".to_owned()),
        email: Set("admin@example.com".to_owned()),
        api_token: Set(admin_token.to_owned()),
        role: Set(Role::Admin),
        created_at: Set(Utc::now()),
        ..Default::default()
    };
    user::Entity::insert(admin)
        .on_conflict_do_nothing_on([user::Column::Email])
        .exec(db)
        .await?;
    Ok(())
}

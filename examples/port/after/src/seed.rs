//! The initial data of a help desk. The seed runs at every start.

use audit_runtime::prelude::*;
use sea_orm::{DatabaseConnection, DbErr};

use crate::entity::{
    team,
    user::{self, Role},
};

pub async fn seed(db: &DatabaseConnection, admin_token: &str) -> Result<(), DbErr> {
    let context = AuditContext::new(Actor::system("seed"));
    let audit = db.audited(&context);
    for name in ["Support", "Billing"] {
        let team = team::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        audit.insert_or_keep(team, [team::Column::Name]).await?;
    }
    let admin = user::ActiveModel {
        name: Set("Admin".to_owned()),
        email: Set("admin@example.com".to_owned()),
        api_token: Set(admin_token.to_owned()),
        role: Set(Role::Admin),
        ..Default::default()
    };
    audit.insert_or_keep(admin, [user::Column::Email]).await?;
    Ok(())
}

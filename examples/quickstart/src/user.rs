//! The audited entity: its allowlists, and the policy of each field.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(entity_type = "User", no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(create(SignUp), update(Profile, Admin), label)]
    pub username: String,
    #[audited(update(Admin))]
    pub role: String,
    #[audited(create(SignUp), update(Profile), redact)]
    pub phone: Option<String>,
    #[audited(redact)]
    pub password_hash: String,
    #[audited(skip)]
    pub last_seen_at: DateTimeUtc,
}

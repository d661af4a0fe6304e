use audit_runtime::Audited;
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use serde::Serialize;

use super::{Table, logins, new_year, role, role_of_all};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Serialize, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(entity_type = "User", no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(record, label)]
    pub username: String,
    pub email: String,
    #[audited(update)]
    pub role: String,
    pub phone: Option<String>,
    #[audited(update)]
    pub logins: i32,
    pub active: bool,
    pub changed_at: DateTimeUtc,
}

impl Table for Entity {
    type Patch = Patch;

    fn id() -> Column {
        Column::Id
    }

    fn role() -> Column {
        Column::Role
    }

    fn logins() -> Column {
        Column::Logins
    }

    fn new_row(turn: usize) -> ActiveModel {
        ActiveModel {
            username: Set(format!("user {turn}")),
            email: Set(format!("user.{turn}@example.org")),
            role: Set("user".to_owned()),
            phone: Set(Some("555-0100".to_owned())),
            logins: Set(0),
            active: Set(true),
            changed_at: Set(new_year()),
            ..Default::default()
        }
    }

    fn changed_row(id: i32, turn: usize) -> ActiveModel {
        ActiveModel {
            id: Set(id),
            role: Set(role(turn).to_owned()),
            logins: Set(logins(turn)),
            ..Default::default()
        }
    }

    fn patch(turn: usize) -> Patch {
        Patch::new().role(role(turn)).logins(logins(turn))
    }

    fn patch_of_all(round: usize) -> Patch {
        Patch::new().role(role_of_all(round))
    }

    fn id_of(row: &Model) -> i32 {
        row.id
    }

    fn label_of(row: &Model) -> &str {
        &row.username
    }
}

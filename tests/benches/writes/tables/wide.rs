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
    pub first_name: String,
    pub last_name: String,
    pub street: String,
    pub city: String,
    pub postcode: String,
    pub country: String,
    pub locale: String,
    pub time_zone: String,
    pub company: Option<String>,
    pub note: Option<String>,
    pub born_on: Option<Date>,
    pub credit: i64,
    pub visits: i64,
    pub orders: i32,
    pub discount: f64,
    pub rating: f64,
    pub newsletter: bool,
    pub verified: bool,
    pub suspended: bool,
    pub created_at: DateTimeUtc,
    pub seen_at: Option<DateTimeUtc>,
    pub settings: Json,
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
            first_name: Set("John".to_owned()),
            last_name: Set("Smith".to_owned()),
            street: Set("1 High Street".to_owned()),
            city: Set("Springfield".to_owned()),
            postcode: Set("12345".to_owned()),
            country: Set("US".to_owned()),
            locale: Set("en".to_owned()),
            time_zone: Set("America/Chicago".to_owned()),
            company: Set(None),
            note: Set(Some("pays on time".to_owned())),
            born_on: Set(Date::from_ymd_opt(1980, 2, 29)),
            credit: Set(125_000),
            visits: Set(42),
            orders: Set(7),
            discount: Set(0.125),
            rating: Set(4.5),
            newsletter: Set(false),
            verified: Set(true),
            suspended: Set(false),
            created_at: Set(new_year()),
            seen_at: Set(None),
            settings: Set(serde_json::json!({ "theme": "dark", "columns": 3 })),
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

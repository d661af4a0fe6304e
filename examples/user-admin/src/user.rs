//! Users: the allowlists of the roles, and the policy of each field.

use std::fmt;

use audit_runtime::Audited;
use chrono::{Datelike, TimeDelta, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    text::{line, lines},
};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(entity_type = "User", no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[sea_orm(unique)]
    #[audited(create(SignUp, Setup), update(Profile, Support, Admin), label)]
    pub username: String,
    #[sea_orm(default_value = "user")]
    #[audited(create(Setup), update(Admin))]
    pub role: Role,
    #[audited(update(Support, Admin))]
    pub locked_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    #[audited(update(Profile))]
    pub about: Option<String>,
    #[audited(create(SignUp), update(Profile), redact)]
    pub phone: Option<String>,
    #[audited(create(SignUp, Setup), update(Password), redact)]
    pub password_hash: String,
    #[audited(skip)]
    pub last_seen_at: Option<DateTimeUtc>,
    #[sea_orm(has_many)]
    pub orders: HasMany<super::order::Entity>,
}

/// The permissions of an account. They are read again for every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(16))",
    rename_all = "lowercase"
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May change their own profile and orders.
    User,
    /// May also change the orders, names and locks of all users.
    Support,
    /// May also change roles and make refunds.
    Admin,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "User",
            Self::Support => "Support",
            Self::Admin => "Admin",
        })
    }
}

/// Validates and normalises a username.
pub fn name(text: &str) -> Result<String, Failure> {
    match line(text) {
        Some(name) if (1..=100).contains(&name.chars().count()) => Ok(name),
        _ => Err(Failure::Invalid(
            "a username has 1 to 100 characters, and no control characters",
        )),
    }
}

/// Validates a phone number. Returns `None` if it is empty.
pub fn phone(text: &str) -> Result<Option<String>, Failure> {
    match line(text) {
        Some(phone) if phone.is_empty() => Ok(None),
        Some(phone) if phone.chars().count() <= 30 => Ok(Some(phone)),
        _ => Err(Failure::Invalid(
            "a phone number has at most 30 characters, and no control characters",
        )),
    }
}

/// Validates the text about oneself. Returns `None` if it is empty.
pub fn about(text: &str) -> Result<Option<String>, Failure> {
    match lines(text) {
        Some(about) if about.is_empty() => Ok(None),
        Some(about) if about.chars().count() <= 10_000 => Ok(Some(about)),
        _ => Err(Failure::Invalid(
            "a text about oneself has at most 10000 characters, and no control characters but line ends and tabs",
        )),
    }
}

/// Validates the start of a lock: a time that every database can store, and not in the future.
pub fn locked_at(since: DateTimeUtc) -> Result<DateTimeUtc, Failure> {
    // A client's clock may be fast.
    let latest = Utc::now() + TimeDelta::minutes(5);
    match since.year() {
        2000.. if since <= latest => Ok(since),
        _ => Err(Failure::Invalid(
            "an account is locked since the year 2000 or later, and not from a time to come",
        )),
    }
}

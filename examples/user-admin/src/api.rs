//! The same over JSON. What a body may set is decided at compile time, and a body that asks for more is evidence.

use audit_runtime::{
    http::{Allowed, Problem},
    prelude::*,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::patch,
};
use sea_orm::{ActiveValue, DatabaseConnection};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    session::{SignedIn, Staff},
    user,
};

pub fn routes() -> Router<DatabaseConnection> {
    Router::new()
        .route("/api/profile", patch(update_profile))
        .route("/api/users/{id}", patch(update_user))
}

async fn update_profile(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    SignedIn { user, .. }: SignedIn,
    Allowed(patch): Allowed<user::ProfilePatch>,
) -> Result<Json<Value>, Problem> {
    valid(&patch.username, |name| user::name(name).map(drop))?;
    valid(&patch.about, |about| given(about, user::about))?;
    valid(&patch.phone, |phone| given(phone, user::phone))?;
    let user = db.audited(&context).update(user.id, patch).await?;
    Ok(Json(view(&user)))
}

/// What support may do. Roles are changed on the pages, by admins.
async fn update_user(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    _: Staff,
    Path(id): Path<i32>,
    Allowed(patch): Allowed<user::SupportPatch>,
) -> Result<Json<Value>, Problem> {
    valid(&patch.username, |name| user::name(name).map(drop))?;
    let user = db.audited(&context).update(id, patch).await?;
    Ok(Json(view(&user)))
}

/// An allowlist says which fields may be set. What they may be set to is checked here.
fn valid<T: Into<sea_orm::Value>>(
    field: &ActiveValue<T>,
    check: impl FnOnce(&T) -> Result<(), Failure>,
) -> Result<(), Problem> {
    match field {
        Set(value) => check(value).map_err(|failure| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(failure.to_string())
        }),
        _ => Ok(()),
    }
}

fn given<T>(text: &Option<String>, check: fn(&str) -> Result<T, Failure>) -> Result<(), Failure> {
    text.as_deref().map(check).transpose().map(drop)
}

fn view(user: &user::Model) -> Value {
    json!({ "id": user.id, "username": user.username, "role": user.role })
}

//! The JSON API. Allowlists are checked at compile time, and a body with other fields is refused and recorded.

use std::mem;

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
    Allowed(mut patch): Allowed<user::ProfilePatch>,
) -> Result<Json<Value>, Problem> {
    kept(&mut patch.username, |name| user::name(&name))?;
    kept(&mut patch.about, |about| given(about, user::about))?;
    kept(&mut patch.phone, |phone| given(phone, user::phone))?;
    let user = db.audited(&context).update(user.id, patch).await?;
    Ok(Json(view(&user)))
}

/// Applies the allowlist of support. Admins change roles on the pages.
async fn update_user(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    _: Staff,
    Path(id): Path<i32>,
    Allowed(mut patch): Allowed<user::SupportPatch>,
) -> Result<Json<Value>, Problem> {
    kept(&mut patch.username, |name| user::name(&name))?;
    kept(&mut patch.locked_at, |since| {
        since.map(user::locked_at).transpose()
    })?;
    let user = db.audited(&context).update(id, patch).await?;
    Ok(Json(view(&user)))
}

/// Validates a field's value, as the forms do. The allowlist limits only which fields may be set.
fn kept<T: Into<sea_orm::Value>>(
    field: &mut ActiveValue<T>,
    keep: impl FnOnce(T) -> Result<T, Failure>,
) -> Result<(), Problem> {
    if let Set(value) = mem::take(field) {
        let value = keep(value).map_err(|failure| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(failure.to_string())
        })?;
        *field = Set(value);
    }
    Ok(())
}

fn given<T>(
    text: Option<String>,
    keep: fn(&str) -> Result<Option<T>, Failure>,
) -> Result<Option<T>, Failure> {
    text.map_or(Ok(None), |text| keep(&text))
}

fn view(user: &user::Model) -> Value {
    json!({ "id": user.id, "username": user.username, "role": user.role })
}

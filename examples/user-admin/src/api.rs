//! The same over JSON. What a body may set is decided at compile time, and a body that asks for more is evidence.

use audit_runtime::{Error, http::Allowed, prelude::*};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::patch,
};
use sea_orm::DatabaseConnection;
use serde_json::{Value, json};

use crate::{
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
) -> Result<Json<Value>, Error> {
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
) -> Result<Json<Value>, Error> {
    let user = db.audited(&context).update(id, patch).await?;
    Ok(Json(view(&user)))
}

fn view(user: &user::Model) -> Value {
    json!({ "id": user.id, "username": user.username, "role": user.role })
}

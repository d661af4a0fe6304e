use audit_runtime::prelude::*;
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use rand::{Rng, distr::Alphanumeric};
use sea_orm::DatabaseConnection;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    entity::user::{self, Role},
    failure::Failure,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    name: String,
    email: String,
}

pub async fn create(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Json(body): Json<NewUser>,
) -> Result<(StatusCode, Json<Value>), Failure> {
    me.must_be(Role::Admin)?;
    let token = rand::rng().sample_iter(Alphanumeric).take(32);
    let token: String = token.map(char::from).collect();
    let user = user::ActiveModel {
        name: Set(body.name),
        email: Set(body.email),
        api_token: Set(token.clone()),
        role: Set(Role::Customer),
        ..Default::default()
    };
    let user = db.audited(&context).insert(user).await?;
    let answer = json!({ "user": user, "token": token });
    Ok((StatusCode::CREATED, Json(answer)))
}

pub async fn edit(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(patch): Json<user::ProfilePatch>,
) -> Result<Json<user::Model>, Failure> {
    if me.id != id {
        me.must_be(Role::Admin)?;
    }
    let user = db.audited(&context).update(id, patch).await?;
    Ok(Json(user))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    role: Role,
}

pub async fn set_role(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<NewRole>,
) -> Result<Json<user::Model>, Failure> {
    me.must_be(Role::Admin)?;
    let patch = user::RolePatch::new().role(body.role);
    let user = db.audited(&context).update(id, patch).await?;
    Ok(Json(user))
}

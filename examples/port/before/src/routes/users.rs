use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use chrono::Utc;
use rand::{Rng, distr::Alphanumeric};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, DatabaseConnection, EntityTrait, IntoActiveModel,
};
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
        created_at: Set(Utc::now()),
        ..Default::default()
    };
    let user = user.insert(&db).await?;
    let answer = json!({ "user": user, "token": token });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    name: Option<String>,
    email: Option<String>,
}

pub async fn edit(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<Profile>,
) -> Result<Json<user::Model>, Failure> {
    if me.id != id {
        me.must_be(Role::Admin)?;
    }
    let mut user = find(&db, id).await?.into_active_model();
    if let Some(name) = body.name {
        user.name = Set(name);
    }
    if let Some(email) = body.email {
        user.email = Set(email);
    }
    let user = user.update(&db).await?;
    Ok(Json(user))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    role: Role,
}

pub async fn set_role(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Path(id): Path<i32>,
    Json(body): Json<NewRole>,
) -> Result<Json<user::Model>, Failure> {
    me.must_be(Role::Admin)?;
    let mut user = find(&db, id).await?.into_active_model();
    user.role = Set(body.role);
    let user = user.update(&db).await?;
    Ok(Json(user))
}

async fn find(db: &DatabaseConnection, id: i32) -> Result<user::Model, Failure> {
    let user = user::Entity::find_by_id(id).one(db).await?;
    user.ok_or(Failure::NotFound)
}

use axum::{Extension, Json, extract::State, http::StatusCode};
use chrono::Utc;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseConnection};
use serde::Deserialize;

use crate::{
    entity::{
        team,
        user::{self, Role},
    },
    failure::Failure,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    name: String,
}

pub async fn create(
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Json(body): Json<NewTeam>,
) -> Result<(StatusCode, Json<team::Model>), Failure> {
    me.must_be(Role::Admin)?;
    let team = team::ActiveModel {
        name: Set(body.name),
        created_at: Set(Utc::now()),
        ..Default::default()
    };
    let team = team.insert(&db).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

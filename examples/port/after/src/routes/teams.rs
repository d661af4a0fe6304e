use audit_runtime::prelude::*;
use axum::{Extension, Json, extract::State, http::StatusCode};
use sea_orm::DatabaseConnection;
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
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Extension(me): Extension<user::Model>,
    Json(body): Json<NewTeam>,
) -> Result<(StatusCode, Json<team::Model>), Failure> {
    me.must_be(Role::Admin)?;
    let team = team::ActiveModel {
        name: Set(body.name),
        ..Default::default()
    };
    let team = db.audited(&context).insert(team).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

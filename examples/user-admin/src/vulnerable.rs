//! A vulnerable endpoint, as it is often written: it applies any JSON to the row, without an entry.
//!
//! It is a target for the attack, and mounted only with `--with-vulnerable-endpoint`.

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::patch,
};
use sea_orm::{ActiveModelTrait, DatabaseConnection, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::{failure::Failure, session::Staff};

pub fn routes() -> Router<DatabaseConnection> {
    Router::new().route("/vulnerable/users/{id}", patch(update_user))
}

async fn update_user(
    State(db): State<DatabaseConnection>,
    _: Staff,
    Path(id): Path<i32>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Failure> {
    let user = unaudited::Entity::find_by_id(id).one(&db).await?;
    let mut user = user.ok_or(Failure::NotFound)?.into_active_model();
    user.set_from_json(body)
        .map_err(|_| Failure::Invalid("this is no user"))?;
    let user = user.update(&db).await?;
    Ok(Json(
        json!({ "id": user.id, "username": user.username, "role": user.role }),
    ))
}

/// The same table as a plain SeaORM entity.
mod unaudited {
    use sea_orm::entity::prelude::*;
    use serde::{Deserialize, Serialize};

    use crate::user::Role;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, Deserialize)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub username: String,
        pub role: Role,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

//! Authentication and roles.

use audit_runtime::Actor;
use axum::{
    extract::{Request, State},
    http::{header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::Response,
};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

use crate::{
    entity::user::{self, Role},
    failure::Failure,
};

pub async fn authenticate(
    State(db): State<DatabaseConnection>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let header = request.headers().get(AUTHORIZATION);
    let token = header
        .and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "))
        .ok_or(Failure::Unauthorized)?;
    let user = user::Entity::find()
        .filter(user::Column::ApiToken.eq(token))
        .one(&db)
        .await?
        .ok_or(Failure::Unauthorized)?;
    request.extensions_mut().insert(user);
    Ok(next.run(request).await)
}

pub fn actor(request: &Parts) -> Option<Actor> {
    let user = request.extensions.get::<user::Model>()?;
    let role = format!("{:?}", user.role);
    Some(Actor::new("User", user.id).named(&user.name).role(role))
}

impl user::Model {
    pub fn must_be(&self, role: Role) -> Result<(), Failure> {
        if self.role >= role {
            Ok(())
        } else {
            Err(Failure::Forbidden)
        }
    }
}

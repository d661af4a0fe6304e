//! A help desk: customers open tickets, agents of a team answer them.

mod auth;
pub mod entity;
mod failure;
pub mod job;
pub mod migration;
mod routes;
mod seed;

use audit_runtime::http::AuditLayer;
use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, patch, post, put},
};
use sea_orm::DatabaseConnection;

use crate::routes::{teams, tickets, users};

pub use crate::seed::seed;

pub fn app(db: DatabaseConnection) -> Router {
    Router::new()
        .route("/users", post(users::create))
        .route("/users/{id}", patch(users::edit))
        .route("/users/{id}/role", put(users::set_role))
        .route("/teams", post(teams::create))
        .route("/tickets", post(tickets::open))
        .route(
            "/tickets/{id}",
            get(tickets::show)
                .patch(tickets::edit)
                .delete(tickets::delete),
        )
        .route("/tickets/{id}/status", put(tickets::set_status))
        .route("/tickets/{id}/comments", post(tickets::comment))
        .layer(AuditLayer::new().actor(auth::actor))
        .layer(from_fn_with_state(db.clone(), auth::authenticate))
        .with_state(db)
}

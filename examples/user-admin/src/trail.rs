//! The access policy and the routes of the trail.

use audit_runtime::{
    Error,
    http::{
        Access, AccessPolicy, Reading, Trail, TrailQuery, Viewer, children_pages, dashboard_pages,
        history_pages, history_routes, log_pages, log_routes, revert_pages, state_pages,
    },
};
use axum::{Router, middleware::from_extractor};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter};

use crate::{
    order,
    session::SignedIn,
    user::{self, Role},
};

/// The trail as pages, and under `/api` as JSON.
pub fn routes(db: DatabaseConnection) -> Router {
    let trail = Trail::new(db.clone(), Policy(db.clone()))
        .searching::<user::Entity>()
        .searching::<order::Entity>();
    let mut became_admin = TrailQuery::default();
    became_admin.changed = Some("role".to_owned());
    became_admin.to = Some("admin".to_owned());
    let viewer = Viewer::new("User admin")
        .link("Profile", "/profile")
        .link("Orders", "/orders")
        .states(|entity_type, id, entry| match entity_type {
            "User" => Some(format!("/users/{id}/audit/{entry}")),
            "Order" => Some(format!("/orders/{id}/audit/{entry}")),
            _ => None,
        })
        .log("/audit")
        .question("Who became admin?", became_admin)
        .privileges([("User", "role"), ("User", "locked_at")])
        .records(|entity_type, id| match entity_type {
            "User" => Some(format!("/users/{id}/audit")),
            "Order" => Some(format!("/orders/{id}/audit")),
            _ => None,
        });
    let pages = Router::new()
        .merge(history_pages::<user::Entity>(&trail, &viewer))
        .merge(history_pages::<order::Entity>(&trail, &viewer))
        .merge(state_pages::<user::Entity>(&trail, &viewer, db.clone()))
        .merge(state_pages::<order::Entity>(&trail, &viewer, db.clone()))
        .merge(revert_pages::<user::AdminPatch>(&trail, &viewer, db))
        .merge(children_pages::<user::Entity, order::Entity>(
            &trail, &viewer,
        ))
        .merge(log_pages(&trail, &viewer))
        .merge(dashboard_pages(&trail, &viewer))
        // Redirects visitors who are not signed in to the login.
        .route_layer(from_extractor::<SignedIn>());
    let api = Router::new()
        .merge(history_routes::<user::Entity>(&trail))
        .merge(history_routes::<order::Entity>(&trail))
        .merge(log_routes(&trail));
    pages.nest("/api", api)
}

/// Admins read everything and revert changes of users. Support reads the histories of users and orders. Users read only
/// their own.
struct Policy(DatabaseConnection);

impl AccessPolicy for Policy {
    async fn access(&self, reading: &Reading<'_>) -> Result<Access, Error> {
        let Some(SignedIn { user, .. }) = reading.request().extensions.get() else {
            return Ok(Access::denied());
        };
        Ok(match (user.role, reading.entity_type()) {
            (Role::Admin, _) => Access::full().reverting(),
            (Role::Support, Some(_)) => Access::full(),
            (Role::Support, None) => Access::denied(),
            (Role::User, _) if self.is_own(user, reading).await? => {
                // Customers must not see the addresses of staff.
                Access::full().without_source().without_metadata()
            }
            (Role::User, _) => Access::denied(),
        })
    }
}

impl Policy {
    async fn is_own(&self, user: &user::Model, reading: &Reading<'_>) -> Result<bool, Error> {
        let Some(id) = reading.entity_id().and_then(|id| id.parse::<i32>().ok()) else {
            return Ok(false);
        };
        match reading.entity_type() {
            Some("User") => Ok(id == user.id),
            Some("Order") => {
                let orders = order::Entity::find_by_id(id)
                    .filter(order::Column::UserId.eq(user.id))
                    .count(&self.0);
                Ok(orders.await? > 0)
            }
            _ => Ok(false),
        }
    }
}

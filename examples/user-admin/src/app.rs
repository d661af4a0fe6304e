//! The service: its routes and the layers around them.

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    middleware,
    routing::get,
};
use sea_orm::DatabaseConnection;
use tower_http::{csrf::CsrfLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer};

use crate::{
    api, login, orders, page, profile, server, session, sessions::Sessions, trail, users,
    vulnerable,
};

pub fn app(db: DatabaseConnection, sessions: Sessions, is_vulnerable: bool) -> Router {
    let mut routes = Router::new()
        .route("/style.css", get(page::style))
        .merge(login::routes())
        .merge(profile::routes())
        .merge(users::routes())
        .merge(orders::routes())
        .merge(api::routes());
    if is_vulnerable {
        routes = routes.merge(vulnerable::routes());
    }
    // The last layer is the outermost.
    routes
        .with_state(db.clone())
        .merge(trail::routes(db.clone()))
        .layer(session::audit_layer().recording_refusals(db.clone()))
        .layer(middleware::from_fn_with_state(
            db.clone(),
            session::identify,
        ))
        .layer(session::layer(sessions))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            server::ANSWER,
        ))
        // Refuses posts from other sites.
        .layer(CsrfLayer::new())
        .layer(header(
            header::CONTENT_SECURITY_POLICY,
            page::SECURITY_POLICY,
        ))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        // Pages contain personal data, which a shared computer must not cache.
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

/// A layer that sets a header, unless the answer already has it.
fn header(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

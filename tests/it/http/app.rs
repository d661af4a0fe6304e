//! The service under test: two endpoints with an allowlist each, and a login.

use audit_runtime::{
    Error, Source,
    http::{Allowed, AuditLayer, Problem},
    prelude::*,
};
use axum::{
    Json, Router,
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{patch, post},
};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::{Value as JsonValue, json};

use crate::entities::{guard_if_asked, install_unguarded, new_user, user};

/// The authenticated user.
#[derive(Clone, Debug)]
pub struct CurrentUser {
    pub kind: String,
    pub id: String,
    pub name: String,
}

pub fn layer(db: &DatabaseConnection) -> AuditLayer {
    AuditLayer::new()
        .actor(|parts| {
            let user = parts.extensions.get::<CurrentUser>()?;
            Some(Actor::new(&user.kind, &user.id).named(&user.name))
        })
        .session_id(|parts| {
            let user = parts.extensions.get::<CurrentUser>()?;
            Some(format!("session-of-{}", user.id))
        })
        .trusted_proxies(["127.0.0.1"])
        .unwrap()
        .recording_refusals(db.clone())
}

/// The service, with additional routes of a test.
pub fn app(db: &DatabaseConnection, more: Router<DatabaseConnection>) -> Router {
    Router::new()
        .route("/users/{id}", patch(update::<user::ProfilePatch>))
        .route("/admin/users/{id}", patch(update::<user::AdminPatch>))
        .route("/users", post(sign_up))
        .route("/login", post(log_in))
        .merge(more)
        .with_state(db.clone())
        // Authentication works both outside and inside the layer.
        .layer(middleware::from_fn(authenticate))
        .layer(layer(db))
}

async fn update<P>(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Path(id): Path<i32>,
    Allowed(patch): Allowed<P>,
) -> Result<Json<JsonValue>, Error>
where
    P: audit_runtime::audited::PatchOf<user::Entity> + serde::de::DeserializeOwned,
{
    let user = db.audited(&context).update(id, patch).await?;
    Ok(Json(
        json!({ "username": user.username, "role": user.role }),
    ))
}

/// Signs up. The actor is anonymous.
async fn sign_up(
    source: Source,
    State(db): State<DatabaseConnection>,
    Allowed(draft): Allowed<user::SignUpDraft>,
) -> Result<Json<i32>, Error> {
    use sea_orm::ActiveValue::Set;

    let context = AuditContext::new(Actor::anonymous()).with_source(source);
    let row = user::ActiveModel {
        username: draft.username,
        phone: draft.phone,
        role: Set("user".to_owned()),
        logins: Set(0),
        password_hash: Set("hash".to_owned()),
        ..Default::default()
    };
    Ok(Json(db.audited(&context).insert(row).await?.id))
}

async fn log_in(
    source: Source,
    State(db): State<DatabaseConnection>,
    Json(body): Json<JsonValue>,
) -> Result<(), Problem> {
    let context = AuditContext::new(Actor::anonymous()).with_source(source);
    let event = Event::new("LOGIN_FAILURE")
        .denied()
        .with("username", body["username"].clone());
    db.audited(&context).record(event).await?;
    Err(Problem::new(::http::StatusCode::UNAUTHORIZED).detail("wrong name or password"))
}

/// Takes the user from a header such as `Bearer Admin 7 jane.doe`, without a check.
pub async fn authenticate(mut request: Request, next: Next) -> Response {
    let header = request.headers().get("authorization").cloned();
    let account = header
        .as_ref()
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if let Some([kind, id, name]) = account
        .map(|account| account.split(' ').collect::<Vec<_>>())
        .as_deref()
    {
        let [kind, id, name] = [kind, id, name].map(|text| (*text).to_owned());
        request
            .extensions_mut()
            .insert(CurrentUser { kind, id, name });
    }
    next.run(request).await
}

/// Creates the tables, and users with these names, numbered from 1.
pub async fn prepare(db: &DatabaseConnection, names: &[&str]) {
    install_unguarded(db).await.unwrap();
    for name in names {
        user::Entity::insert(new_user(name)).exec(db).await.unwrap();
    }
    // The users are older than the guards.
    guard_if_asked(db).await.unwrap();
}

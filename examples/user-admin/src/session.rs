//! The identity of a request: its cookie, session and account.

use audit_runtime::{Actor, http::AuditLayer};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::request::Parts,
    middleware::Next,
    response::Response,
};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde::{Deserialize, Serialize};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};
use uuid::Uuid;

use crate::{
    failure::Failure,
    password,
    sessions::Sessions,
    user::{self, Role},
};

const ACCOUNT: &str = "account";

/// The data of a session. The trail knows the session by `session_id`, so the cookie's token stays out of the log.
#[derive(Serialize, Deserialize)]
struct Account {
    user_id: i32,
    session_id: Uuid,
    /// The version of the password that the session was opened with.
    password: Option<String>,
}

/// The account that makes the request, as read from the database.
#[derive(Clone)]
pub struct SignedIn {
    pub user: user::Model,
    session_id: Uuid,
}

/// An extractor for support and admins.
pub struct Staff(pub SignedIn);

pub fn layer(sessions: Sessions) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(sessions)
        .with_name("session")
        .with_secure(true)
        .with_same_site(SameSite::Strict)
        .with_expiry(Expiry::OnInactivity(Duration::hours(1)))
}

/// The layer that takes the actor and the session from the request.
pub fn audit_layer() -> AuditLayer {
    AuditLayer::new()
        .actor(|parts| Some(actor(&parts.extensions.get::<SignedIn>()?.user)))
        .session_id(|parts| Some(parts.extensions.get::<SignedIn>()?.session_id.to_string()))
        .complete(|context, _| context.service("user-admin"))
}

pub fn actor(user: &user::Model) -> Actor {
    // The role is not part of the identity, so a promoted person keeps one history.
    let actor = Actor::new("User", user.id).named(&user.username);
    match user.role {
        Role::User => actor,
        role @ (Role::Support | Role::Admin) => actor.role(role.to_string()),
    }
}

/// Opens a session for an account, under a new token.
pub async fn open(session: &Session, user: &user::Model) -> Result<Uuid, Failure> {
    let session_id = Uuid::now_v7();
    enter(session, user, session_id).await?;
    Ok(session_id)
}

async fn enter(session: &Session, user: &user::Model, session_id: Uuid) -> Result<(), Failure> {
    let account = Account {
        user_id: user.id,
        session_id,
        password: password::version(&user.password_hash),
    };
    session.cycle_id().await?;
    session.insert(ACCOUNT, account).await?;
    Ok(())
}

impl SignedIn {
    /// Continues the session with the changed account, under a new token.
    pub async fn renew(&self, session: &Session, user: &user::Model) -> Result<(), Failure> {
        enter(session, user, self.session_id).await
    }
}

/// Middleware that reads the account for each request, so a lock, a new role or a new password takes effect at once.
pub async fn identify(
    State(db): State<DatabaseConnection>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    if let Some(account) = session.get::<Account>(ACCOUNT).await? {
        let user = user::Entity::find_by_id(account.user_id).one(&db).await?;
        let is_open = |user: &user::Model| {
            let password = password::version(&user.password_hash);
            user.locked_at.is_none() && password == account.password
        };
        if let Some(user) = user.filter(is_open) {
            request.extensions_mut().insert(SignedIn {
                user,
                session_id: account.session_id,
            });
        }
    }
    Ok(next.run(request).await)
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get().cloned().ok_or(Failure::NotSignedIn)
    }
}

impl<S: Sync> FromRequestParts<S> for Staff {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        match signed_in.user.role {
            Role::Support | Role::Admin => Ok(Self(signed_in)),
            Role::User => Err(Failure::Forbidden),
        }
    }
}

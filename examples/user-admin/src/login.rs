//! Login, logout and sign-up. The actor is anonymous until they succeed.

use audit_runtime::{Source, prelude::*};
use axum::{
    Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::Utc;
use maud::{Markup, html};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, sea_query::Expr};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    failure::Failure,
    page::{page, password_field, text_field},
    password, session, user,
};

pub fn routes() -> Router<DatabaseConnection> {
    Router::new()
        .route("/login", get(login_page).post(login))
        .route("/logout", post(logout))
        .route("/sign-up", get(sign_up_page).post(sign_up))
}

async fn login_page() -> Markup {
    login_form(None)
}

fn login_form(problem: Option<&str>) -> Markup {
    page(
        None,
        "Log in",
        html! {
            @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            form.card method="post" {
                (text_field("Username", "username", ""))
                (password_field("Password", "password", "current-password"))
                button { "Log in" }
            }
            p { "No account yet? " a href="/sign-up" { "Sign up" } "." }
        },
    )
}

#[derive(Deserialize)]
struct LoginForm {
    username: String,
    password: String,
}

async fn login(
    source: Source,
    State(db): State<DatabaseConnection>,
    session: Session,
    Form(form): Form<LoginForm>,
) -> Result<Response, Failure> {
    let user = match user::name(&form.username) {
        Ok(name) => {
            let by_name = user::Column::Username.eq(name);
            user::Entity::find().filter(by_name).one(&db).await?
        }
        // No username is invalid.
        Err(_) => None,
    };
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let is_right = password::is_right(form.password, hash).await;
    match user {
        Some(user) if is_right && user.locked_at.is_none() => {
            enter(source, &db, &session, &user).await?;
            Ok(Redirect::to("/").into_response())
        }
        user => {
            refuse(source, &db, user.as_ref(), is_right).await?;
            let answer = login_form(Some("Unknown name, wrong password or locked account."));
            Ok((StatusCode::UNAUTHORIZED, answer).into_response())
        }
    }
}

/// Records the failed login. If the record fails, the answer is an error, so no guess goes unrecorded.
async fn refuse(
    source: Source,
    db: &DatabaseConnection,
    user: Option<&user::Model>,
    is_right: bool,
) -> Result<(), Failure> {
    let failure = Event::new("LOGIN_FAILURE").denied();
    let failure = match user {
        Some(user) => {
            let cause = if is_right {
                "the account is locked"
            } else {
                "wrong password"
            };
            failure
                .about::<user::Entity>(user.id)
                .label(&user.username)
                .with("cause", cause)
        }
        // Without the name, because people type their password into the wrong field.
        None => failure.with("cause", "unknown username"),
    };
    let visitor = AuditContext::new(Actor::anonymous())
        .with_source(source)
        .service("user-admin");
    db.audited(&visitor).record(failure).await?;
    Ok(())
}

async fn enter(
    source: Source,
    db: &DatabaseConnection,
    session: &Session,
    user: &user::Model,
) -> Result<(), Failure> {
    let session_id = session::open(session, user).await?;
    let context = AuditContext::new(session::actor(user))
        .with_source(source)
        .session_id(session_id.to_string())
        .service("user-admin");
    let tx = db.audited(&context).begin().await?;
    // A unit is also a connection: a skipped field is written by plain SeaORM.
    user::Entity::update_many()
        .col_expr(user::Column::LastSeenAt, Expr::value(Utc::now()))
        .filter(user::Column::Id.eq(user.id))
        .exec(&tx)
        .await?;
    let login = Event::new("LOGIN")
        .about::<user::Entity>(user.id)
        .label(&user.username);
    tx.record(login).await?;
    tx.commit().await?;
    Ok(())
}

async fn logout(
    context: Option<AuditContext>,
    State(db): State<DatabaseConnection>,
    session: Session,
) -> Result<Redirect, Failure> {
    session.flush().await?;
    if let Some(context) = context {
        let logout = Event::new("LOGOUT").on("User", context.actor().id());
        db.audited(&context).record(logout).await?;
    }
    Ok(Redirect::to("/login"))
}

async fn sign_up_page() -> Markup {
    page(
        None,
        "Sign up",
        html! {
            form.card method="post" {
                (text_field("Username", "username", ""))
                label { "Phone, if you like" input name="phone" type="tel" maxlength="30"; }
                (password_field("Password, 12 characters or more", "password", "new-password"))
                button { "Sign up" }
            }
            p { "You have an account? " a href="/login" { "Log in" } "." }
        },
    )
}

#[derive(Deserialize)]
struct SignUpForm {
    username: String,
    phone: String,
    password: String,
}

async fn sign_up(
    source: Source,
    State(db): State<DatabaseConnection>,
    session: Session,
    Form(form): Form<SignUpForm>,
) -> Result<Redirect, Failure> {
    password::check(&form.password)?;
    let draft = user::SignUpDraft::new()
        .username(user::name(&form.username)?)
        .phone(user::phone(&form.phone)?)
        .password_hash(password::hash(form.password).await);
    let visitor = AuditContext::new(Actor::anonymous())
        .with_source(source.clone())
        .service("user-admin");
    let user = db.audited(&visitor).insert(draft).await?;
    enter(source, &db, &session, &user).await?;
    Ok(Redirect::to("/"))
}

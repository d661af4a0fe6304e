//! The profile: pages of the signed-in account.

use audit_runtime::prelude::*;
use axum::{
    Form, Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use maud::{Markup, html};
use sea_orm::DatabaseConnection;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    failure::Failure,
    page::{page, password_field, text_field},
    password,
    session::SignedIn,
    user,
};

pub fn routes() -> Router<DatabaseConnection> {
    Router::new()
        .route("/", get(async || Redirect::to("/profile")))
        .route("/profile", get(show).post(update))
        .route("/profile/password", post(change_password))
}

async fn show(signed_in: SignedIn) -> Markup {
    let user = &signed_in.user;
    let body = html! {
        p { "You are signed in as " bdi { (user.username) } ", " (user.role) ". "
            a href={ "/users/" (user.id) "/audit" } { "What happened to this account" } }
        form.card method="post" {
            h2 { "Profile" }
            (text_field("Username", "username", &user.username))
            label { "Phone"
                input name="phone" type="tel" value=(user.phone.as_deref().unwrap_or_default()) maxlength="30";
            }
            label { "About you"
                textarea name="about" rows="8" maxlength="10000" { (user.about.as_deref().unwrap_or_default()) }
            }
            button { "Save" }
        }
        form.card method="post" action="/profile/password" {
            h2 { "Password" }
            (password_field("Password now", "current", "current-password"))
            (password_field("New password, 12 characters or more", "new", "new-password"))
            button { "Change password" }
        }
    };
    page(Some(&signed_in), "Profile", body)
}

#[derive(Deserialize)]
struct ProfileForm {
    username: String,
    phone: String,
    about: String,
}

async fn update(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    SignedIn { user, .. }: SignedIn,
    Form(form): Form<ProfileForm>,
) -> Result<Redirect, Failure> {
    let patch = user::ProfilePatch::new()
        .username(user::name(&form.username)?)
        .phone(user::phone(&form.phone)?)
        .about(user::about(&form.about)?);
    db.audited(&context).update(user.id, patch).await?;
    Ok(Redirect::to("/profile"))
}

#[derive(Deserialize)]
struct PasswordForm {
    current: String,
    new: String,
}

async fn change_password(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    signed_in: SignedIn,
    session: Session,
    Form(form): Form<PasswordForm>,
) -> Result<Redirect, Failure> {
    password::check(&form.new)?;
    let user = &signed_in.user;
    let audit = db.audited(&context);
    if !password::is_right(form.current, Some(user.password_hash.clone())).await {
        let denied = Event::new("PASSWORD_CHANGE")
            .about::<user::Entity>(user.id)
            .denied();
        audit.record(denied.label(&user.username)).await?;
        return Err(Failure::Invalid("this is not your password"));
    }
    let patch = user::PasswordPatch::new().password_hash(password::hash(form.new).await);
    let user = audit.update(user.id, patch).await?;
    // Renews only this session. The others were opened with the old password and end.
    signed_in.renew(&session, &user).await?;
    Ok(Redirect::to("/profile"))
}

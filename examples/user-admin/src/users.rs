//! The accounts of all users, for support and admins. Each role has its own allowlist.

use audit_runtime::prelude::*;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Redirect,
    routing::get,
};
use chrono::Utc;
use maud::{Markup, html};
use sea_orm::{ActiveEnum, DatabaseConnection, EntityTrait, Iterable, QueryOrder, QuerySelect};
use serde::Deserialize;

use crate::{
    failure::Failure,
    page::{page, text_field},
    session::Staff,
    user::{self, Role},
};

pub fn routes() -> Router<DatabaseConnection> {
    Router::new()
        .route("/users", get(list))
        .route("/users/{id}", get(show).post(update))
}

async fn list(
    Staff(staff): Staff,
    State(db): State<DatabaseConnection>,
) -> Result<Markup, Failure> {
    let users = user::Entity::find()
        .order_by_desc(user::Column::Id)
        .limit(200)
        .all(&db)
        .await?;
    let body = html! {
        div.wide {
            table {
                thead { tr { th { "Username" } th { "Role" } th { "Locked" } th { "Trail" } } }
                tbody {
                    @for user in &users {
                        tr {
                            td { a href={ "/users/" (user.id) } { bdi { (user.username) } } }
                            td { (user.role) }
                            td { @if user.locked_at.is_some() { "locked" } }
                            td { a href={ "/users/" (user.id) "/audit" } { "Trail" span.vh { " of " (user.username) } } }
                        }
                    }
                }
            }
        }
    };
    Ok(page(Some(&staff), "Users", body))
}

async fn show(
    Staff(staff): Staff,
    State(db): State<DatabaseConnection>,
    Path(id): Path<i32>,
) -> Result<Markup, Failure> {
    let user = find(&db, id).await?;
    let body = html! {
        p { a href={ "/users/" (id) "/audit" } { "What happened to this account" } }
        form.card method="post" {
            (text_field("Username", "username", &user.username))
            @if staff.user.role == Role::Admin {
                label { "Role"
                    select name="role" {
                        @for role in Role::iter() {
                            option value=(role.to_value()) selected[role == user.role] { (role) }
                        }
                    }
                }
            }
            label.check {
                input type="checkbox" name="locked" value="true" checked[user.locked_at.is_some()];
                "Locked: cannot log in"
            }
            label { "Reason" input name="reason" maxlength="200"; }
            button { "Save" }
        }
    };
    Ok(page(Some(&staff), &user.username, body))
}

#[derive(Deserialize)]
struct UserForm {
    username: String,
    role: Option<Role>,
    #[serde(default)]
    locked: bool,
    reason: String,
}

async fn update(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Staff(staff): Staff,
    Path(id): Path<i32>,
    Form(form): Form<UserForm>,
) -> Result<Redirect, Failure> {
    let context = match form.reason.trim() {
        "" => context,
        reason => context.reason(reason),
    };
    let audit = db.audited(&context);
    let user = find(&db, id).await?;
    let username = user::name(&form.username)?;
    // Keep the time of an existing lock.
    let locked_at = form.locked.then(|| user.locked_at.unwrap_or_else(Utc::now));
    match (staff.user.role, form.role) {
        (Role::Admin, role) => {
            let patch = user::AdminPatch::new()
                .username(username)
                .role(role.unwrap_or(user.role))
                .locked_at(locked_at);
            audit.update(id, patch).await?;
        }
        (_, None) => {
            let patch = user::SupportPatch::new()
                .username(username)
                .locked_at(locked_at);
            audit.update(id, patch).await?;
        }
        (_, Some(_)) => {
            let denied = Event::new("ROLE_CHANGE").about::<user::Entity>(id).denied();
            audit.record(denied.label(user.username)).await?;
            return Err(Failure::Forbidden);
        }
    }
    Ok(Redirect::to(&format!("/users/{id}")))
}

async fn find(db: &DatabaseConnection, id: i32) -> Result<user::Model, Failure> {
    let user = user::Entity::find_by_id(id).one(db).await?;
    user.ok_or(Failure::NotFound)
}

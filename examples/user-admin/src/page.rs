//! The layout of all pages, and form fields.

use axum::{http::header, response::IntoResponse};
use maud::{DOCTYPE, Markup, html};

use crate::{session::SignedIn, user::Role};

/// Forbids scripts and resources from other sites.
pub const SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub fn page(signed_in: Option<&SignedIn>, title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · User admin" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
            }
            body {
                header { nav aria-label="Site" { (navigation(signed_in)) } }
                main { h1 { (title) } (body) }
            }
        }
    }
}

fn navigation(signed_in: Option<&SignedIn>) -> Markup {
    html! {
        a.site href="/" { "User admin" }
        @match signed_in {
            None => {}
            Some(SignedIn { user, .. }) => {
                a href="/profile" { "Profile" }
                a href="/orders" { "Orders" }
                @if user.role != Role::User { a href="/users" { "Users" } }
                @if user.role == Role::Admin {
                    a href="/audit" { "Trail" }
                    a href="/audit/dashboard" { "Dashboard" }
                }
                form method="post" action="/logout" {
                    button.link { "Log out " bdi { (user.username) } }
                }
            }
        }
    }
}

/// A field of a form, with its label.
pub fn text_field(label: &str, name: &str, value: &str) -> Markup {
    html! { label { (label) input name=(name) value=(value) required maxlength="100"; } }
}

pub fn password_field(label: &str, name: &str, autocomplete: &str) -> Markup {
    html! {
        label { (label)
            input type="password" name=(name) autocomplete=(autocomplete) required maxlength="200";
        }
    }
}

pub async fn style() -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        include_str!("style.css"),
    )
}

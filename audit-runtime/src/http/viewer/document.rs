//! The document around a timeline.

use std::sync::LazyLock;

use ::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{Viewer, sentence::actor, text::spelled_out};
use crate::Actor;

const STYLE: &str = include_str!("style.css");

/// The document loads, runs and embeds nothing. It contains its style sheet, which the security policy allows by hash.
static SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
});

/// The complete response, with headers that prevent caching and referrers.
pub(super) fn respond(
    viewer: &Viewer,
    reader: Option<&Actor>,
    status: StatusCode,
    title: &str,
    main: &Markup,
) -> Response<String> {
    let mut response = Response::new(document(viewer, reader, title, main));
    *response.status_mut() = status;
    response.headers_mut().extend(headers());
    response
}

fn headers() -> impl IntoIterator<Item = (HeaderName, HeaderValue)> {
    let security_policy = HeaderValue::from_str(&SECURITY_POLICY);
    [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address of the page reveals whose trail was read.
        (header::REFERRER_POLICY, "no-referrer"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .into_iter()
    .chain(security_policy.map(|value| (header::CONTENT_SECURITY_POLICY, value)))
}

fn document(viewer: &Viewer, reader: Option<&Actor>, title: &str, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (spelled_out(title)) " · " (viewer.site) }
                // An empty icon. Without it a browser requests one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the trail" }
                header.bar {
                    nav aria-label="Site" {
                        span.site { (viewer.site) }
                        @for (text, address) in &viewer.links { a href=(address) { (text) } }
                        @if let Some(reader) = reader { span.reader { "Read by " (actor(reader)) } }
                    }
                }
                main id="main" tabindex="-1" { (main) }
            }
        }
    };
    page.into_string()
}

//! The source of a request, from its peer and headers.

use std::net::IpAddr;

use ::http::{HeaderMap, HeaderValue, header::USER_AGENT, request::Parts};
use uuid::Uuid;

use super::layer::AuditLayer;
use crate::{Source, text};

pub(super) const REQUEST_ID: &str = "x-request-id";

impl AuditLayer {
    /// The source of a request, without its session. A request without an id gets a new one.
    pub fn source(&self, parts: &Parts) -> Source {
        Source {
            ip: self.ip(parts),
            user_agent: user_agent(&parts.headers),
            session_id: None,
            request_id: Some(
                request_id(&parts.headers).unwrap_or_else(|| Uuid::now_v7().to_string()),
            ),
            trace_id: trace_id(&parts.headers),
        }
    }

    fn ip(&self, parts: &Parts) -> Option<IpAddr> {
        if self.without_ip {
            return None;
        }
        let peer = self.peer.find(parts)?;
        Some(self.proxies.client_ip(peer, &parts.headers))
    }
}

/// Replaces bytes that are not UTF-8, so that the entry still shows that there was a user agent.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    const LIMIT: usize = 512;

    let value = String::from_utf8_lossy(headers.get(USER_AGENT)?.as_bytes());
    let value = text::words(value.trim(), LIMIT).into_owned();
    (!value.is_empty()).then_some(value)
}

/// The request's own id, if it has exactly one and that is valid.
fn request_id(headers: &HeaderMap) -> Option<String> {
    const LIMIT: usize = 100;

    let id = only(headers, REQUEST_ID)?.to_str().ok()?;
    let is_sane = (1..=LIMIT).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(&byte));
    is_sane.then(|| id.to_owned())
}

/// The trace id of a W3C `traceparent`: `00-<trace>-<span>-<flags>`.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let value = only(headers, "traceparent")?.to_str().ok()?;
    let mut fields = value.split('-');
    let version = hex(fields.next()?, 2)?;
    let trace = hex(fields.next()?, 32)?;
    let span = hex(fields.next()?, 16)?;
    let _flags = hex(fields.next()?, 2)?;
    // Only later versions may have more fields.
    let is_sane = version != "ff"
        && (version != "00" || fields.next().is_none())
        && [trace, span]
            .iter()
            .all(|id| id.bytes().any(|byte| byte != b'0'));
    is_sane.then(|| trace.to_owned())
}

fn hex(text: &str, length: usize) -> Option<&str> {
    let is_hex = text.len() == length
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then_some(text)
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

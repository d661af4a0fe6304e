//! The serializable form of a context, for job queues.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{Actor, AuditContext, Source};

/// The origin of a background job: who requested it, from where and why. Put this into the queue instead of a context.
///
/// A context itself is never deserialized. The worker creates its own context from this one: the worker is the actor,
/// on behalf of the original actor.
///
/// ```
/// use audit_runtime::{Actor, AuditContext, OriginalContext};
///
/// let context = AuditContext::new(Actor::new("User", 7).named("jane.doe").role("Admin"))
///     .ip([203, 0, 113, 9])
///     .request_id("0198a7")
///     .reason("ticket 4711");
/// let message = serde_json::to_string(&OriginalContext::from(&context))?;
///
/// // elsewhere, later
/// let original: OriginalContext = serde_json::from_str(&message)?;
/// let context = original.worked_by(Actor::system("mailer"));
/// assert_eq!(context.actor(), &Actor::system("mailer"));
/// assert_eq!(context.source().request_id.as_deref(), Some("0198a7"));
/// # Ok::<_, serde_json::Error>(())
/// ```
///
/// Tenant, reason, metadata, session id, request id and trace id carry over. The worker runs on another machine, so
/// the original address and user agent move to the metadata, under `original`, with the time of the request.
///
/// Anyone who can write to the queue can forge the origin of a job. Protect the queue like the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "it does nothing until it is in a job, or `worked_by`"]
pub struct OriginalContext {
    actor: OriginalActor,
    on_behalf_of: Option<OriginalActor>,
    asked_at: DateTime<Utc>,
    ip: Option<IpAddr>,
    user_agent: Option<String>,
    session_id: Option<String>,
    request_id: Option<String>,
    trace_id: Option<String>,
    reason: Option<String>,
    tenant: Option<String>,
    metadata: Map<String, Json>,
}

/// A separate type, because [`Actor`] must not implement `Deserialize`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OriginalActor {
    kind: String,
    id: String,
    name: Option<String>,
    /// Absent in jobs that an earlier version put into the queue.
    #[serde(default)]
    role: Option<String>,
}

impl OriginalContext {
    /// Creates the context of the worker that runs the job.
    pub fn worked_by(self, worker: Actor) -> AuditContext {
        let original = self.original();
        let context = AuditContext::new(worker)
            .on_behalf_of(self.actor.into())
            .with_source(Source {
                ip: None,
                user_agent: None,
                session_id: self.session_id,
                request_id: self.request_id,
                trace_id: self.trace_id,
            });
        context.with_parts(|parts| {
            parts.reason = self.reason;
            parts.tenant = self.tenant;
            parts.metadata = self.metadata;
            parts.metadata.insert("original".to_owned(), original);
        })
    }

    fn original(&self) -> Json {
        let asked_at = self
            .asked_at
            .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let mut original = json!({
            "asked_at": asked_at,
            "ip": self.ip,
            "user_agent": self.user_agent,
            "on_behalf_of": self.on_behalf_of,
            "role": self.actor.role,
        });
        if let Json::Object(members) = &mut original {
            members.retain(|_, value| !value.is_null());
        }
        original
    }
}

impl From<&AuditContext> for OriginalContext {
    fn from(context: &AuditContext) -> Self {
        let parts = context.parts();
        let source = parts.source.clone();
        Self {
            actor: (&parts.actor).into(),
            on_behalf_of: parts.on_behalf_of.as_ref().map(Into::into),
            asked_at: Utc::now(),
            ip: source.ip,
            user_agent: source.user_agent,
            session_id: source.session_id,
            request_id: source.request_id,
            trace_id: source.trace_id,
            reason: parts.reason.clone(),
            tenant: parts.tenant.clone(),
            metadata: parts.metadata.clone(),
        }
    }
}

impl From<&Actor> for OriginalActor {
    fn from(actor: &Actor) -> Self {
        let Actor {
            kind,
            id,
            name,
            role,
        } = actor.clone();
        Self {
            kind,
            id,
            name,
            role,
        }
    }
}

impl From<OriginalActor> for Actor {
    fn from(actor: OriginalActor) -> Self {
        let OriginalActor {
            kind,
            id,
            name,
            role,
        } = actor;
        Self {
            kind,
            id,
            name,
            role,
        }
    }
}

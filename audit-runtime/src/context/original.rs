//! A context on its way to a worker.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{Actor, AuditContext, Source};

/// Who asked for a piece of background work, from where and why: what goes into a queue instead of a context.
///
/// A context is never read back from anywhere. The worker makes its own from this: it is the actor itself, on behalf
/// of whoever put the work into the queue.
///
/// ```
/// use audit_runtime::{Actor, AuditContext, OriginalContext};
///
/// let context = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
///     .ip([203, 0, 113, 9])
///     .request_id("0198a7")
///     .reason("ticket 4711");
/// let message = serde_json::to_string(&OriginalContext::of(&context))?;
///
/// // elsewhere, later
/// let original: OriginalContext = serde_json::from_str(&message)?;
/// let context = original.worked_by(Actor::system("mailer"));
/// assert_eq!(context.actor(), &Actor::system("mailer"));
/// assert_eq!(context.source().request_id.as_deref(), Some("0198a7"));
/// # Ok::<_, serde_json::Error>(())
/// ```
///
/// Tenant, reason and metadata go along, and of the source what names the request, its session and its trace. The
/// worker writes from elsewhere, so address and user agent are no longer the source's: with the time of asking they
/// stand in the metadata, under `original`.
///
/// Who can write to the queue can put a name on somebody else's work: keep it as safe as the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// Not an [`Actor`], which is never read from anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OriginalActor {
    kind: String,
    id: String,
    name: Option<String>,
}

impl OriginalContext {
    /// What of a context goes along.
    pub fn of(context: &AuditContext) -> Self {
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

    /// The context of the worker that does what was asked for.
    pub fn worked_by(self, worker: Actor) -> AuditContext {
        let original = self.original();
        let context = AuditContext::new(worker)
            .on_behalf_of(self.actor.into())
            .from_source(Source {
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
        });
        if let Json::Object(members) = &mut original {
            members.retain(|_, value| !value.is_null());
        }
        original
    }
}

impl From<&Actor> for OriginalActor {
    fn from(actor: &Actor) -> Self {
        let Actor { kind, id, name } = actor.clone();
        Self { kind, id, name }
    }
}

impl From<OriginalActor> for Actor {
    fn from(actor: OriginalActor) -> Self {
        let OriginalActor { kind, id, name } = actor;
        Self { kind, id, name }
    }
}

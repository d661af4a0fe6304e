//! A rejected body, and the event that records it.

use ::http::{StatusCode, request::Parts};
use axum::extract::{MatchedPath, rejection::BytesRejection};
use serde_json::error::Category;

use super::{
    NoContext, Problem, context::layer_of, context_of, keys::keys, record::Record, source_of,
};
use crate::{
    Actor, AuditContext, Event,
    audited::{
        Allowlist, Refused,
        allowlist::{accepted_keys, allowed_keys},
        entity_type::entity_type,
    },
};

/// The reason for refusing a body.
pub(super) enum Reason {
    /// Its content type is not JSON.
    MediaType,
    /// It could not be read completely.
    Unread(BytesRejection),
    /// It is not valid JSON, or does not match the allowlist.
    Invalid(serde_json::Error),
}

pub(super) struct Refusal {
    reason: Reason,
    refused: Refused,
    allowed: Vec<&'static str>,
    /// The number of bytes that arrived.
    length: usize,
}

impl Refusal {
    pub(super) fn of<A: Allowlist>(body: &[u8], reason: Reason) -> Self {
        let allowed = allowed_keys::<A>();
        let accepted = accepted_keys::<A>();
        let mut refused = Refused::default();
        for key in keys(body) {
            if !accepted.contains_key(&*key) {
                refused.add(&key);
            }
        }
        Self {
            reason,
            refused,
            allowed,
            length: body.len(),
        }
    }

    /// Records the refusal, if the layer is configured to. Without an actor, the anonymous one is recorded.
    pub(super) async fn record<A: Allowlist>(
        &self,
        parts: &Parts,
        id: Option<&str>,
    ) -> Result<(), Problem> {
        let Some(recorder) = layer_of(parts)
            .ok()
            .and_then(|layer| layer.refusals.clone())
        else {
            return Ok(());
        };
        let context = match context_of(parts).await {
            Err(NoContext::NoActor) => {
                AuditContext::new(Actor::anonymous()).with_source(source_of(parts)?)
            }
            context => context?,
        };
        let entity_type = entity_type::<A::Owner>();
        let event = self.event(parts).with("entity_type", &*entity_type);
        let record = id.and_then(|id| Record::of::<A::Owner>(id, recorder.backend));
        let event = match record {
            Some(record) => record.event_on_stored::<A::Owner>(event, &recorder).await,
            None => event,
        };
        Ok(recorder.record(context, event).await?)
    }

    /// Only names and the route's pattern are recorded, because a value or a path may contain a secret.
    fn event(&self, parts: &Parts) -> Event {
        let method: String = parts.method.as_str().chars().take(32).collect();
        let path = parts.extensions.get().map(MatchedPath::as_str);
        let event = Event::new("FIELDS_REFUSED")
            .denied()
            .with("refused", self.refused.named())
            .with("refused_count", self.refused.count())
            .with("allowed", self.allowed.clone())
            .with("method", method)
            .with("path", path);
        match self.problem() {
            Some(problem) => event.with("problem", problem).with("length", self.length),
            None => event,
        }
    }

    /// Problems of the body other than its keys.
    fn problem(&self) -> Option<&'static str> {
        let error = match &self.reason {
            Reason::MediaType => return Some("its content type is not JSON"),
            Reason::Unread(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                return Some("it is too large");
            }
            Reason::Unread(_) => return Some("it did not arrive whole"),
            Reason::Invalid(error) => error,
        };
        match error.classify() {
            Category::Data if !self.refused.is_empty() => None,
            Category::Data => Some("it is not what the allowed fields take"),
            Category::Eof if self.length == 0 => Some("it is empty"),
            Category::Eof => Some("it is cut off"),
            Category::Syntax | Category::Io => Some("it is not JSON"),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            reason,
            refused,
            allowed,
            ..
        } = refusal;
        let problem = match reason {
            Reason::MediaType => {
                return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                    .detail("send application/json or application/merge-patch+json");
            }
            Reason::Unread(rejection) => {
                return Problem::new(rejection.status()).detail(rejection.body_text());
            }
            Reason::Invalid(error) if refused.is_empty() => {
                Problem::new(StatusCode::BAD_REQUEST).detail(error.to_string())
            }
            Reason::Invalid(_) => Problem::new(StatusCode::BAD_REQUEST)
                .detail(refused.message(&allowed))
                .with("refused", refused.named()),
        };
        let problem = problem.with("allowed", allowed);
        if refused.count() > refused.named().len() {
            return problem.with("refused_count", refused.count());
        }
        problem
    }
}

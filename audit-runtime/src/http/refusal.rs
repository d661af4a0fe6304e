//! A body that sets what it may not: evidence, if the application wants it to be.

use ::http::{StatusCode, request::Parts};
use serde_json::Value as Json;

use super::{NoContext, Problem, context::layer_of, context_of, record::Record, source_of};
use crate::{
    Actor, AuditContext, Event,
    allowlist::{allowed_keys, refusal, refused_keys},
    audited::Allowlist,
    entity_id::entity_type,
};

/// The keys a body was refused for.
pub(super) struct Refusal {
    refused: Vec<String>,
    allowed: Vec<&'static str>,
}

impl Refusal {
    /// `None` if every key is allowed.
    pub(super) fn of<A: Allowlist>(json: &Json) -> Option<Self> {
        let refused = refused_keys::<A>(json);
        let refused: Vec<_> = refused.into_iter().map(str::to_owned).collect();
        let allowed = allowed_keys::<A>();
        (!refused.is_empty()).then_some(Self { refused, allowed })
    }

    /// Leaves an entry, if the layer was told to: of nobody, where the request has no actor.
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
            Some(record) => record.event(event),
            None => event,
        };
        Ok(recorder.record(context, event).await?)
    }

    /// Names alone: a value that was refused may be a secret.
    fn event(&self, parts: &Parts) -> Event {
        // So that nobody fills the log by naming ever more keys.
        const KEYS: usize = 32;
        const LENGTH: usize = 64;

        let short = |key: &String| key.chars().take(LENGTH).collect::<String>();
        let named: Vec<_> = self.refused.iter().take(KEYS).map(short).collect();
        let path: String = parts.uri.path().chars().take(256).collect();
        Event::new("FIELDS_REFUSED")
            .denied()
            .with("refused", named)
            .with("refused_count", self.refused.len())
            .with("allowed", self.allowed.clone())
            .with("method", parts.method.as_str())
            .with("path", path)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let Refusal { refused, allowed } = refusal;
        Problem::new(StatusCode::BAD_REQUEST)
            .detail(self::refusal(&refused, &allowed))
            .with("refused", refused)
            .with("allowed", allowed)
    }
}

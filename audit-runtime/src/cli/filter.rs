//! The arguments that select entries: the conditions of a query.

use std::net::IpAddr;

use clap::Args;
use uuid::Uuid;

use super::span::Span;
use crate::{Actor, History, Outcome};

#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which entries")]
pub(super) struct Filter {
    /// About this type, such as User
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) entity_type: Option<String>,
    /// About this row of the type
    #[arg(long = "id", value_name = "ID", requires = "entity_type")]
    pub(super) entity_id: Option<String>,
    /// With this action: CREATE, UPDATE, DELETE, or an event's name
    #[arg(long)]
    pub(super) action: Option<String>,
    /// At this time or later: 2026-03-01T09:30:00Z, 2026-03-01, 2026-03, -12h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(super) since: Option<Span>,
    /// Until this time; a day or month counts whole
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(super) until: Option<Span>,
    /// With this outcome: SUCCESS, DENIED, FAILURE
    #[arg(long, value_parser = outcome)]
    pub(super) outcome: Option<Outcome>,
    /// Of this changeset
    #[arg(long, value_name = "UUID")]
    pub(super) changeset: Option<Uuid>,
    /// Of this request
    #[arg(long, value_name = "ID")]
    pub(super) request: Option<String>,
    /// Of this session
    #[arg(long, value_name = "ID")]
    pub(super) session: Option<String>,
    /// From this address
    #[arg(long)]
    pub(super) ip: Option<IpAddr>,
    /// Of this tenant
    #[arg(long)]
    pub(super) tenant: Option<String>,
    /// On behalf of this actor, as KIND:ID
    #[arg(long, value_parser = actor, value_name = "ACTOR")]
    pub(super) on_behalf_of: Option<Actor>,
}

impl Filter {
    pub(super) fn history(self, by: Option<Actor>) -> History {
        // Without `..`, so that a new condition does not compile until it is used here.
        let Self {
            entity_type,
            entity_id,
            action,
            since,
            until,
            outcome,
            changeset,
            request,
            session,
            ip,
            tenant,
            on_behalf_of,
        } = self;
        let mut history = match (entity_type, entity_id) {
            (Some(entity_type), Some(entity_id)) => History::on(entity_type, entity_id),
            (Some(entity_type), None) => History::on_type(entity_type),
            (None, _) => History::all(),
        };
        history = apply(history, by.as_ref(), History::actor);
        history = apply(history, action, History::action);
        history = apply(history, since.map(|span| span.begin), History::since);
        history = apply(history, until.map(|span| span.end), History::until);
        history = apply(history, outcome, History::outcome);
        history = apply(history, changeset, History::changeset);
        history = apply(history, request, History::request_id);
        history = apply(history, session, History::session_id);
        history = apply(history, ip, History::ip);
        history = apply(history, tenant, History::tenant);
        apply(history, on_behalf_of.as_ref(), History::on_behalf_of)
    }
}

fn apply<T>(history: History, value: Option<T>, condition: fn(History, T) -> History) -> History {
    match value {
        Some(value) => condition(history, value),
        None => history,
    }
}

fn outcome(text: &str) -> Result<Outcome, String> {
    [Outcome::Success, Outcome::Denied, Outcome::Failure]
        .into_iter()
        .find(|outcome| outcome.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| "write SUCCESS, DENIED or FAILURE".to_owned())
}

pub(super) fn actor(text: &str) -> Result<Actor, String> {
    Actor::from_short_form(text).ok_or_else(|| "write KIND:ID, such as Admin:7".to_owned())
}

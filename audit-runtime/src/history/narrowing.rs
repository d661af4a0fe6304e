//! The methods that narrow a query by a column.

use std::{fmt::Display, net::IpAddr};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{condition::Condition, query::History};
use crate::{Actor, audit_log::Outcome};

impl History {
    /// Keeps entries by this actor, compared by kind and id.
    pub fn actor(self, actor: &Actor) -> Self {
        self.with(Condition::Actor(actor.clone()))
    }

    /// Keeps entries on behalf of this actor, whoever acted.
    pub fn on_behalf_of(self, actor: &Actor) -> Self {
        self.with(Condition::OnBehalfOf(actor.clone()))
    }

    /// Keeps entries with this action: `CREATE`, `UPDATE`, `DELETE`, or an event's name.
    pub fn action(self, action: impl Into<String>) -> Self {
        self.with(Condition::Action(action.into()))
    }

    /// Keeps entries with this outcome.
    pub fn outcome(self, outcome: Outcome) -> Self {
        self.with(Condition::Outcome(outcome))
    }

    /// Keeps entries at this time or later, by the application's clock (`timestamp`).
    pub fn since(self, time: impl Into<DateTime<Utc>>) -> Self {
        self.with(Condition::Since(time.into()))
    }

    /// Keeps entries before this time, by the application's clock (`timestamp`).
    pub fn until(self, time: impl Into<DateTime<Utc>>) -> Self {
        self.with(Condition::Until(time.into()))
    }

    /// Keeps the entries of this changeset.
    pub fn changeset(self, changeset_id: Uuid) -> Self {
        self.with(Condition::Changeset(changeset_id))
    }

    /// Keeps the entries of this request.
    pub fn request_id(self, request_id: impl Display) -> Self {
        self.with(Condition::RequestId(request_id.to_string()))
    }

    /// Keeps the entries of this session.
    pub fn session_id(self, session_id: impl Into<String>) -> Self {
        self.with(Condition::SessionId(session_id.into()))
    }

    /// Keeps entries from this address. An IPv4-mapped IPv6 address is the IPv4 address.
    pub fn ip(self, ip: impl Into<IpAddr>) -> Self {
        self.with(Condition::Ip(ip.into()))
    }

    /// Keeps the entries of this tenant.
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        self.with(Condition::Tenant(tenant.into()))
    }

    /// Keeps entries by actors of this kind.
    pub fn actor_kind(self, kind: impl Into<String>) -> Self {
        self.with(Condition::ActorKind(kind.into()))
    }

    /// Keeps entries by actors with this id, of any kind.
    pub fn actor_id(self, id: impl Display) -> Self {
        self.with(Condition::ActorId(id.to_string()))
    }

    /// Keeps entries by actors who had this name.
    pub fn actor_name(self, name: impl Into<String>) -> Self {
        self.with(Condition::ActorName(name.into()))
    }

    /// Keeps entries about records that had this label.
    pub fn entity_label(self, label: impl Into<String>) -> Self {
        self.with(Condition::EntityLabel(label.into()))
    }

    /// Keeps the entries of this service.
    pub fn service(self, service: impl Into<String>) -> Self {
        self.with(Condition::Service(service.into()))
    }

    /// Keeps entries with a higher id.
    #[cfg(any(
        all(feature = "axum", feature = "viewer"),
        feature = "cli",
        feature = "test"
    ))]
    pub(crate) fn after_id(self, id: i64) -> Self {
        self.with(Condition::AfterId(id))
    }

    /// Keeps entries with this id or a lower one.
    #[cfg(feature = "cli")]
    pub(crate) fn up_to_id(self, id: i64) -> Self {
        self.with(Condition::UpToId(id))
    }
}

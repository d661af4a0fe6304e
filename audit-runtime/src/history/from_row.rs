//! Converts a row of the log to an entry, masked by today's policies.

use serde::Deserialize;

use super::{
    entry::{Entry, Kind},
    join::parents_of,
    mask::withhold,
};
use crate::{
    audit_log::{self, FORMAT, KIND_CHANGE, KIND_EVENT, Outcome},
    changes::Changes,
    context::{Actor, Source},
};

/// A value that a later version wrote becomes `Unknown`; it is not an error.
impl From<audit_log::Model> for Entry {
    fn from(row: audit_log::Model) -> Self {
        let role = row.actor_role();
        // A change that this version cannot read must not hide the others.
        let (changes, is_read) = match row.changes {
            None => (Changes::default(), row.format == FORMAT),
            Some(changes) if row.format == FORMAT => match Changes::deserialize(&changes) {
                Ok(changes) => (changes, true),
                Err(_) => (Changes::default(), false),
            },
            Some(changes) => (Changes::of_format(row.format, &changes), false),
        };
        let parents = parents_of(row.entity_type.as_deref(), row.entity_id.as_deref());
        let mut entry = Entry {
            id: row.id,
            kind: match row.kind {
                KIND_CHANGE => Kind::Change,
                KIND_EVENT => Kind::Event,
                _ => Kind::Unknown,
            },
            changeset_id: row.changeset_id,
            tenant: row.tenant,
            service: row.service,
            entity_type: row.entity_type,
            entity_id: row.entity_id,
            entity_label: row.entity_label,
            action: row.action,
            outcome: Outcome::stored_as(&row.outcome).unwrap_or(Outcome::Unknown),
            actor: Actor {
                kind: row.actor_kind,
                id: row.actor_id,
                name: row.actor_name,
                role,
            },
            on_behalf_of: row.on_behalf_of,
            timestamp: row.timestamp,
            recorded_at: row.recorded_at,
            source: Source {
                ip: row.ip.and_then(|ip| ip.parse().ok()),
                user_agent: row.user_agent,
                session_id: row.session_id,
                request_id: row.request_id,
                trace_id: row.trace_id,
            },
            reason: row.reason,
            reverts: row.reverts,
            changes,
            metadata: row.metadata,
            parents,
            is_read,
        };
        withhold(&mut entry);
        entry
    }
}

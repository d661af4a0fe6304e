//! A query of the trail as URL parameters.

mod columns;
mod parameters;

use std::{fmt, net::IpAddr, str::FromStr};

use ::http::StatusCode;
use chrono::{DateTime, FixedOffset, Utc};
use form_urlencoded::Serializer;
use uuid::Uuid;

use super::{Access, Problem};
use crate::{
    Actor, Cursor, History, Outcome,
    audited::{Audited, AuditedColumn, ColumnOf, FieldPolicy, entity_type::entity_type},
    encode::ValueKind,
    entity_id::value_like,
};

pub(super) use columns::{column_of, is_recorded};
use parameters::{Effect, named};
pub(super) use parameters::{PARAMETERS, Parameter, Schema};

/// A query of a history, as the parameters of a URL.
///
/// An empty parameter counts as absent, because forms send it. An unknown parameter is refused. A query that is printed
/// and parsed again is the same query, except for the names of actors.
///
/// ```
/// use audit_runtime::http::TrailQuery;
///
/// let query: TrailQuery = "action=UPDATE&actor=Admin:7&since=2026-01-31&limit=20".parse()?;
/// assert_eq!(query.action.as_deref(), Some("UPDATE"));
/// assert_eq!(
///     query.to_string(),
///     "limit=20&action=UPDATE&actor=Admin%3A7&since=2026-01-31T00%3A00%3A00Z",
/// );
///
/// let problem = "acton=UPDATE".parse::<TrailQuery>().unwrap_err();
/// assert!(problem.to_json()["detail"].as_str().unwrap().starts_with("unknown parameter `acton`; known are `after`"));
/// # Ok::<_, audit_runtime::http::Problem>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TrailQuery {
    /// The end of the previous page.
    pub after: Option<Cursor>,
    /// The maximum number of entries on a page: 50 by default, at most 200.
    pub limit: Option<u64>,
    /// Whether the oldest entries come first.
    pub oldest_first: bool,
    /// The offset of a `since` and `until` without one, and of the times on a page: UTC by default.
    pub tz: Option<FixedOffset>,
    /// The type of the records; only for the whole log.
    pub entity_type: Option<String>,
    /// The id of the record; only for the whole log, and together with `entity_type`.
    pub entity_id: Option<String>,
    /// The name that the record had.
    pub entity_label: Option<String>,
    /// The action: `CREATE`, `UPDATE`, `DELETE`, or an event's name.
    pub action: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The actor.
    pub actor: Option<Actor>,
    /// The kind of the actor.
    pub actor_kind: Option<String>,
    /// The id of the actor, of any kind.
    pub actor_id: Option<String>,
    /// The name that the actor had.
    pub actor_name: Option<String>,
    /// The actor on whose behalf the actor acted.
    pub on_behalf_of: Option<Actor>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The earliest time.
    pub since: Option<DateTime<Utc>>,
    /// The end of the time span, exclusive.
    pub until: Option<DateTime<Utc>>,
    /// The changeset.
    pub changeset: Option<Uuid>,
    /// The request.
    pub request_id: Option<String>,
    /// The session.
    pub session_id: Option<String>,
    /// The address.
    pub ip: Option<IpAddr>,
    /// The changed field.
    pub changed: Option<String>,
    /// The value of the changed field before.
    pub from: Option<String>,
    /// The value of the changed field after.
    pub to: Option<String>,
}

impl TrailQuery {
    /// Continues the query after a page.
    #[must_use]
    pub fn after(self, cursor: Cursor) -> Self {
        let after = Some(cursor);
        Self { after, ..self }
    }

    pub(super) fn page_size(&self) -> u64 {
        self.limit.unwrap_or(50)
    }

    /// Applies the conditions, if the reader may use them.
    pub(super) fn of_any(&self, history: History, access: &Access) -> Result<History, Problem> {
        if let Some(name) = self.first_given(Parameter::is_of_a_field) {
            let detail = format!("`{name}` asks for a field: ask the history of its entity");
            return Err(bad_request(detail));
        }
        self.conditions(history, access, self.entity_type.as_deref())
    }

    /// Applies the conditions to the history of an entity, or of one of its rows.
    pub(super) fn of_history<E: Audited<Column: AuditedColumn>>(
        &self,
        history: History,
        access: &Access,
    ) -> Result<History, Problem> {
        if let Some(name) = self.first_given(Parameter::is_of_records) {
            let detail = format!("`{name}` asks for records: ask the whole log");
            return Err(bad_request(detail));
        }
        self.of_entity::<E>(history, access)
    }

    /// Applies the conditions and the filter on a field of this entity, if the reader may use them.
    pub(super) fn of_entity<E: Audited<Column: AuditedColumn>>(
        &self,
        history: History,
        access: &Access,
    ) -> Result<History, Problem> {
        let history = self.conditions(history, access, Some(&entity_type::<E>()))?;
        let Some(field) = &self.changed else {
            return match self.first_given(Parameter::is_of_a_field) {
                Some(name) => Err(bad_request(format!(
                    "`{name}` needs `changed`, which names the field"
                ))),
                None => Ok(history),
            };
        };
        let column = column_of::<E>(field)?;
        let mut history = history.changed::<ColumnOf<E>>(column);
        for (side, text) in [("from", &self.from), ("to", &self.to)] {
            let Some(text) = text else { continue };
            if E::field(column).policy == FieldPolicy::Redact
                || access.redacts(&entity_type::<E>(), Some(E::field(column).name))
            {
                return Err(forbidden(side));
            }
            let value = value_like(text, &ValueKind::of::<E>(column));
            let value = value.ok_or_else(|| {
                bad_request(format!(
                    "`{side}`: the field `{field}` cannot hold such a value"
                ))
            })?;
            history = match side {
                "from" => history.from(value),
                _ => history.to(value),
            };
        }
        Ok(history)
    }

    /// Applies the conditions on entries of this type, or of any type.
    fn conditions(
        &self,
        mut history: History,
        access: &Access,
        entity_type: Option<&str>,
    ) -> Result<History, Problem> {
        // A search by a hidden value would reveal it.
        if self.entity_label.is_some() && access.redacts_labels(entity_type) {
            return Err(forbidden("entity_label"));
        }
        if !self.oldest_first {
            history = history.newest_first();
        }
        for parameter in PARAMETERS {
            let Effect::Condition(condition) = parameter.effect else {
                continue;
            };
            let Some(condition) = condition(self) else {
                continue;
            };
            if parameter.is_source && access.source_hidden {
                return Err(forbidden(parameter.name));
            }
            history = history.with(condition);
        }
        match (&access.tenant, &self.tenant) {
            (Some(own), Some(other)) if own != other => Err(forbidden("tenant")),
            (Some(own), _) => Ok(history.tenant(own)),
            (None, _) => Ok(history),
        }
    }

    /// The parameters that have a value, in the order of [`PARAMETERS`].
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let parameters = PARAMETERS.iter();
        parameters.filter_map(|parameter| Some((parameter.name, parameter.print(self)?)))
    }

    /// The parameters that select entries, with their values.
    #[cfg(feature = "viewer")]
    pub(super) fn conditions_as_text(&self) -> impl Iterator<Item = (&'static str, String)> {
        let of_page = ["after", "limit", "order", "tz"];
        self.parameters()
            .filter(move |(name, _)| !of_page.contains(name))
    }

    /// The query of a URL, from the first page on, without this parameter and those that need it.
    #[cfg(feature = "viewer")]
    pub(super) fn without(&self, name: &str) -> String {
        let needed = |other: &str| match other {
            "from" | "to" => name == "changed",
            "entity_id" => name == "entity_type",
            other => other == "after",
        };
        let kept = self.parameters();
        let kept = kept.filter(|(other, _)| *other != name && !needed(other));
        Serializer::new(String::new()).extend_pairs(kept).finish()
    }

    /// The first of these parameters that has a value.
    fn first_given(&self, is_one: fn(&Parameter) -> bool) -> Option<&'static str> {
        let mut given = PARAMETERS
            .iter()
            .filter(|known| is_one(known) && known.is_given(self));
        given.next().map(|parameter| parameter.name)
    }
}

impl FromStr for TrailQuery {
    type Err = Problem;

    fn from_str(query: &str) -> Result<Self, Problem> {
        let mut parsed = Self::default();
        let mut seen = Vec::new();
        let mut given: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        // First, because the times of others are in this zone.
        given.sort_by_key(|(name, _)| name != "tz");
        for (name, value) in given {
            let Some(parameter) = named(&name) else {
                let known: Vec<_> = PARAMETERS
                    .iter()
                    .map(|known| format!("`{}`", known.name))
                    .collect();
                let name = name.escape_debug();
                let detail = format!("unknown parameter `{name}`; known are {}", known.join(", "));
                return Err(bad_request(detail));
            };
            let value = parameter.trimmed(&value);
            if value.is_empty() {
                continue;
            }
            if seen.contains(&parameter.name) {
                return Err(bad_request(format!("`{name}` is given twice")));
            }
            seen.push(parameter.name);
            parameter
                .parse(&mut parsed, value)
                .ok_or_else(|| bad_request(format!("`{name}` is {}", parameter.meaning)))?;
        }
        Ok(parsed)
    }
}

/// The query of a URL, without its `?`.
impl fmt::Display for TrailQuery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.parameters());
        formatter.write_str(&query.finish())
    }
}

/// The parameters that are about an entry's source.
pub(super) fn source_parameters() -> impl Iterator<Item = &'static str> {
    let parameters = PARAMETERS.iter().filter(|parameter| parameter.is_source);
    parameters.map(|parameter| parameter.name)
}

pub(super) fn bad_request(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(detail)
}

fn forbidden(parameter: &str) -> Problem {
    let detail = format!("you may not search by `{parameter}`: you may not see its values");
    Problem::new(StatusCode::FORBIDDEN).detail(detail)
}

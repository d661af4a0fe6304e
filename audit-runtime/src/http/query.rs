//! A query of the trail as URL parameters.

mod parameters;

use std::{fmt, net::IpAddr, str::FromStr};

use ::http::StatusCode;
use chrono::{DateTime, Utc};
use form_urlencoded::Serializer;
use sea_orm::Iterable;
use uuid::Uuid;

use super::{Access, Problem};
use crate::{
    Actor, Cursor, History, Outcome,
    audited::{Audited, AuditedColumn, ColumnOf, FieldPolicy, entity_type::entity_type},
    encode::ValueKind,
    entity_id::value_like,
};

use parameters::Effect;
pub(super) use parameters::{PARAMETERS, Parameter, Schema};

/// What of a history is asked for: the parameters of a URL's query.
///
/// One that is empty is one that is absent, as a form sends it; one that is unknown is refused.
/// A question printed and parsed again is the same question. The name of an actor is no part of it.
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
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// How many entries a page holds: 50 unless said otherwise, and never more than 200.
    pub limit: Option<u64>,
    /// Oldest entries first.
    pub oldest_first: bool,
    /// `CREATE`, `UPDATE`, `DELETE`, or an event's name.
    pub action: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// By whom.
    pub actor: Option<Actor>,
    /// For whom.
    pub on_behalf_of: Option<Actor>,
    /// At this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
    /// Of this unit of work.
    pub changeset: Option<Uuid>,
    /// Of this request.
    pub request_id: Option<String>,
    /// Of this session.
    pub session_id: Option<String>,
    /// From this address.
    pub ip: Option<IpAddr>,
    /// Changes of this field.
    pub changed: Option<String>,
    /// Where the field had this value before.
    pub from: Option<String>,
    /// Where the field had this value after.
    pub to: Option<String>,
}

impl TrailQuery {
    /// The same question, from the end of a page on.
    #[must_use]
    pub fn after(self, cursor: Cursor) -> Self {
        let after = Some(cursor);
        Self { after, ..self }
    }

    pub(super) fn page_size(&self) -> u64 {
        self.limit.unwrap_or(50)
    }

    /// The question to the log, if the reader may ask it.
    pub(super) fn of_any(&self, history: History, access: &Access) -> Result<History, Problem> {
        if let Some(name) = self.field_parameter() {
            let detail = format!("`{name}` asks for a field: ask the history of its entity");
            return Err(bad_request(detail));
        }
        self.conditions(history, access)
    }

    /// The question to the log about rows of an entity, if the reader may ask it.
    pub(super) fn of_entity<E: Audited<Column: AuditedColumn>>(
        &self,
        history: History,
        access: &Access,
    ) -> Result<History, Problem> {
        let history = self.conditions(history, access)?;
        let Some(field) = &self.changed else {
            return match self.field_parameter() {
                Some(name) => Err(bad_request(format!(
                    "`{name}` needs `changed` beside it, which says of which field"
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
                bad_request(format!("`{side}`: the field `{field}` has no such value"))
            })?;
            history = match side {
                "from" => history.from(value),
                _ => history.to(value),
            };
        }
        Ok(history)
    }

    fn conditions(&self, mut history: History, access: &Access) -> Result<History, Problem> {
        if !self.oldest_first {
            history = history.newest_first();
        }
        if let Some(tenant) = &access.tenant {
            history = history.tenant(tenant);
        }
        for parameter in PARAMETERS {
            let Effect::Condition(condition) = parameter.effect else {
                continue;
            };
            let Some(condition) = condition(self) else {
                continue;
            };
            // A search by a hidden value would reveal it.
            if parameter.is_source && access.source_hidden {
                return Err(forbidden(parameter.name));
            }
            history = history.with(condition);
        }
        Ok(history)
    }

    /// The parameters that have a value, in the order of [`PARAMETERS`].
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let parameters = PARAMETERS.iter();
        parameters.filter_map(|parameter| Some((parameter.name, parameter.print(self)?)))
    }

    /// The first of the parameters about a field that is there.
    fn field_parameter(&self) -> Option<&'static str> {
        let mut fields = PARAMETERS.iter().filter(|known| known.is_of_a_field());
        let given = fields.find(|parameter| parameter.is_given(self));
        given.map(|parameter| parameter.name)
    }
}

impl FromStr for TrailQuery {
    type Err = Problem;

    fn from_str(query: &str) -> Result<Self, Problem> {
        let mut parsed = Self::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(parameter) = Parameter::named(&name) else {
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

fn column_of<E: Audited>(field: &str) -> Result<ColumnOf<E>, Problem> {
    let recorded = || ColumnOf::<E>::iter().filter(|column| is_recorded::<E>(*column));
    let found = recorded().find(|column| E::field(*column).name == field);
    found.ok_or_else(|| {
        let known: Vec<_> = recorded()
            .map(|column| format!("`{}`", E::field(column).name))
            .collect();
        bad_request(format!(
            "`changed`: there is no such field; there are {}",
            known.join(", ")
        ))
    })
}

/// The parameters that are about an entry's source.
pub(super) fn source_parameters() -> impl Iterator<Item = &'static str> {
    let parameters = PARAMETERS.iter().filter(|parameter| parameter.is_source);
    parameters.map(|parameter| parameter.name)
}

/// Whether changes of a column are in the log.
pub(super) fn is_recorded<E: Audited>(column: ColumnOf<E>) -> bool {
    matches!(
        E::field(column).policy,
        FieldPolicy::Record | FieldPolicy::Redact
    )
}

fn bad_request(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST).detail(detail)
}

fn forbidden(parameter: &str) -> Problem {
    let detail = format!("you may not search by `{parameter}`, for you may not see it");
    Problem::new(StatusCode::FORBIDDEN).detail(detail)
}

//! Errors as problem details (RFC 9457).

use ::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value as Json};

use super::NoContext;
use crate::{Error, Violation};

/// An error as a response of an HTTP API: `application/problem+json` (RFC 9457).
///
/// Every [`Error`] of this crate converts to it. It never contains the database's message.
///
/// ```
/// use audit_runtime::http::Problem;
/// use http::StatusCode;
/// use serde_json::json;
///
/// let problem = Problem::new(StatusCode::FORBIDDEN).detail("only admins change roles");
/// assert_eq!(
///     problem.to_json(),
///     json!({
///         "type": "about:blank",
///         "title": "Forbidden",
///         "status": 403,
///         "detail": "only admins change roles",
///     }),
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    status: StatusCode,
    members: Map<String, Json>,
}

impl Problem {
    /// Creates a problem that has only a status.
    pub fn new(status: StatusCode) -> Self {
        let members = Map::new();
        Self { status, members }
    }

    /// Sets the detail: the problem, and the fix.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        self.with("detail", detail.into())
    }

    /// Adds a member that the application defines.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.members.insert(key.into(), value.into());
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether an index would serve the query with a `since`.
    #[cfg(all(feature = "axum", feature = "viewer"))]
    pub(super) fn needs_since(&self) -> bool {
        self.members.contains_key(UNSERVED)
    }

    /// Returns the body.
    pub fn to_json(&self) -> Json {
        let mut body = Map::new();
        body.insert("type".to_owned(), "about:blank".into());
        let title = self.status.canonical_reason().unwrap_or("Error");
        body.insert("title".to_owned(), title.into());
        body.insert("status".to_owned(), self.status.as_u16().into());
        body.extend(self.members.clone());
        Json::Object(body)
    }

    /// Returns the response.
    pub fn to_response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(self.to_json().to_string().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The conditions that no index serves.
const UNSERVED: &str = "unserved";
const OUT_OF_RANGE: &str =
    "a value is too long, out of range, or of another form than its field has";

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let problem = match &error {
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND).detail(error.to_string()),
            Error::Conflict { fields, .. } | Error::ChangedSince { fields, .. } => {
                Self::new(StatusCode::CONFLICT)
                    .detail(error.to_string())
                    .with("fields", fields.clone())
            }
            Error::UnknownFields { .. } | Error::Irreversible { .. } | Error::Unfit { .. } => {
                Self::new(StatusCode::CONFLICT).detail(error.to_string())
            }
            Error::ReasonRequired { entity_type } => Self::new(StatusCode::UNPROCESSABLE_ENTITY)
                .detail(format!("a change of {entity_type} needs a reason")),
            Error::InvalidCursor | Error::InvalidQuery(_) => {
                Self::new(StatusCode::BAD_REQUEST).detail(error.to_string())
            }
            Error::BudgetSpent(_) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE).detail(error.to_string())
            }
            Error::UnservedQuery { conditions, .. } => {
                let names = conditions.join(" and ");
                let detail = format!(
                    "this log cannot be searched by {names} alone: \
                     ask for a row, a type, an `actor`, a `changeset` or a `since` as well"
                );
                Self::new(StatusCode::BAD_REQUEST)
                    .detail(detail)
                    .with(UNSERVED, conditions.clone())
            }
            Error::Unsendable => Self::new(StatusCode::UNPROCESSABLE_ENTITY).detail(OUT_OF_RANGE),
            Error::CommitUnknown { changeset_id, .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR)
                    .detail("it is not known whether the change was committed")
                    .with("changeset_id", changeset_id.to_string())
            }
            Error::Database(database) => match database.violation() {
                Some(Violation::Unique) => Self::new(StatusCode::CONFLICT)
                    .detail("a value that must be unique is already in use"),
                Some(Violation::ForeignKey) => Self::new(StatusCode::CONFLICT)
                    .detail("it refers to a row that does not exist, or another row refers to it"),
                _ if database.is_data_exception() => {
                    Self::new(StatusCode::UNPROCESSABLE_ENTITY).detail(OUT_OF_RANGE)
                }
                _ if error.is_retryable() => Self::new(StatusCode::SERVICE_UNAVAILABLE),
                _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR),
            },
            #[cfg(feature = "feed")]
            Error::FeedMissing(_) | Error::FeedRefused { .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR)
            }
            #[cfg(feature = "archive")]
            Error::ArchiveFailed { .. } | Error::ArchiveDiffers { .. } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR)
            }
            #[cfg(feature = "retention")]
            Error::PolicyRefused { .. }
            | Error::RetentionMissing(_)
            | Error::PlanOutdated { .. }
            | Error::NotApproved { .. }
            | Error::ClockBehind { .. } => Self::new(StatusCode::INTERNAL_SERVER_ERROR),
            // Without `_`, so that a new variant does not compile until it is handled here.
            Error::UnreadableField { .. }
            | Error::InvalidActor(_)
            | Error::InvalidIp(_)
            | Error::Unrecorded { .. }
            | Error::InvalidEvent { .. }
            | Error::InvalidProxy(_)
            | Error::ManifestRefused(_)
            | Error::LogMissing(_)
            | Error::NotLogged(_)
            | Error::LogHidden
            | Error::RowsHidden { .. }
            | Error::InvalidPosition
            | Error::UnitFailed
            | Error::TransactionEnded
            | Error::EventNotWritten { .. }
            | Error::ForeignTable { .. }
            | Error::NotUtf8 { .. }
            | Error::NotUnique { .. }
            | Error::NotStored { .. }
            | Error::NotWritten { .. }
            | Error::KeyChanged
            | Error::MissingKey { .. }
            | Error::IndexUnsupported { .. }
            | Error::InstallBusy
            | Error::Unaudited { .. }
            | Error::PlainWrite { .. }
            | Error::RawSql
            | Error::GuardRefused { .. }
            | Error::GuardUnsupported(_)
            | Error::DifferentColumns { .. }
            | Error::HiddenColumns { .. }
            | Error::NotAppendOnly { .. }
            | Error::NewerSchema { .. }
            | Error::Standby
            | Error::LogNotEmpty => Self::new(StatusCode::INTERNAL_SERVER_ERROR),
        };
        if problem.status.is_server_error() {
            tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        }
        problem
    }
}

impl From<NoContext> for Problem {
    fn from(error: NoContext) -> Self {
        if let NoContext::NoActor = error {
            return Self::new(StatusCode::UNAUTHORIZED).detail(error.to_string());
        }
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a request has no context"
        );
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Unknown and hidden records give the same answer.
pub(super) fn no_history() -> Problem {
    Problem::new(StatusCode::NOT_FOUND).detail("there is no such history")
}

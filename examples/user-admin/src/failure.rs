//! Errors of a page, and their answers.

use audit_runtime::{DatabaseError, Error, Violation};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::html;
use sea_orm::DbErr;
use tower_sessions::session;

use crate::page::page;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("log in first")]
    NotSignedIn,
    #[error("your role does not allow this")]
    Forbidden,
    #[error("there is no such page")]
    NotFound,
    /// Contains the rule that the input violates.
    #[error("{0}")]
    Invalid(&'static str),
    #[error(transparent)]
    Audit(#[from] Error),
    #[error("the session store failed")]
    Session(#[from] session::Error),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound | Self::Audit(Error::NotFound { .. }) => StatusCode::NOT_FOUND,
            Self::Invalid(_) | Self::Audit(Error::ReasonRequired { .. }) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Audit(Error::Conflict { .. }) => StatusCode::CONFLICT,
            Self::Audit(Error::Database(error)) if error.violation() == Some(Violation::Unique) => {
                StatusCode::CONFLICT
            }
            Self::Audit(Error::Database(error)) if is_of_data(error) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Audit(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Audit(_) | Self::Session(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn text(&self) -> String {
        match (self, self.status()) {
            (Self::Audit(Error::Database(_)), StatusCode::CONFLICT) => {
                "this name is taken".to_owned()
            }
            (Self::Audit(Error::Database(_)), StatusCode::UNPROCESSABLE_ENTITY) => {
                "this cannot be stored".to_owned()
            }
            (Self::Audit(Error::ReasonRequired { .. }), _) => "give a reason".to_owned(),
            (_, StatusCode::SERVICE_UNAVAILABLE) => "try again".to_owned(),
            (_, StatusCode::INTERNAL_SERVER_ERROR) => "something went wrong here".to_owned(),
            _ => self.to_string(),
        }
    }
}

/// Returns true for errors about a value: SQLSTATE class 22.
fn is_of_data(error: &DatabaseError) -> bool {
    error
        .code()
        .is_some_and(|code| code.len() == 5 && code.starts_with("22"))
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Audit(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Self::NotSignedIn = self {
            return Redirect::to("/login").into_response();
        }
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "a request failed");
        }
        let body = html! { p.problem role="alert" { (self.text()) } };
        let title = status.canonical_reason().unwrap_or("Error");
        (status, page(None, title, body)).into_response()
    }
}

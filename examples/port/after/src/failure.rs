//! Errors of a request, and their answers.

use audit_runtime::Error;
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use sea_orm::SqlErr;
use serde_json::json;

pub enum Failure {
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict(&'static str),
    Database(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Conflict("it is taken"),
            _ if matches!(error, Error::NotFound { .. }) => Self::NotFound,
            _ => Self::Database(error),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "a token is needed"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "your role does not permit this"),
            Self::NotFound => (StatusCode::NOT_FOUND, "there is no such thing"),
            Self::Conflict(message) => (StatusCode::CONFLICT, message),
            Self::Database(error) => {
                eprintln!("{error}");
                (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong")
            }
        };
        (status, Json(json!({ "error": message }))).into_response()
    }
}

//! Column values as plain JSON, and back.

use sea_orm::Value;
use sea_orm::sea_query::ArrayType;
use serde_json::Value as Json;

/// One value as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Encoded {
    /// Plain JSON; the column's type says how to read it. SQL NULL is `null`.
    Plain(Json),
    /// A JSON column that holds the JSON value `null`, which is not SQL NULL.
    JsonNull,
    /// Text that no JSON store takes as it is, in base64.
    Base64(String),
    /// A value that was there and is not kept.
    Redacted,
}

//! The findings of a replay: rows whose state differs from their entries.

use std::fmt::{self, Display, Formatter};

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::DatabaseConnection;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;

use crate::{Actor, Pending, audit_log, text::escaped};

/// A row whose current state the log does not explain.
///
/// `Display` writes a sentence. Neither it nor the JSON contains a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Unexplained {
    /// Its type in entries.
    pub entity_type: String,
    /// Its id in entries.
    pub entity_id: String,
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
    /// The newest entry of the row: the last change through the library.
    pub last: Option<LastEntry>,
}

/// The difference between a row and the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Problem {
    /// The values of these fields differ from the newest entries that contain them.
    Changed {
        /// The fields' names in entries.
        fields: Vec<String>,
    },
    /// The row exists, and the log has no entry of it. It was inserted outside of the library, or it is older than the
    /// log.
    Unlogged,
    /// The row exists, and the log says that it was deleted.
    Reappeared,
    /// The row does not exist, and the log does not say that it was deleted.
    Gone,
}

/// The newest entry of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LastEntry {
    /// The entry's id.
    pub id: i64,
    /// `CREATE`, `UPDATE` or `DELETE`.
    pub action: String,
    /// The actor.
    #[serde(serialize_with = "actor")]
    pub actor: Actor,
    /// The time by the application's clock.
    pub timestamp: DateTime<Utc>,
}

impl From<&audit_log::Model> for LastEntry {
    fn from(entry: &audit_log::Model) -> Self {
        Self {
            id: entry.id,
            action: entry.action.clone(),
            actor: Actor {
                kind: entry.actor_kind.clone(),
                id: entry.actor_id.clone(),
                name: entry.actor_name.clone(),
                role: entry.actor_role(),
            },
            timestamp: entry.timestamp,
        }
    }
}

/// Serializes the actor as in an entry.
fn actor<S: Serializer>(actor: &Actor, serializer: S) -> Result<S::Ok, S::Error> {
    actor.json().serialize(serializer)
}

impl Display for Unexplained {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.row(), self.what())
    }
}

impl Unexplained {
    /// `User 7`
    pub(crate) fn row(&self) -> impl Display {
        fmt::from_fn(|f| {
            escaped(f, &self.entity_type)?;
            f.write_str(" ")?;
            escaped(f, &self.entity_id)
        })
    }

    /// The problem and the newest entry.
    pub(crate) fn what(&self) -> impl Display {
        fmt::from_fn(|f| {
            self.problem.fmt(f)?;
            let Some(last) = &self.last else {
                return Ok(());
            };
            write!(f, "; its last entry is #{}, {} by ", last.id, last.action)?;
            escaped(f, &last.actor.short_form())?;
            let at = last.timestamp.to_rfc3339_opts(SecondsFormat::Millis, true);
            write!(f, " at {at}")
        })
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { fields } => {
                write!(f, "{} changed without an entry", fields.join(", "))
            }
            Self::Unlogged => f.write_str("it has no entry"),
            Self::Reappeared => f.write_str("it is there, and the log says that it was deleted"),
            Self::Gone => f.write_str("it is gone without an entry"),
        }
    }
}

/// The position of a replay. Serialize it to continue in a later process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The path of the entity, because two may have the same type in entries.
    pub(crate) entity: String,
    pub(crate) next: Next,
}

/// The next page of an entity: first the rows of its table, then the rows in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    /// The rows after this key.
    Rows(Option<Vec<Json>>),
    /// The rows in the log after this id.
    Log(Option<String>),
}

impl Next {
    pub(crate) const FIRST: Self = Self::Rows(None);
}

/// A page of one entity.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) found: Vec<Unexplained>,
    /// The number of rows that were compared.
    pub(crate) rows: u64,
    /// `None` after the last page.
    pub(crate) next: Option<Next>,
}

/// Compares one page of an entity.
pub(crate) type Replayer = fn(DatabaseConnection, Next, u64) -> Pending<'static, Replayed>;

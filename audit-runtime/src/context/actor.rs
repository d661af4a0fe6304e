//! The actor: who makes a change.

use std::fmt::Display;

use serde_json::{Value as Json, json};

/// The identity that acts: a kind such as "User", an id, and optionally a display name and a role.
///
/// Kind and id must never change for one person, because entries are found by them. The role says what a person may do
/// today. It is not part of the identity, so a promotion does not split a history. Every entry stores the name, so the
/// trail stays readable after the account is deleted.
///
/// ```
/// use audit_runtime::Actor;
///
/// let jane = Actor::new("User", 7).named("jane.doe").role("Admin");
/// assert_eq!((jane.kind(), jane.id(), jane.role_name()), ("User", "7", Some("Admin")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "an actor does nothing until it is in a context"]
pub struct Actor {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) role: Option<String>,
}

impl Actor {
    /// An actor of this kind, with an id that is unique within the kind: a number, a UUID or a text.
    ///
    /// An empty kind or id is refused at the first write with [`Error::InvalidActor`](crate::Error::InvalidActor).
    pub fn new(kind: impl Into<String>, id: impl Display) -> Self {
        Self {
            kind: kind.into(),
            id: id.to_string(),
            name: None,
            role: None,
        }
    }

    /// A process of the application: a job, a migration or an import.
    pub fn system(process: impl Into<String>) -> Self {
        Self::new("System", process.into())
    }

    /// An unauthenticated caller. Never a default: the application must choose it explicitly.
    pub fn anonymous() -> Self {
        Self::new("Anonymous", "anonymous")
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The display name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Sets the display name.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The role.
    pub fn role_name(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// Sets the role in which the actor acts, such as "Admin". It replaces the kind in sentences:
    /// `Admin 'jane.doe' changed ..`.
    ///
    /// Entries store it in their metadata, under `actor_role`, a key that is reserved for it. No query finds entries by it.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// The actor in the JSON of an entry.
    pub(crate) fn json(&self) -> Json {
        let mut json = json!({ "kind": self.kind, "id": self.id, "name": self.name });
        if let (Some(role), Json::Object(members)) = (&self.role, &mut json) {
            members.insert("role".to_owned(), role.as_str().into());
        }
        json
    }

    /// The actor in one column, such as `Admin:7`. A colon in the kind is escaped.
    pub(crate) fn short_form(&self) -> String {
        let kind = self.kind.replace('\\', "\\\\").replace(':', "\\:");
        format!("{kind}:{}", self.id)
    }

    /// Parses a short form. A backslash escapes a colon or backslash in the kind.
    pub(crate) fn from_short_form(text: &str) -> Option<Self> {
        let mut kind = String::new();
        let mut chars = text.chars();
        loop {
            match chars.next()? {
                ':' => break,
                '\\' => kind.push(chars.next()?),
                char => kind.push(char),
            }
        }
        let id = chars.as_str();
        (!kind.is_empty() && !id.is_empty()).then(|| Self::new(kind, id))
    }
}

//! Formats an entry as a sentence. Names and values are quoted and escaped, so that none can imitate another part of
//! it.

use std::fmt::{self, Display, Formatter, Write};

use serde_json::Value as Json;

use super::{
    Entry, Kind, PastValue,
    join::{Parent, Parents},
};
use crate::{
    Actor, Outcome,
    changes::Change,
    encode::{Encoded, encode},
    text::{escaped, is_plain},
};

/// The maximum length of a value in a sentence, in characters.
const LONGEST: usize = 200;

/// Writes one sentence: `Admin 'jane.doe' changed User 'john.smith' role from 'user' to 'admin'`.
///
/// The name of an actor or record replaces its id. The id follows if the name could be mistaken for another name or for
/// an id: `User 'vic\u{200b}tim' (9)`. `{:#}` writes the id after every name, because names are not unique. With
/// `{:#}`, two different actors or records never have the same sentence; with `{}`, only if they have the same name.
///
/// The role of an actor replaces its kind, which then precedes the id: `Admin 'jane.doe' (User 7)`.
///
/// A row of a join table without a label is named by its parents: `Membership of User 'ann' in Team 'core'`. A parent
/// is shown with its label if another entry of the page or [`naming_parents`](super::History::naming_parents) provides
/// it, otherwise with its id.
///
/// A backslash escapes quotes and backslashes in names and values. Invisible characters, and those that look like a
/// quote or a backslash, are escaped as in Rust. A value is cut after 200 characters; a name is never cut.
impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        actor(f, &self.actor)?;
        if let Some(principal) = &self.on_behalf_of {
            f.write_str(" on behalf of ")?;
            match Actor::from_short_form(principal).filter(|actor| actor.short_form() == *principal)
            {
                Some(actor) => Named::actor(&actor).fmt(f)?,
                None => quoted(f, principal)?,
            }
        }
        match (self.kind, &*self.action) {
            (Kind::Change, "CREATE") => {
                f.write_str(" created")?;
                entity(f, self)?;
                fields(f, self, " with", |f, _, change| {
                    value(f, change.after.as_ref())
                })
            }
            (Kind::Change, "DELETE") => {
                f.write_str(" deleted")?;
                entity(f, self)?;
                fields(f, self, ", which had", |f, _, change| {
                    value(f, change.before.as_ref())
                })
            }
            (Kind::Change, _) => {
                f.write_str(" changed")?;
                entity(f, self)?;
                fields(f, self, "", |f, _, change| from_to(f, change))
            }
            (Kind::Event | Kind::Unknown, action) => {
                f.write_str(": ")?;
                escaped(f, action)?;
                if self.entity_type.is_some() {
                    f.write_str(" on")?;
                    entity(f, self)?;
                }
                match self.outcome {
                    Outcome::Success => Ok(()),
                    Outcome::Denied => f.write_str(", denied"),
                    Outcome::Failure => f.write_str(", failed"),
                    Outcome::Unknown => f.write_str(", with an outcome that is not known"),
                }
            }
        }
    }
}

/// Writes a value as in the sentence of an entry.
impl Display for PastValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => value(f, Some(&encode(known))),
            Self::Unknown(reason) => write!(f, "unknown: {reason}"),
        }
    }
}

/// Writes a name or an id: both if the name is ambiguous, and in the alternate form.
pub(crate) struct Named<'a> {
    kind: &'a str,
    /// The role, written in place of the kind.
    role: Option<&'a str>,
    name: Option<&'a str>,
    id: &'a str,
}

impl<'a> Named<'a> {
    pub(crate) fn actor(actor: &'a Actor) -> Self {
        Self {
            kind: &actor.kind,
            role: actor.role.as_deref(),
            name: actor.name.as_deref(),
            id: &actor.id,
        }
    }

    fn parent(parent: &'a Parent) -> Self {
        Self {
            kind: &parent.entity_type,
            role: None,
            name: parent.label.as_deref(),
            id: &parent.id,
        }
    }

    /// The record of an entry.
    pub(crate) fn record(entry: &'a Entry) -> Self {
        Self {
            kind: entry.entity_type.as_deref().unwrap_or_default(),
            role: None,
            name: entry.entity_label.as_deref(),
            id: entry.entity_id.as_deref().unwrap_or_default(),
        }
    }
}

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        escaped(f, self.role.unwrap_or(self.kind))?;
        f.write_str(" '")?;
        escaped(f, self.name.unwrap_or(self.id))?;
        f.write_char('\'')?;
        match self.name {
            Some(name) if f.alternate() || !is_plain(name) => {}
            // The role and the id do not identify the actor without the kind.
            None if self.role.is_some() => {}
            _ => return Ok(()),
        }
        f.write_str(" (")?;
        if self.role.is_some() {
            escaped(f, self.kind)?;
            f.write_char(' ')?;
        }
        let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:@".contains(&byte);
        if !self.id.is_empty() && self.id.bytes().all(is_bare) {
            return write!(f, "{})", self.id);
        }
        f.write_char('\'')?;
        escaped(f, self.id)?;
        f.write_str("')")
    }
}

fn actor(f: &mut Formatter<'_>, actor: &Actor) -> fmt::Result {
    if *actor == Actor::anonymous() {
        return f.write_str("Anonymous");
    }
    Named::actor(actor).fmt(f)
}

fn entity(f: &mut Formatter<'_>, entry: &Entry) -> fmt::Result {
    f.write_char(' ')?;
    let Parents { all, are_key } = &entry.parents;
    if all.is_empty() || entry.entity_label.is_some() {
        return Named::record(entry).fmt(f);
    }
    let record = Named::record(entry);
    if *are_key {
        escaped(f, record.kind)?;
    } else {
        record.fmt(f)?;
    }
    for (nth, parent) in all.iter().enumerate() {
        f.write_str([" of ", " in "].get(nth).unwrap_or(&" and "))?;
        Named::parent(parent).fmt(f)?;
    }
    Ok(())
}

fn fields(
    f: &mut Formatter<'_>,
    entry: &Entry,
    lead: &str,
    mut describe: impl FnMut(&mut Formatter<'_>, &str, &Change) -> fmt::Result,
) -> fmt::Result {
    let count = entry.changes.len();
    for (index, (field, change)) in entry.changes.iter().enumerate() {
        f.write_str(match index {
            0 => lead,
            _ if index + 1 == count => " and",
            _ => ",",
        })?;
        f.write_char(' ')?;
        escaped(f, field)?;
        f.write_char(' ')?;
        describe(f, field, change)?;
    }
    Ok(())
}

fn from_to(f: &mut Formatter<'_>, change: &Change) -> fmt::Result {
    for (withheld, told) in [
        (Encoded::Redacted, "(redacted)"),
        (Encoded::Erased, "(erased)"),
    ] {
        if change.before.as_ref() == Some(&withheld) && change.after.as_ref() == Some(&withheld) {
            return f.write_str(told);
        }
    }
    f.write_str("from ")?;
    value(f, change.before.as_ref())?;
    f.write_str(" to ")?;
    value(f, change.after.as_ref())
}

fn value(f: &mut Formatter<'_>, value: Option<&Encoded>) -> fmt::Result {
    match value {
        None | Some(Encoded::Plain(Json::Null)) => f.write_str("nothing"),
        Some(Encoded::Plain(Json::String(text))) => quoted(f, text),
        Some(Encoded::Plain(json @ (Json::Bool(_) | Json::Number(_)))) => json.fmt(f),
        Some(Encoded::Plain(json)) => quoted(f, &json.to_string()),
        Some(Encoded::JsonNull) => f.write_str("JSON null"),
        Some(Encoded::Base64(text)) => {
            f.write_str("base64 ")?;
            quoted(f, text)
        }
        Some(Encoded::Redacted) => f.write_str("(redacted)"),
        Some(Encoded::Erased) => f.write_str("(erased)"),
        Some(Encoded::Unknown(_)) => f.write_str("(unknown)"),
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            escaped(f, &text[..end])?;
            f.write_char('…')?;
        }
        None => escaped(f, text)?,
    }
    f.write_char('\'')
}

//! An entry as a sentence. Values are quoted and escaped, so that none can pass for a part of the sentence.

use std::fmt::{self, Display, Formatter, Write};

use serde_json::Value as Json;

use super::{Entry, Kind, PastValue};
use crate::{
    Actor, Outcome,
    changes::Change,
    encode::{Encoded, encode},
    text::is_invisible,
};

/// What of a value a sentence shows at most, in characters.
const LONGEST: usize = 200;

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        actor(f, &self.actor)?;
        if let Some(principal) = &self.on_behalf_of {
            f.write_str(" on behalf of ")?;
            match principal.split_once(':') {
                Some((kind, id)) => named(f, kind, id)?,
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
            (Kind::Event, action) => {
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
                }
            }
        }
    }
}

/// As in the sentence of an entry.
impl Display for PastValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => value(f, Some(&encode(known))),
            Self::Unknown(reason) => write!(f, "unknown: {reason}"),
        }
    }
}

fn actor(f: &mut Formatter<'_>, actor: &Actor) -> fmt::Result {
    if *actor == Actor::anonymous() {
        return f.write_str("Anonymous");
    }
    named(f, &actor.kind, actor.name.as_ref().unwrap_or(&actor.id))
}

fn entity(f: &mut Formatter<'_>, entry: &Entry) -> fmt::Result {
    f.write_char(' ')?;
    let id = entry.entity_label.as_ref().or(entry.entity_id.as_ref());
    named(
        f,
        entry.entity_type.as_deref().unwrap_or_default(),
        id.map_or("", |id| id),
    )
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
    if change.before == Some(Encoded::Redacted) && change.after == Some(Encoded::Redacted) {
        return f.write_str("(redacted)");
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
    }
}

fn named(f: &mut Formatter<'_>, kind: &str, name: &str) -> fmt::Result {
    escaped(f, kind)?;
    f.write_char(' ')?;
    quoted(f, name)
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

fn escaped(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    for char in text.chars() {
        match char {
            '\'' | '\\' => write!(f, "\\{char}")?,
            _ if char.is_control() || is_invisible(char) => write!(f, "{}", char.escape_unicode())?,
            _ => f.write_char(char)?,
        }
    }
    Ok(())
}

//! Text made to fit its column, so that no input can make a write fail.

use std::borrow::Cow;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Text that identifies something, for a column of `limit` characters. Two texts stay two.
///
/// What is shorter and free of U+0000 stands as it is. Everything else becomes exactly `limit` characters, and so none
/// of those: as much of it as there is room for, `…`, `:` and the SHA-256 of the whole.
pub(crate) fn identity(value: &str, limit: usize) -> Cow<'_, str> {
    let is_literal = is_shorter(value, limit) && !value.contains('\0');
    if is_literal {
        return value.into();
    }
    let digest = format!(":{}", sha256(value));
    let Some(room) = limit.checked_sub(digest.len()) else {
        return digest[digest.len() - limit..].to_owned().into();
    };
    let filler = std::iter::repeat('…');
    let prefix = value
        .chars()
        .map(|char| if char == '\0' { '\u{FFFD}' } else { char })
        .take(room.saturating_sub(1));
    prefix
        .chain(filler)
        .take(room)
        .chain(digest.chars())
        .collect::<String>()
        .into()
}

/// Text for people, for a column of `limit` characters: without control characters, and cut short with `…`.

pub(crate) fn plain(value: &str, limit: usize) -> Cow<'_, str> {
    if value.len() <= limit && !value.contains(char::is_control) {
        return value.into();
    }
    let mut chars = value.chars().filter_map(|char| match char {
        '\t' | '\n' => Some(' '),
        _ => (!char.is_control()).then_some(char),
    });
    let mut text: String = chars.by_ref().take(limit).collect();
    if chars.next().is_some() {
        text.pop();
        text.push('…');
    }
    text.into()
}

fn is_shorter(value: &str, limit: usize) -> bool {
    value.len() < limit || value.chars().count() < limit
}

fn sha256(value: &str) -> String {
    Sha256::digest(value)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

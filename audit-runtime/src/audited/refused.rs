//! The keys of a JSON object that an allowlist refuses.

use std::collections::HashSet;

/// The keys that an allowlist refuses: the names of the first ones, and the number of all.
///
/// The sender chooses their number and length, so both are limited.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    named: Vec<String>,
    all: HashSet<String>,
}

impl Refused {
    /// The maximum number of keys that are named, and of characters of each.
    const NAMED: usize = 32;
    const LENGTH: usize = 64;

    pub(crate) fn add(&mut self, key: &str) {
        if self.all.insert(key.to_owned()) && self.named.len() < Self::NAMED {
            self.named.push(key.chars().take(Self::LENGTH).collect());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[cfg(feature = "axum")]
    pub(crate) fn named(&self) -> &[String] {
        &self.named
    }

    #[cfg(feature = "axum")]
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// The message, with the refused and the allowed keys.
    pub(crate) fn message(&self, allowed: &[&str]) -> String {
        let more = match self.all.len() - self.named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (refused, allowed) = (quoted(&self.named), quoted(allowed));
        format!("not allowed here: {refused}{more}; allowed: {allowed}")
    }
}

/// Keys for a message, each in backticks.
pub(super) fn quoted(keys: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = keys
        .iter()
        .map(|key| format!("`{}`", key.as_ref().escape_debug()))
        .collect();
    quoted.join(", ")
}

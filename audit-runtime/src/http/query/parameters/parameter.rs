//! A URL parameter: its parts, and how it is parsed and printed.

use super::{super::TrailQuery, forms::set};
use crate::history::condition::Condition;

pub(in crate::http) struct Parameter {
    pub(in crate::http) name: &'static str,
    /// The description, as the continuation of "`name` is".
    pub(in crate::http) meaning: &'static str,
    pub(in crate::http) effect: Effect,
    /// Whether it is about an entry's source, which a policy may hide.
    pub(in crate::http) is_source: bool,
    /// The end of the description: which values are refused although the schema allows them.
    pub(in crate::http) refused: &'static str,
    pub(in crate::http) schema: Schema,
    pub(super) value: Value,
}

pub(in crate::http) enum Effect {
    /// It selects the page.
    Page,
    Condition(fn(&TrailQuery) -> Option<Condition>),
    /// It filters by a change of a field of an entity.
    Field,
    /// It selects records of the whole log.
    Records,
}

/// The values that a parameter takes.
pub(in crate::http) enum Schema {
    AnyText,
    Pattern(&'static str),
    PageSize,
    Order,
    Outcome,
    Uuid,
    Address,
    Field,
    NamesOfTexts,
}

pub(super) enum Value {
    /// Any text, including blanks at its ends. An empty text is expressed by the parameter `empty`.
    Text {
        get: fn(&TrailQuery) -> &Option<String>,
        set: fn(&mut TrailQuery) -> &mut Option<String>,
    },
    /// Text in a certain form.
    Form {
        keeps_blanks: bool,
        /// `None` if the text has another form.
        parse: fn(&mut TrailQuery, &str) -> Option<()>,
        print: fn(&TrailQuery) -> Option<String>,
    },
}

impl Parameter {
    pub(in crate::http) fn is_of_a_field(&self) -> bool {
        matches!(self.effect, Effect::Field)
    }

    pub(in crate::http) fn is_of_records(&self) -> bool {
        matches!(self.effect, Effect::Records)
    }

    /// Removes blanks at the ends, unless they belong to the value.
    pub(in crate::http) fn trimmed<'a>(&self, text: &'a str) -> &'a str {
        match self.value {
            Value::Text { .. }
            | Value::Form {
                keeps_blanks: true, ..
            } => text,
            Value::Form {
                keeps_blanks: false,
                ..
            } => text.trim(),
        }
    }

    /// Returns `None` if the text is not a valid value.
    pub(in crate::http) fn parse(&self, query: &mut TrailQuery, text: &str) -> Option<()> {
        match self.value {
            Value::Text { set: field, .. } => set_text(field(query), text),
            Value::Form { parse, .. } => parse(query, text),
        }
    }

    /// Returns `None` if there is no value, or an empty text.
    pub(in crate::http) fn print(&self, query: &TrailQuery) -> Option<String> {
        match self.value {
            Value::Text { get, .. } => get(query).clone().filter(|text| !text.is_empty()),
            Value::Form { print, .. } => print(query),
        }
    }

    pub(in crate::http) fn is_given(&self, query: &TrailQuery) -> bool {
        match self.value {
            Value::Text { get, .. } => get(query).is_some(),
            Value::Form { print, .. } => print(query).is_some(),
        }
    }

    pub(in crate::http) fn takes_any_text(&self) -> bool {
        matches!(self.value, Value::Text { .. })
    }
}

/// Returns `None` if there is a text already.
fn set_text(field: &mut Option<String>, text: &str) -> Option<()> {
    match field {
        Some(_) => None,
        None => set(field, Some(text.to_owned())),
    }
}

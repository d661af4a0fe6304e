//! The URL parameters of a query, each declared once in [`PARAMETERS`].

mod forms;
#[cfg(test)]
mod tests;

use forms::{TIME, limit, rfc_3339, set, time};

use super::TrailQuery;
use crate::{Actor, Outcome, history::condition::Condition};

/// One parameter.
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
    value: Value,
}

/// The effect of a parameter.
pub(in crate::http) enum Effect {
    /// It selects the page.
    Page,
    Condition(fn(&TrailQuery) -> Option<Condition>),
    /// It filters by a change of a field, which only the history of an entity has.
    Field,
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

enum Value {
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

const ANYTHING_ELSE: &str = "; anything else is refused with 400";
const NOT_OF_FIELD: &str = "; a value that the field cannot hold is refused with 400";
const NOTHING: &str = "";
const ACTOR: Schema = Schema::Pattern(r"^(?:[^:\\]|\\[\s\S])+:[\s\S]+$");

pub(in crate::http) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "after",
        meaning: "the `next` of the page before",
        effect: Effect::Page,
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Pattern(r"^[A-Za-z0-9_-]+$"),
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.after, text.parse().ok()),
            print: |query| query.after.map(|cursor| cursor.to_string()),
        },
    },
    Parameter {
        name: "limit",
        meaning: "the most entries on a page: from 1 to 200, 50 by default",
        effect: Effect::Page,
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::PageSize,
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.limit, limit(text)),
            print: |query| query.limit.map(|limit| limit.to_string()),
        },
    },
    Parameter {
        name: "order",
        meaning: "which entries come first: `newest` (the default) or `oldest`",
        effect: Effect::Page,
        is_source: false,
        refused: NOTHING,
        schema: Schema::Order,
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| {
                query.oldest_first = text == "oldest";
                ["newest", "oldest"].contains(&text).then_some(())
            },
            print: |query| query.oldest_first.then(|| "oldest".to_owned()),
        },
    },
    Parameter {
        name: "action",
        meaning: "what was done: `CREATE`, `UPDATE`, `DELETE`, or an event's name",
        effect: Effect::Condition(|query| query.action.clone().map(Condition::Action)),
        is_source: false,
        refused: NOTHING,
        schema: Schema::AnyText,
        value: Value::Text {
            get: |query| &query.action,
            set: |query| &mut query.action,
        },
    },
    Parameter {
        name: "outcome",
        meaning: "how it ended: `SUCCESS`, `DENIED` or `FAILURE`",
        effect: Effect::Condition(|query| query.outcome.map(Condition::Outcome)),
        is_source: false,
        refused: NOTHING,
        schema: Schema::Outcome,
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.outcome, Outcome::stored_as(text)),
            print: |query| query.outcome.map(|outcome| outcome.as_str().to_owned()),
        },
    },
    Parameter {
        name: "actor",
        meaning: "by whom: kind and id, as in `Admin:7`",
        effect: Effect::Condition(|query| query.actor.clone().map(Condition::Actor)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: ACTOR,
        value: Value::Form {
            keeps_blanks: true,
            parse: |query, text| set(&mut query.actor, Actor::from_short_form(text)),
            print: |query| query.actor.as_ref().map(Actor::short_form),
        },
    },
    Parameter {
        name: "on_behalf_of",
        meaning: "for whom: kind and id, as in `User:12`",
        effect: Effect::Condition(|query| query.on_behalf_of.clone().map(Condition::OnBehalfOf)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: ACTOR,
        value: Value::Form {
            keeps_blanks: true,
            parse: |query, text| set(&mut query.on_behalf_of, Actor::from_short_form(text)),
            print: |query| query.on_behalf_of.as_ref().map(Actor::short_form),
        },
    },
    Parameter {
        name: "since",
        meaning: "the earliest time: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone in UTC",
        effect: Effect::Condition(|query| query.since.map(Condition::Since)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Pattern(TIME),
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.since, time(text)),
            print: |query| query.since.map(rfc_3339),
        },
    },
    Parameter {
        name: "until",
        meaning: "the time before which: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone in UTC",
        effect: Effect::Condition(|query| query.until.map(Condition::Until)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Pattern(TIME),
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.until, time(text)),
            print: |query| query.until.map(rfc_3339),
        },
    },
    Parameter {
        name: "changeset",
        meaning: "the `changeset_id` of a unit of work",
        effect: Effect::Condition(|query| query.changeset.map(Condition::Changeset)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Uuid,
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.changeset, text.parse().ok()),
            print: |query| query.changeset.map(|id| id.to_string()),
        },
    },
    Parameter {
        name: "request_id",
        meaning: "the id of a request",
        effect: Effect::Condition(|query| query.request_id.clone().map(Condition::RequestId)),
        is_source: true,
        refused: NOTHING,
        schema: Schema::AnyText,
        value: Value::Text {
            get: |query| &query.request_id,
            set: |query| &mut query.request_id,
        },
    },
    Parameter {
        name: "session_id",
        meaning: "the id of a session",
        effect: Effect::Condition(|query| query.session_id.clone().map(Condition::SessionId)),
        is_source: true,
        refused: NOTHING,
        schema: Schema::AnyText,
        value: Value::Text {
            get: |query| &query.session_id,
            set: |query| &mut query.session_id,
        },
    },
    Parameter {
        name: "ip",
        meaning: "an address, as in `203.0.113.9` or `2001:db8::9`",
        effect: Effect::Condition(|query| query.ip.map(Condition::Ip)),
        is_source: true,
        refused: ANYTHING_ELSE,
        schema: Schema::Address,
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.ip, text.parse().ok()),
            print: |query| query.ip.map(|ip| ip.to_string()),
        },
    },
    Parameter {
        name: "changed",
        meaning: "the name of a field that was changed",
        effect: Effect::Field,
        is_source: false,
        refused: NOTHING,
        schema: Schema::Field,
        value: Value::Text {
            get: |query| &query.changed,
            set: |query| &mut query.changed,
        },
    },
    Parameter {
        name: "from",
        meaning: "the value that the field given as `changed` had before",
        effect: Effect::Field,
        is_source: false,
        refused: NOT_OF_FIELD,
        schema: Schema::AnyText,
        value: Value::Text {
            get: |query| &query.from,
            set: |query| &mut query.from,
        },
    },
    Parameter {
        name: "to",
        meaning: "the value that the field given as `changed` had after",
        effect: Effect::Field,
        is_source: false,
        refused: NOT_OF_FIELD,
        schema: Schema::AnyText,
        value: Value::Text {
            get: |query| &query.to,
            set: |query| &mut query.to,
        },
    },
    Parameter {
        name: "empty",
        meaning: "the names of parameters whose value is the empty text, separated by commas: \
                  of `action`, `request_id`, `session_id`, `changed`, `from` and `to`",
        effect: Effect::Page,
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::NamesOfTexts,
        value: Value::Form {
            keeps_blanks: false,
            parse: set_empty,
            print: print_empty,
        },
    },
];

impl Parameter {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        PARAMETERS.iter().find(|parameter| parameter.name == name)
    }

    pub(in crate::http) fn is_of_a_field(&self) -> bool {
        matches!(self.effect, Effect::Field)
    }

    /// Removes blanks at the ends, unless they belong to the value.
    pub(super) fn trimmed<'a>(&self, text: &'a str) -> &'a str {
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
    pub(super) fn parse(&self, query: &mut TrailQuery, text: &str) -> Option<()> {
        match self.value {
            Value::Text { set: field, .. } => set_text(field(query), text),
            Value::Form { parse, .. } => parse(query, text),
        }
    }

    /// Returns `None` if there is no value, or an empty text.
    pub(super) fn print(&self, query: &TrailQuery) -> Option<String> {
        match self.value {
            Value::Text { get, .. } => get(query).clone().filter(|text| !text.is_empty()),
            Value::Form { print, .. } => print(query),
        }
    }

    pub(super) fn is_given(&self, query: &TrailQuery) -> bool {
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

fn set_empty(query: &mut TrailQuery, names: &str) -> Option<()> {
    names.split(',').try_for_each(|name| {
        let parameter = Parameter::named(name).filter(|parameter| parameter.takes_any_text())?;
        parameter.parse(query, "")
    })
}

fn print_empty(query: &TrailQuery) -> Option<String> {
    let texts = PARAMETERS.iter().filter(|known| known.takes_any_text());
    let empty = texts.filter(|text| text.is_given(query) && text.print(query).is_none());
    let names: Vec<_> = empty.map(|text| text.name).collect();
    (!names.is_empty()).then(|| names.join(","))
}

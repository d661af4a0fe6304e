//! The URL parameters of a query, each declared once in [`PARAMETERS`].

mod forms;
mod parameter;
#[cfg(test)]
mod tests;

use forms::{OFFSET, TIME, limit, offset, rfc_3339, set, time};
use parameter::Value;

use super::TrailQuery;
use crate::{Actor, Outcome, history::condition::Condition};

pub(in crate::http) use parameter::{Effect, Parameter, Schema};

const ANYTHING_ELSE: &str = "; anything else is refused with 400";
const NOT_OF_FIELD: &str = "; a value that the field cannot hold is refused with 400";
const NOTHING: &str = "";
const ACTOR: Schema = Schema::Pattern(r"^(?:[^:\\]|\\[\s\S])+:[\s\S]+$");

/// A parameter that takes any text: the field of this name.
macro_rules! text {
    ($name:ident, $meaning:literal, $effect:expr) => {
        Parameter {
            name: stringify!($name),
            meaning: $meaning,
            effect: $effect,
            is_source: false,
            refused: NOTHING,
            schema: Schema::AnyText,
            value: Value::Text {
                get: |query| &query.$name,
                set: |query| &mut query.$name,
            },
        }
    };
}

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
        meaning: "the maximum number of entries on a page: from 1 to 200, 50 by default",
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
        name: "tz",
        meaning: "the offset of times without a zone and of those on a page: as in `+02:00`, or `UTC` (the default)",
        effect: Effect::Page,
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Pattern(OFFSET),
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.tz, offset(text)),
            print: |query| query.tz.map(|offset| offset.to_string()),
        },
    },
    text!(
        entity_type,
        "the type of the records, as in `User`",
        Effect::Records
    ),
    text!(
        entity_id,
        "the id of the record; `entity_type` is its type",
        Effect::Records
    ),
    text!(
        entity_label,
        "the name that the record had",
        Effect::Condition(|query| query.entity_label.clone().map(Condition::EntityLabel))
    ),
    text!(
        action,
        "what was done: `CREATE`, `UPDATE`, `DELETE`, or an event's name",
        Effect::Condition(|query| query.action.clone().map(Condition::Action))
    ),
    Parameter {
        name: "outcome",
        meaning: "one of `SUCCESS`, `DENIED` and `FAILURE`",
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
    text!(
        actor_kind,
        "the kind of actor, as in `Admin`",
        Effect::Condition(|query| query.actor_kind.clone().map(Condition::ActorKind))
    ),
    text!(
        actor_id,
        "the id of the actor, of whatever kind",
        Effect::Condition(|query| query.actor_id.clone().map(Condition::ActorId))
    ),
    text!(
        actor_name,
        "the name that the actor had",
        Effect::Condition(|query| query.actor_name.clone().map(Condition::ActorName))
    ),
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
    text!(
        tenant,
        "the tenant",
        Effect::Condition(|query| query.tenant.clone().map(Condition::Tenant))
    ),
    text!(
        service,
        "the service",
        Effect::Condition(|query| query.service.clone().map(Condition::Service))
    ),
    Parameter {
        name: "since",
        meaning: "the earliest time: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone, which is in `tz`",
        effect: Effect::Condition(|query| query.since.map(Condition::Since)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Pattern(TIME),
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.since, time(text, query.tz)),
            print: |query| query.since.map(rfc_3339),
        },
    },
    Parameter {
        name: "until",
        meaning: "the end of the time span, exclusive: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone, which is in `tz`",
        effect: Effect::Condition(|query| query.until.map(Condition::Until)),
        is_source: false,
        refused: ANYTHING_ELSE,
        schema: Schema::Pattern(TIME),
        value: Value::Form {
            keeps_blanks: false,
            parse: |query, text| set(&mut query.until, time(text, query.tz)),
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
        is_source: true,
        ..text!(
            request_id,
            "the id of a request",
            Effect::Condition(|query| query.request_id.clone().map(Condition::RequestId))
        )
    },
    Parameter {
        is_source: true,
        ..text!(
            session_id,
            "the id of a session",
            Effect::Condition(|query| query.session_id.clone().map(Condition::SessionId))
        )
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
        schema: Schema::Field,
        ..text!(
            changed,
            "the name of a field that was changed",
            Effect::Field
        )
    },
    Parameter {
        refused: NOT_OF_FIELD,
        ..text!(
            from,
            "the value that the field given as `changed` had before",
            Effect::Field
        )
    },
    Parameter {
        refused: NOT_OF_FIELD,
        ..text!(
            to,
            "the value that the field given as `changed` had after",
            Effect::Field
        )
    },
    Parameter {
        name: "empty",
        meaning: "the names of parameters whose value is the empty text, separated by commas: \
                  of `entity_type`, `entity_id`, `entity_label`, `action`, `actor_kind`, `actor_id`, `actor_name`, `tenant`, `service`, \
                  `request_id`, `session_id`, `changed`, `from` and `to`",
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

/// Finds a parameter by its name.
pub(super) fn named(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name)
}

fn set_empty(query: &mut TrailQuery, names: &str) -> Option<()> {
    names.split(',').try_for_each(|name| {
        let parameter = named(name).filter(|parameter| parameter.takes_any_text())?;
        parameter.parse(query, "")
    })
}

fn print_empty(query: &TrailQuery) -> Option<String> {
    let texts = PARAMETERS.iter().filter(|known| known.takes_any_text());
    let empty = texts.filter(|text| text.is_given(query) && text.print(query).is_none());
    let names: Vec<_> = empty.map(|text| text.name).collect();
    (!names.is_empty()).then(|| names.join(","))
}

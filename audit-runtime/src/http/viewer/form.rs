//! The filter form of a timeline: its fields are the parameters of a `TrailQuery`.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, Offset, Utc};
use maud::{Markup, html};

use super::Asking;
use crate::Outcome;

/// The parameters of the request as typed. They may be invalid.
#[derive(Debug, Default)]
pub(super) struct Asked(HashMap<String, String>);

impl Asked {
    pub(super) fn of(query: &str) -> Self {
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    fn value(&self, parameter: &str) -> &str {
        self.0.get(parameter).map_or("", String::as_str)
    }

    /// Whether one of the fields is set that the form hides at first.
    fn is_detailed(&self) -> bool {
        let detailed = MORE.iter().chain(&["order"]);
        detailed
            .into_iter()
            .any(|name| !self.value(name).is_empty())
    }
}

/// The parameters that the form hides at first.
const MORE: [&str; 11] = [
    "actor_kind",
    "actor_id",
    "on_behalf_of",
    "ip",
    "session_id",
    "request_id",
    "changeset",
    "tenant",
    "service",
    "entity_label",
    "tz",
];

/// The label of a parameter.
pub(super) fn label(parameter: &'static str) -> &'static str {
    match parameter {
        "entity_type" => "Type of record",
        "entity_id" => "Id of record",
        "entity_label" => "Name of record",
        "action" => "Action",
        "outcome" => "Outcome",
        "actor" => "By whom, as Kind:id",
        "actor_kind" => "Kind of actor",
        "actor_id" => "Id of actor",
        "actor_name" => "Name of actor",
        "on_behalf_of" => "For whom, as Kind:id",
        "tenant" => "Tenant",
        "service" => "Service",
        "since" => "Since",
        "until" => "Until",
        "tz" => "Offset of times, as +02:00",
        "changeset" => "Changeset",
        "request_id" => "Request",
        "session_id" => "Session",
        "ip" => "Address",
        "changed" => "Changed field",
        "from" => "From the value",
        "to" => "To the value",
        "empty" => "Empty",
        other => other,
    }
}

/// The form. It has inputs for a changed field if fields are known, and for records on the whole log.
pub(super) fn form(
    asked: &Asked,
    asking: Asking<'_>,
    actions: &[(String, String)],
    is_open: bool,
) -> Markup {
    html! {
        details.filters open[is_open] {
            summary { "Filter" }
            // Without an action, a form submits to its own page.
            form method="get" role="search" {
                (records(asked, asking))
                label { (label("action"))
                    input name="action" list="actions" value=(asked.value("action")) autocomplete="off";
                }
                datalist id="actions" {
                    @for (action, name) in actions {
                        option value=(action) label=[(name != action).then_some(name)];
                    }
                }
                (text("actor", asked))
                (text("actor_name", asked))
                (changed(asked, asking))
                (time("since", asked))
                (time("until", asked))
                (choice("outcome", &Outcome::STORED.map(Outcome::as_str), asked))
                details.more open[asked.is_detailed()] {
                    summary { "More" }
                    div {
                        @for name in MORE { (text(name, asked)) }
                        label { "Order"
                            select name="order" {
                                option value="" { "newest first" }
                                option value="oldest" selected[asked.value("order") == "oldest"] { "oldest first" }
                            }
                        }
                    }
                }
                @if !asked.value("limit").is_empty() {
                    input type="hidden" name="limit" value=(asked.value("limit"));
                }
                div.buttons { button { "Filter" } }
            }
        }
    }
}

fn records(asked: &Asked, asking: Asking<'_>) -> Markup {
    let Asking::Log(entities) = asking else {
        return html! {};
    };
    let known: Vec<_> = entities.iter().map(|entity| entity.entity_type()).collect();
    html! {
        label { (label("entity_type"))
            input name="entity_type" list="types" value=(asked.value("entity_type")) autocomplete="off";
        }
        datalist id="types" { @for name in known { option value=(name); } }
        (text("entity_id", asked))
    }
}

fn changed(asked: &Asked, asking: Asking<'_>) -> Markup {
    let groups: Vec<(_, &[&str])> = match asking {
        Asking::Entity(fields) => vec![(None, fields)],
        Asking::Log(entities) => {
            let groups = entities.iter();
            groups
                .map(|entity| (Some(entity.entity_type()), &*entity.fields))
                .collect()
        }
        #[cfg(feature = "axum")]
        Asking::Nothing => Vec::new(),
    };
    html! {
        @if groups.iter().any(|(_, fields)| !fields.is_empty()) {
            label { (label("changed"))
                select name="changed" {
                    option value="" { "any" }
                    @for (group, fields) in groups {
                        @match group {
                            Some(name) => optgroup label=(name) { (options(fields, asked.value("changed"))) },
                            None => (options(fields, asked.value("changed"))),
                        }
                    }
                }
            }
            (text("from", asked))
            (text("to", asked))
        }
    }
}

fn text(name: &'static str, asked: &Asked) -> Markup {
    html! { label { (label(name)) input name=(name) value=(asked.value(name)) autocomplete="off"; } }
}

fn time(name: &'static str, asked: &Asked) -> Markup {
    // The input has no time zone: its value is in that of the page.
    let zone = asked.value("tz").parse().unwrap_or(Utc.fix());
    let typed = asked.value(name);
    let value = typed
        .parse::<DateTime<Utc>>()
        .map_or(typed.to_owned(), |time| {
            let local = time.with_timezone::<FixedOffset>(&zone);
            local.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
        });
    html! { label { (label(name)) input type="datetime-local" step="any" name=(name) value=(value); } }
}

fn choice(name: &'static str, names: &[&str], asked: &Asked) -> Markup {
    html! {
        label { (label(name))
            select name=(name) {
                option value="" { "any" }
                (options(names, asked.value(name)))
            }
        }
    }
}

fn options(names: &[&str], selected: &str) -> Markup {
    html! { @for name in names { option value=(name) selected[*name == selected] { (name) } } }
}

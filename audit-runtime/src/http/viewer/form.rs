//! The filter form of a timeline: its fields are the parameters of a `TrailQuery`.

use std::collections::HashMap;

use maud::{Markup, html};

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

    pub(super) fn value(&self, parameter: &str) -> &str {
        self.0.get(parameter).map_or("", String::as_str)
    }

    /// Whether the query has a condition.
    pub(super) fn is_narrowed(&self) -> bool {
        let narrows = |name: &str| !["after", "limit", "order"].contains(&name);
        self.0
            .iter()
            .any(|(name, value)| narrows(name) && !value.is_empty())
    }

    /// Whether a field is set that the form hides at first.
    fn is_detailed(&self) -> bool {
        let detailed = [
            "on_behalf_of",
            "ip",
            "session_id",
            "request_id",
            "changeset",
            "order",
        ];
        detailed.iter().any(|name| !self.value(name).is_empty())
    }
}

/// The form. Without `fields` it has no inputs for a changed field.
pub(super) fn form(asked: &Asked, fields: &[&str]) -> Markup {
    html! {
        details.filters open[asked.is_narrowed()] {
            summary { "Filter" }
            // Without an action a form goes to the page it is on.
            form method="get" role="search" {
                label { "Action"
                    input name="action" list="actions" value=(asked.value("action")) autocomplete="off";
                }
                datalist id="actions" {
                    @for action in ["CREATE", "UPDATE", "DELETE"] { option value=(action); }
                }
                (text("By whom, as Kind:id", "actor", asked))
                @if !fields.is_empty() {
                    (choice("Changed field", "changed", fields, asked))
                    (text("From the value", "from", asked))
                    (text("To the value", "to", asked))
                }
                (time("Since (UTC)", "since", asked))
                (time("Until (UTC)", "until", asked))
                (choice("Outcome", "outcome", &outcomes(), asked))
                details.more open[asked.is_detailed()] {
                    summary { "More" }
                    div {
                        (text("For whom, as Kind:id", "on_behalf_of", asked))
                        (text("Address", "ip", asked))
                        (text("Session", "session_id", asked))
                        (text("Request", "request_id", asked))
                        (text("Changeset", "changeset", asked))
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
                div.buttons {
                    button { "Filter" }
                    @if asked.is_narrowed() { a href="?" { "Show everything" } }
                }
            }
        }
    }
}

fn text(label: &str, name: &str, asked: &Asked) -> Markup {
    html! { label { (label) input name=(name) value=(asked.value(name)) autocomplete="off"; } }
}

fn time(label: &str, name: &str, asked: &Asked) -> Markup {
    // The input has no time zone, and its value is parsed as UTC.
    let value = asked.value(name).trim_end_matches('Z');
    html! { label { (label) input type="datetime-local" step="any" name=(name) value=(value); } }
}

fn outcomes() -> [&'static str; Outcome::STORED.len()] {
    Outcome::STORED.map(Outcome::as_str)
}

fn choice(label: &str, name: &str, options: &[&str], asked: &Asked) -> Markup {
    html! {
        label { (label)
            select name=(name) {
                option value="" { "any" }
                @for option in options {
                    option value=(option) selected[*option == asked.value(name)] { (option) }
                }
            }
        }
    }
}

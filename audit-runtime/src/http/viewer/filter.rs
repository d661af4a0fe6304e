//! What of a timeline is shown: what the form holds, and what the links carry on.

use maud::{Markup, html};

use crate::{Cursor, Outcome};

/// What a page's address asks for. An empty filter filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) filter: Filter,
    /// One entry alone.
    pub(super) entry: String,
    /// Where the page before ended.
    pub(super) cursor: String,
}

/// As typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) action: String,
    pub(super) outcome: String,
    pub(super) actor: String,
    pub(super) field: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) since: String,
    pub(super) until: String,
}

impl Asked {
    /// Reads the query of an address; the error is the key that none of this has.
    pub(super) fn parse(query: &str) -> Result<Self, String> {
        let mut asked = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*key {
                "action" => &mut asked.filter.action,
                "outcome" => &mut asked.filter.outcome,
                "actor" => &mut asked.filter.actor,
                "field" => &mut asked.filter.field,
                "from" => &mut asked.filter.from,
                "to" => &mut asked.filter.to,
                "since" => &mut asked.filter.since,
                "until" => &mut asked.filter.until,
                "entry" => &mut asked.entry,
                "cursor" => &mut asked.cursor,
                _ => return Err(key.into_owned()),
            };
            value.trim().clone_into(place);
        }
        Ok(asked)
    }
}

impl Filter {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The address of the page with these filters, from a cursor on.
    pub(super) fn address(&self, cursor: Option<Cursor>) -> String {
        let cursor = cursor.map(|cursor| cursor.to_string()).unwrap_or_default();
        let pairs = [
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("actor", &self.actor),
            ("field", &self.field),
            ("from", &self.from),
            ("to", &self.to),
            ("since", &self.since),
            ("until", &self.until),
            ("cursor", &cursor),
        ];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        form_urlencoded::Serializer::for_suffix("?".to_owned(), 1)
            .extend_pairs(pairs)
            .finish()
    }
}

pub(super) fn form(filter: &Filter, fields: &[&str]) -> Markup {
    html! {
        details.filters open[!filter.is_empty()] {
            summary { "Filter" }
            // Without an action a form goes to the page it is on.
            form method="get" role="search" {
                label { "Action"
                    input name="action" list="actions" value=(filter.action) autocomplete="off" maxlength="64";
                }
                datalist id="actions" {
                    @for action in ["CREATE", "UPDATE", "DELETE"] { option value=(action); }
                }
                label { "Outcome" (outcomes(&filter.outcome)) }
                label { "Actor, as Kind:id"
                    input name="actor" value=(filter.actor) autocomplete="off" placeholder="Admin:7";
                }
                label { "Changed field" (choice("field", &filter.field, fields)) }
                label { "… from the value"
                    input name="from" value=(filter.from) autocomplete="off";
                }
                label { "… to the value"
                    input name="to" value=(filter.to) autocomplete="off";
                }
                label { "Since (UTC)"
                    input type="datetime-local" step="1" name="since" value=(filter.since);
                }
                label { "Until (UTC)"
                    input type="datetime-local" step="1" name="until" value=(filter.until);
                }
                div.buttons {
                    button { "Filter" }
                    @if !filter.is_empty() { a href="?" { "Show everything" } }
                }
            }
        }
    }
}

fn outcomes(chosen: &str) -> Markup {
    let outcomes = [Outcome::Success, Outcome::Denied, Outcome::Failure];
    choice("outcome", chosen, &outcomes.map(Outcome::as_str))
}

fn choice(name: &str, chosen: &str, options: &[&str]) -> Markup {
    html! {
        select name=(name) {
            option value="" { "any" }
            @for option in options {
                option value=(option) selected[*option == chosen] { (option) }
            }
        }
    }
}

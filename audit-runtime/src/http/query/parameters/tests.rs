//! Compares the table of parameters with the conditions of a query.

use crate::history::condition::Condition;

use super::{Effect, PARAMETERS, TrailQuery, named};

const SAMPLES: [&str; 6] = [
    "text",
    "SUCCESS",
    "Kind:1",
    "2026-01-31",
    "0190a5d2-7e5b-7c3a-9d6f-000000000001",
    "203.0.113.9",
];

/// Whether a reader can use a condition. Decide here about a new condition.
fn is_asked_by_readers(condition: &Condition) -> bool {
    match condition {
        Condition::Actor(_)
        | Condition::OnBehalfOf(_)
        | Condition::Action(_)
        | Condition::Outcome(_)
        | Condition::Since(_)
        | Condition::Until(_)
        | Condition::Changeset(_)
        | Condition::RequestId(_)
        | Condition::SessionId(_)
        | Condition::Ip(_)
        // If the access policy does not set it.
        | Condition::Tenant(_)
        | Condition::ActorKind(_)
        | Condition::ActorId(_)
        | Condition::ActorName(_)
        | Condition::EntityLabel(_)
        | Condition::Service(_) => true,
        #[cfg(any(
            all(feature = "axum", feature = "viewer"),
            feature = "cli",
            feature = "test"
        ))]
        Condition::AfterId(_) => false,
        #[cfg(feature = "cli")]
        Condition::UpToId(_) => false,
    }
}

#[test]
fn a_parameter_has_the_name_of_its_condition() {
    let mut conditions = 0;
    for parameter in PARAMETERS {
        let Effect::Condition(condition) = parameter.effect else {
            continue;
        };
        let mut query = TrailQuery::default();
        let parsed = SAMPLES
            .iter()
            .find_map(|sample| parameter.parse(&mut query, sample));
        assert!(parsed.is_some(), "{}", parameter.name);
        let condition = condition(&query).expect(parameter.name);
        assert_eq!(condition.declaration().name, parameter.name);
        assert!(is_asked_by_readers(&condition), "{}", parameter.name);
        conditions += 1;
    }
    assert_eq!(conditions, 16, "the conditions of `is_asked_by_readers`");
}

#[test]
fn the_meaning_of_empty_names_the_parameters_that_take_any_text() {
    let texts = PARAMETERS.iter().filter(|known| known.takes_any_text());
    let names: Vec<_> = texts.map(|text| format!("`{}`", text.name)).collect();
    let (last, first) = names.split_last().unwrap();
    let list = format!("{} and {last}", first.join(", "));
    let empty = named("empty").unwrap();
    assert!(empty.meaning.ends_with(&list), "{}", empty.meaning);
}

//! Queries of the trail as URLs.

use std::net::IpAddr;

use audit_runtime::{Actor, Outcome, http::TrailQuery};
use chrono::{DateTime, FixedOffset, Utc};
use proptest::{option::of, prelude::*};
use uuid::Uuid;

/// Text that is easily changed on the way.
const AWKWARD: &[&str] = &[
    "", " ", " a ", "a\n", "\t", "+", "%", "%20", "a+b", "a&b=c", "\0", "\u{feff}", "ä", "\\",
    "empty", "oldest",
];

fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(AWKWARD).prop_map(str::to_owned);
    prop_oneof![any::<String>(), awkward]
}

fn actor() -> impl Strategy<Value = Actor> {
    let part = || text().prop_filter("an actor has a kind and an id", |text| !text.is_empty());
    (part(), part()).prop_map(|(kind, id)| Actor::new(kind, id))
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    let seconds = DateTime::<Utc>::MIN_UTC.timestamp()..=DateTime::<Utc>::MAX_UTC.timestamp();
    let near = 0..=4_102_444_800_i64;
    let nanoseconds = prop_oneof![Just(0), Just(1_000_000), 0..1_000_000_000_u32,];
    (prop_oneof![seconds, near], nanoseconds)
        .prop_map(|(seconds, nanoseconds)| DateTime::from_timestamp(seconds, nanoseconds).unwrap())
}

fn query() -> impl Strategy<Value = TrailQuery> {
    // Sixteen bytes in base64.
    let cursor = "[A-Za-z0-9_-]{21}[AQgw]".prop_map(|text| text.parse().unwrap());
    let outcome = prop::sample::select(vec![Outcome::Success, Outcome::Denied, Outcome::Failure]);
    let who = (of(actor()), of(actor()), of(any::<IpAddr>()), of(outcome));
    let offset = (-14 * 60..=14 * 60).prop_filter_map("an offset", |minutes: i32| {
        FixedOffset::east_opt(minutes * 60)
    });
    let when = (
        of(time()),
        of(time()),
        of(cursor),
        of(1..=u64::MAX),
        any::<bool>(),
        of(offset),
    );
    let texts = (
        of(text()),
        of(text()),
        of(text()),
        of(text()),
        of(text()),
        of(text()),
    );
    let named = (
        of(text()),
        of(text()),
        of(text()),
        of(text()),
        of(text()),
        of(text()),
    );
    let of_log = (of(text()), of(text()));
    let changeset = of(any::<u128>().prop_map(Uuid::from_u128));
    let all = (who, when, texts, named, of_log, changeset);
    all.prop_map(|(who, when, texts, named, of_log, changeset)| {
        let mut query = TrailQuery::default();
        (query.actor, query.on_behalf_of, query.ip, query.outcome) = who;
        (
            query.since,
            query.until,
            query.after,
            query.limit,
            query.oldest_first,
            query.tz,
        ) = when;
        (
            query.action,
            query.request_id,
            query.session_id,
            query.changed,
            query.from,
            query.to,
        ) = texts;
        (
            query.entity_label,
            query.actor_kind,
            query.actor_id,
            query.actor_name,
            query.tenant,
            query.service,
        ) = named;
        (query.entity_type, query.entity_id) = of_log;
        query.changeset = changeset;
        query
    })
}

proptest! {
    #[test]
    fn a_question_reads_back_as_it_is_printed(query in query()) {
        let printed = query.to_string();
        let parsed: TrailQuery = printed.parse().unwrap_or_else(|problem| panic!("{printed}: {problem:?}"));
        prop_assert_eq!(parsed, query, "{}", printed);
    }
}

#[test]
fn the_empty_text_can_be_asked_for() {
    let query: TrailQuery = "changed=role&empty=from,to".parse().unwrap();
    assert_eq!(
        (query.from.as_deref(), query.to.as_deref()),
        (Some(""), Some(""))
    );
    for refused in [
        "empty=limit",
        "empty=to,to",
        "to=x&empty=to",
        "empty=to&to=x",
        "empty=,",
    ] {
        let problem = refused.parse::<TrailQuery>().unwrap_err();
        assert_eq!(problem.status(), 400, "{refused}");
    }
}

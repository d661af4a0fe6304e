//! The pages, without a server.

mod pages;
mod texts;

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Detail, Sheet, Viewer, entry, ink::Ink};
use crate::{Actor, Budget, Entry, Kind, Outcome, Source};

fn update(changes: Json) -> Entry {
    Entry {
        id: 17,
        kind: Kind::Change,
        changeset_id: Uuid::nil(),
        tenant: None,
        service: None,
        entity_type: Some("User".to_owned()),
        entity_id: Some("1".to_owned()),
        entity_label: Some("john.smith".to_owned()),
        action: "UPDATE".to_owned(),
        outcome: Outcome::Success,
        actor: Actor::new("Admin", "7").named("jane.doe"),
        on_behalf_of: None,
        timestamp: "2026-11-23T11:05:26.399637Z".parse().unwrap(),
        recorded_at: "2026-11-23T11:05:26.399Z".parse().unwrap(),
        source: Source::default(),
        reason: None,
        reverts: None,
        changes: serde_json::from_value(changes).unwrap(),
        metadata: None,
        parents: Default::default(),
        is_read: true,
    }
}

fn article(entry: &Entry, detail: Detail) -> String {
    article_of(&Viewer::new("Acme"), entry, detail)
}

fn article_of(viewer: &Viewer, entry: &Entry, detail: Detail) -> String {
    let sheet = Sheet {
        viewer,
        desk: &viewer.desk(&[]),
        ink: Ink::new(Budget::new(), detail),
        now: "2026-11-23T12:05:26Z".parse().unwrap(),
        tz: None,
    };
    entry::article(&sheet, entry).into_string()
}

/// The visible text.
fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        let (tag, rest) = part.split_once('>').unwrap_or(("", part));
        let is_block = ["/p", "/h2", "/dt", "/dd", "/dl", "/span", "/del", "/ins"].contains(&tag);
        text += if is_block { " " } else { "" };
        text += rest;
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_entry_tells_who_when_from_where_and_what() {
    let mut entry = update(json!({ "role": { "before": "user", "after": "admin" } }));
    entry.source.ip = Some([203, 0, 113, 9].into());
    entry.reason = Some("ticket 4711".to_owned());
    let shown = text(&article(&entry, Detail::Short));
    for expected in [
        "Admin jane.doe changed User john.smith",
        "2026-11-23 11:05:26 59 min ago",
        "role user to → admin",
        "Reason: ticket 4711",
        "from 203.0.113.9",
        "role from user → to admin",
    ] {
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
}

#[test]
fn what_is_not_kept_is_said_to_be_so() {
    for (change, expected) in [
        (
            json!({"before_is": "redacted", "after_is": "redacted"}),
            "phone changed, redacted",
        ),
        (
            json!({"before_is": "redacted", "after": null}),
            "phone from redacted → to nothing",
        ),
        (
            json!({"before": "", "after": 7}),
            "phone from empty text → to 7",
        ),
        (
            json!({"before": null, "before_is": "json_null", "after": [1]}),
            "phone from JSON null → to [1]",
        ),
        (
            json!({"after": "YQBi", "after_is": "base64"}),
            "phone base64 YQBi",
        ),
    ] {
        let shown = text(&article(&update(json!({ "phone": change })), Detail::Short));
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
}

#[test]
fn clocks_that_differ_are_noticed() {
    let mut entry = update(json!({}));
    assert!(!text(&article(&entry, Detail::Short)).contains("clock"));
    entry.recorded_at = "2026-11-23T12:05:26Z".parse().unwrap();
    let shown = text(&article(&entry, Detail::Short));
    assert!(
        shown.contains("The database's clock said 2026-11-23 12:05:26 UTC"),
        "{shown}"
    );
}

#[test]
fn entries_lead_to_what_they_share() {
    let mut entry = update(json!({ "role": { "before": "user", "after": "admin" } }));
    entry.source.session_id = Some("session 4711".to_owned());
    let viewer = Viewer::new("Acme")
        .log("/audit")
        .records(|entity_type, id| Some(format!("/{entity_type}/{id}")));
    let html = article_of(&viewer, &entry, Detail::Short);
    for expected in [
        r##"<a href="?changeset=00000000-0000-0000-0000-000000000000#entry-17""##,
        r#"<a href="/audit?actor=Admin%3A7">"#,
        r#"<a href="/audit?session_id=session+4711">"#,
        r#"<a href="/User/1"><span class="kind">User</span>"#,
    ] {
        assert!(html.contains(expected), "{expected}\n{html}");
    }
}

#[test]
fn two_identities_have_two_headings() {
    let mut headings = HashMap::new();
    let names = [
        "victim",
        "victim ",
        " victim",
        "vic tim",
        "vic  tim",
        "vic\u{1}tim",
        r"vic\u{1}tim",
        r"vic\u{5c}u{1}tim",
        "vic\ntim",
        "vic\u{34f}tim",
        "vic\u{fe0f}tim",
        "vic\u{2800}tim",
        "vic\u{3164}tim",
        "\u{301}victim",
        "vi\u{301}ctim",
        "v\u{ed}ctim",
        "victim (7)",
        "7",
        "7 (7)",
        "<b>victim</b>",
    ];
    for name in names {
        for id in ["7", "8", " 7", name] {
            let mut entry = update(json!({}));
            entry.actor = Actor::new("User", id).named(name);
            let html = article(&entry, Detail::Short);
            let (heading, _) = html.split_once("</h2>").unwrap();
            let told = headings.entry(text(heading)).or_insert(name);
            assert_eq!(*told, name, "{heading}");
        }
    }
    // Most of them come with an id.
    assert!(headings.len() > 3 * names.len());
}

#[test]
fn metadata_is_shown_as_far_as_it_goes() {
    let mut entry = update(json!({ "role": { "before": "user", "after": "admin" } }));
    let long = "x".repeat(1_000_000);
    let mut metadata = serde_json::Map::new();
    metadata.insert("long".to_owned(), long.clone().into());
    metadata.insert(long, 1.into());
    metadata.extend((0..100_000).map(|n| (format!("key {n}"), n.into())));
    entry.metadata = Some(metadata.into());
    for detail in [Detail::Short, Detail::Whole] {
        let html = article(&entry, detail);
        assert!(html.len() < 200_000, "{}", html.len());
        assert!(html.contains("and 99902 more"));
    }
}

#[test]
fn names_of_the_application_are_shown() {
    let mut entry = update(json!({ "role": { "before": "user", "after": "admin" } }));
    let viewer = Viewer::new("Acme")
        .field_name(|of, field| (of == "User" && field == "role").then(|| "Role".to_owned()))
        .value_name(|_, _, value| (value == "admin").then(|| "Administrator".to_owned()))
        .event_name(|action| (action == "LOGIN_FAILURE").then(|| "failed to log in".to_owned()));
    let shown = text(&article_of(&viewer, &entry, Detail::Short));
    assert!(shown.contains("Role user to → Administrator"), "{shown}");
    assert!(shown.contains("Role from user → to admin"), "{shown}");

    (entry.kind, entry.action) = (Kind::Event, "LOGIN_FAILURE".to_owned());
    let shown = text(&article_of(&viewer, &entry, Detail::Short));
    assert!(
        shown.contains("Admin jane.doe: failed to log in on User"),
        "{shown}"
    );
    // The stored action is among the facts.
    assert!(shown.contains("Action LOGIN_FAILURE"), "{shown}");
}

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Detail, Viewer, entry, ink::Ink};
use crate::{
    Actor, Budget, Entry, Kind, Outcome, Page, Source,
    http::{TrailQuery, query::PARAMETERS},
};

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
        is_read: true,
    }
}

fn article(entry: &Entry, detail: Detail) -> String {
    let ink = Ink::new(Budget::new(), detail);
    entry::article(&Viewer::new("Acme"), entry, &ink).into_string()
}

/// What a reader sees of it.
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
        "2026-11-23 11:05:26 UTC from 203.0.113.9",
        "Reason: ticket 4711",
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
fn long_text_is_a_diff() {
    let line = "a line that is written once and then stays as it was, word for word, ever after";
    let before = format!("{line}, and lazy too");
    let after = format!("{line}, and quick too");
    let change = json!({ "note": { "before": before, "after": after } });
    let html = article(&update(change), Detail::Short);
    assert!(
        html.contains("and <del>lazy</del><ins>quick</ins> too"),
        "{html}"
    );

    let before: String = (1..=40).map(|n| format!("line {n}\n")).collect();
    let after = before.replace("line 20\n", "line twenty\n");
    let change = json!({ "note": { "before": before, "after": after } });
    let html = article(&update(change), Detail::Short);
    assert!(
        html.contains(r#"<del class="line">− line <b>20</b></del>"#),
        "{html}"
    );
    assert!(
        html.contains(r#"<ins class="line">+ line <b>twenty</b></ins>"#),
        "{html}"
    );
    assert!(
        text(&html).contains("⋯ 16 lines unchanged line 17 line 18"),
        "{html}"
    );
    assert!(!html.contains("line 16"), "{html}");
}

#[test]
fn a_line_end_that_comes_or_goes_is_seen() {
    let change = json!({ "note": { "before": "a\nb", "after": "a\nb\n" } });
    let shown = text(&article(&update(change), Detail::Short));
    assert!(shown.contains("− b (no line end) + b"), "{shown}");
}

#[test]
fn a_timeline_shortens_and_an_entry_does_not() {
    let change = json!({ "note": { "after": "x".repeat(5_000) } });
    let entry = update(change);
    let short = text(&article(&entry, Detail::Short));
    assert!(short.contains("… and 4600 characters more"), "{short}");
    let whole = article(&entry, Detail::Whole);
    assert!(whole.contains(&"x".repeat(5_000)));
}

#[test]
fn long_text_costs_no_more_than_patience() {
    // Worst for a diff: many lines, none of them the same.
    let before: String = (0..40_000).map(|n| format!("{n:x}\n")).collect();
    let after: String = (0..40_000).map(|n| format!("{n:o}z\n")).collect();
    let change = json!({ "note": { "before": before, "after": after } });
    let html = article(&update(change), Detail::Whole);
    assert!(html.contains("Only the first 100000 characters are compared here"));
}

#[test]
fn nothing_that_is_stored_becomes_markup() {
    // What the reader or the application wrote need not be spelled out.
    let typed = "<b a='\"&>";
    let evil = "<b a='\"&>\u{202e}";
    let stored = Entry {
        tenant: Some(evil.to_owned()),
        service: Some(evil.to_owned()),
        entity_type: Some(evil.to_owned()),
        entity_id: Some(evil.to_owned()),
        entity_label: Some(evil.to_owned()),
        action: evil.to_owned(),
        actor: Actor::new(evil, evil).named(evil),
        on_behalf_of: Some(evil.to_owned()),
        source: Source {
            user_agent: Some(evil.to_owned()),
            session_id: Some(evil.to_owned()),
            request_id: Some(evil.to_owned()),
            trace_id: Some(evil.to_owned()),
            ip: None,
        },
        reason: Some(evil.to_owned()),
        metadata: Some(json!({ evil: evil })),
        ..update(json!({ evil: { "before": evil, "after": evil.repeat(50) } }))
    };
    let event = Entry {
        kind: Kind::Event,
        metadata: Some(evil.into()),
        ..stored.clone()
    };
    let query = TrailQuery {
        action: Some(typed.to_owned()),
        changed: Some(typed.to_owned()),
        ..TrailQuery::default()
    };
    let problem = typed.parse::<TrailQuery>().unwrap_err();
    let page = Page {
        entries: vec![stored, event],
        next: None,
    };
    let viewer = Viewer::new(typed)
        .link(typed, typed)
        .records(|_, _| Some("/\"&><b a".to_owned()));
    let asked = "action=%3Cb+a%3D%27%22%26%3E";
    for html in [
        viewer.show(evil, &page, &query, &[typed]),
        viewer.show_problem(&problem, asked, &[typed]),
    ] {
        let html = html.into_body();
        assert!(!html.contains("<b a"));
        assert!(!html.contains("\"&>"));
        assert!(!html.contains('\u{202e}'));
        assert!(html.contains("&lt;b a='"));
    }
}

#[test]
fn the_security_policy_allows_the_style_sheet_and_nothing_else() {
    let page = Page {
        entries: vec![update(json!({ "role": { "after": "admin" } }))],
        next: None,
    };
    let response = Viewer::new("Acme").show("User 1", &page, &TrailQuery::default(), &["role"]);
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    let (_, rest) = response.body().split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let hash = STANDARD.encode(Sha256::digest(style));
    assert!(
        policy.contains(&format!("style-src 'sha256-{hash}'")),
        "{policy}"
    );
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!response.body().contains("style=\""));
    assert!(!response.body().contains("<script"));
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
fn pages_and_filters_are_addresses() {
    let next = "AAAAAAAAAAEAAAAAAAAAAA".parse().unwrap();
    let page = Page {
        entries: Vec::new(),
        next: Some(next),
    };
    let query: TrailQuery =
        "actor=Admin:7+%26+co&to=%C3%A4&changed=role&after=AAAAAAAAAAIAAAAAAAAAAA"
            .parse()
            .unwrap();
    let html = Viewer::new("Acme")
        .show("User 1", &page, &query, &["role", "username"])
        .into_body();
    for expected in [
        r#"<a href="?actor=Admin%3A7+%26+co&amp;changed=role&amp;to=%C3%A4">← Newest</a>"#,
        r#"href="?after=AAAAAAAAAAEAAAAAAAAAAA&amp;actor=Admin%3A7+%26+co&amp;changed=role&amp;to=%C3%A4">Older →</a>"#,
        r#"name="actor" value="Admin:7 &amp; co""#,
        r#"<option value="role" selected>role</option>"#,
        "Nothing matches.",
    ] {
        assert!(html.contains(expected), "{expected}\n{html}");
    }
}

#[test]
fn the_filter_form_has_a_field_for_each_parameter() {
    let page = Page {
        entries: Vec::new(),
        next: None,
    };
    // The page's links set these.
    let elsewhere = ["after", "empty"];
    let query: TrailQuery = "limit=20".parse().unwrap();
    let html = Viewer::new("Acme")
        .show("User 1", &page, &query, &["role"])
        .into_body();
    for parameter in PARAMETERS {
        let is_in_form = html.contains(&format!("name=\"{}\"", parameter.name));
        let expected = !elsewhere.contains(&parameter.name);
        assert_eq!(is_in_form, expected, "{}", parameter.name);
    }
}

#[test]
fn entries_lead_to_what_they_share() {
    let mut entry = update(json!({ "role": { "before": "user", "after": "admin" } }));
    entry.source.session_id = Some("session 4711".to_owned());
    let viewer =
        Viewer::new("Acme").records(|entity_type, id| Some(format!("/{entity_type}/{id}")));
    let ink = Ink::new(Budget::new(), Detail::Short);
    let html = entry::article(&viewer, &entry, &ink).into_string();
    for expected in [
        r##"<a href="?changeset=00000000-0000-0000-0000-000000000000#entry-17""##,
        r#"<a href="?actor=Admin%3A7&amp;session_id=session+4711">"#,
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

/// Texts of many words in which none stays where it was.
fn shuffled(start: usize, words: usize) -> String {
    let words = (0..words).map(|n| format!("w{}", (start * 31 + n * 17) % 97));
    words.collect::<Vec<_>>().join(" ")
}

fn page_of(entries: Vec<Entry>) -> Page {
    Page {
        entries,
        next: None,
    }
}

#[test]
fn a_page_of_long_texts_is_bounded() {
    let change = |n: usize| {
        let (before, after) = (shuffled(n, 10_000), shuffled(n + 1, 10_000));
        update(json!({ "note": { "before": before, "after": after } }))
    };
    let page = page_of((0..200).map(change).collect());
    let limit = 64 * 1024;
    let viewer = Viewer::new("Acme").budget(Budget::new().bytes(limit));
    let html = viewer
        .show("Notes", &page, &TrailQuery::default(), &[])
        .into_body();
    // The first value may be of any size; what comes after it is left out, and the entries are all there.
    assert!(html.contains("left out: this page is full"));
    assert_eq!(html.matches("<article").count(), 200);
    let longest = 10 * 2 * 10_000;
    assert!(
        html.len() < limit + longest + 200 * 8 * 1024,
        "{}",
        html.len()
    );
}

#[test]
fn a_text_that_is_not_compared_is_shown_as_it_was_and_became() {
    let ink = Ink::new(Budget::new().bytes(usize::MAX), Detail::Whole);
    let outside = |html: &str, tag: &str| {
        let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
        let parts = html.split(&open).enumerate().map(|(index, part)| {
            let behind = part.split_once(&close).map(|(_, behind)| behind);
            behind.filter(|_| index > 0).unwrap_or(part)
        });
        let parts = parts.collect::<String>();
        let texts = parts.split('<').skip(1);
        texts
            .filter_map(|part| part.split_once('>').map(|(_, text)| text))
            .collect::<String>()
    };
    // The first may be compared, and the second would take too long.
    for words in [200, 5000] {
        let (before, after) = (shuffled(1, words), shuffled(2, words));
        let change = update(json!({ "note": { "before": before, "after": after } }));
        let html = super::value::change(change.changes.get("note").unwrap(), &ink).into_string();
        assert_eq!(outside(&html, "ins"), before);
        assert_eq!(outside(&html, "del"), after);
    }
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
fn what_is_spelled_out_takes_room() {
    let hidden = "\u{200b}".repeat(100_000);
    let change = json!({ "note": { "before": "", "after": hidden } });
    let html = article(&update(change), Detail::Whole);
    assert!(html.len() < 1_000_000, "{}", html.len());
}

//! Long texts: differences, shortening and limits.

use std::time::Duration;

use serde_json::json;

use super::{
    super::{Detail, Viewer, ink::Ink, value},
    article, text, update,
};
use crate::{Actor, Budget, Entry, Page, Source, http::TrailQuery};

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
    // The worst case of a diff: many lines, all different.
    let before: String = (0..40_000).map(|n| format!("{n:x}\n")).collect();
    let after: String = (0..40_000).map(|n| format!("{n:o}z\n")).collect();
    let change = json!({ "note": { "before": before, "after": after } });
    let html = article(&update(change), Detail::Whole);
    assert!(html.contains("Only the first 100000 characters are compared here"));
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
    // The first values may have any size. Each later entry is one line, and none is missing.
    assert!(html.contains("left out: this page is full"));
    assert_eq!(html.matches("<article").count(), 200);
    let longest = 10 * 2 * 10_000;
    assert!(
        html.len() < limit + longest + 200 * 1024 + FRAME,
        "{}",
        html.len()
    );
}

/// The maximum size of a page without its entries.
const FRAME: usize = 32 * 1024;

#[test]
fn what_is_no_value_is_bounded_as_well() {
    let evil = |length: usize| "\u{202e}".repeat(length);
    let entry = Entry {
        entity_id: Some(evil(512)),
        entity_label: Some(evil(255)),
        action: evil(64),
        actor: Actor::new(evil(64), evil(255))
            .named(evil(255))
            .role(evil(64)),
        on_behalf_of: Some(format!("{}:1", evil(300))),
        reason: Some(evil(1024)),
        source: Source {
            user_agent: Some(evil(512)),
            session_id: Some(evil(128)),
            request_id: Some(evil(128)),
            trace_id: Some(evil(64)),
            ip: None,
        },
        ..update(json!({ evil(64): { "before": 1, "after": 2 } }))
    };
    let limit = 256 * 1024;
    let html = |budget| {
        let viewer = Viewer::new("Acme").budget(budget);
        let page = page_of(vec![entry.clone(); 200]);
        let page = viewer.show("All", &page, &TrailQuery::default(), &[]);
        page.into_body()
    };
    let page = html(Budget::new().bytes(limit));
    assert_eq!(page.matches("<article").count(), 200);
    assert!(
        page.len() < limit + 200 * 4 * 1024 + FRAME,
        "{}",
        page.len()
    );
    // The time is limited, too.
    let page = html(Budget::new().time(Duration::ZERO));
    assert_eq!(page.matches("left out: this page is full").count(), 200);
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
        let html = value::change(change.changes.get("note").unwrap(), &ink).into_string();
        assert_eq!(outside(&html, "ins"), before);
        assert_eq!(outside(&html, "del"), after);
    }
}

#[test]
fn what_is_spelled_out_takes_room() {
    let hidden = "\u{200b}".repeat(100_000);
    let change = json!({ "note": { "before": "", "after": hidden } });
    let html = article(&update(change), Detail::Whole);
    assert!(html.len() < 1_000_000, "{}", html.len());
}

/// Texts of many words, each in another place.
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

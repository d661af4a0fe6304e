//! Pages: markup, headers, links and the filter form.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    super::{Viewer, form},
    update,
};
use crate::{
    Actor, Entry, Kind, Page, Source,
    http::{TrailQuery, query::PARAMETERS},
};

#[test]
fn nothing_that_is_stored_becomes_markup() {
    // Text of the reader or the application need not be spelled out.
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
    // The page's links set these, and records are those of the page.
    let elsewhere = ["after", "empty", "entity_type", "entity_id"];
    let query: TrailQuery = "limit=20".parse().unwrap();
    let html = Viewer::new("Acme")
        .show("User 1", &page, &query, &["role"])
        .into_body();
    for parameter in PARAMETERS {
        let is_in_form = html.contains(&format!("name=\"{}\"", parameter.name));
        let expected = !elsewhere.contains(&parameter.name);
        assert_eq!(is_in_form, expected, "{}", parameter.name);
        assert!(
            form::label(parameter.name) != parameter.name
                || ["after", "limit", "order"].contains(&parameter.name)
        );
    }
}

#[test]
fn a_condition_is_a_chip_that_takes_it_away() {
    let page = Page {
        entries: Vec::new(),
        next: None,
    };
    let query: TrailQuery =
        "actor=Admin:7&changed=role&to=admin&after=AAAAAAAAAAIAAAAAAAAAAA&limit=20"
            .parse()
            .unwrap();
    let html = Viewer::new("Acme")
        .show("User 1", &page, &query, &["role"])
        .into_body();
    for expected in [
        r#"<a class="chip" href="?limit=20&amp;changed=role&amp;to=admin">"#,
        r#"<a class="chip" href="?limit=20&amp;actor=Admin%3A7">"#,
        r#"<a class="chip" href="?limit=20&amp;actor=Admin%3A7&amp;changed=role">"#,
        r#"<details class="filters">"#,
    ] {
        assert!(html.contains(expected), "{expected}\n{html}");
    }
    assert_eq!(html.matches("class=\"chip\"").count(), 3);
}

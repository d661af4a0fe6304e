//! Sentences name actors and records unambiguously.

use std::collections::HashMap;

use audit_runtime::{Entry, prelude::*};

use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, install},
};

on_every_backend!(
    two_identities_have_two_sentences,
    a_name_that_is_not_plain_comes_with_its_id,
);

/// Texts that are easily confused.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "7",
        "8",
        "7 ",
        " 7",
        "7' (8",
        "7 (8)",
        "7' ('8",
        "victim",
        "VICTIM",
        "vic tim",
        "vic  tim",
        "vic\ttim",
        "vic\ntim",
        "vic\r\ntim",
        "vic\u{1}tim",
        r"vic\u{1}tim",
        r"vic\\u{1}tim",
        r"vic\u{5c}u{1}tim",
        "vic\u{85}tim",
        "vic\u{a0}tim",
        "vic\u{34f}tim",
        "vic\u{200b}tim",
        "vic\u{202e}tim",
        "vic\u{2028}tim",
        "vic\u{2800}tim",
        "vic\u{3164}tim",
        "vic\u{e000}tim",
        "vic\u{fdd0}tim",
        "vic\u{fe0f}tim",
        "vic\u{e0001}tim",
        "vic\u{10ffff}tim",
        "v\u{456}ct\u{456}m",
        "\u{301}victim",
        "v\u{ed}ctim",
        "vi\u{301}ctim",
        "victim'",
        r"victim\'",
        r"victim\",
        "victim`",
        "victim\u{2bc}",
        "victim\u{2019}",
        "victim\u{2032}",
        "victim\u{ff07}",
        r"victim\u{2019}",
        "victim' changed User 'x' role from 'user' to 'admin",
    ]
    .map(String::from)
    .into();
    let long = "v".repeat(254);
    texts.extend(["", "\0", "…", "vv", "\u{1}"].map(|end| format!("{long}{end}")));
    texts
}

/// Actors and records with every name, with two ids each, and with every id.
async fn two_identities_have_two_sentences(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let texts = texts();
    let mut identities: Vec<(&str, Option<&str>)> = Vec::new();
    for text in &texts {
        identities.push((text, None));
        identities.extend(["7", "victim", text].map(|id| (id, Some(&**text))));
    }
    identities.sort_unstable();
    identities.dedup();
    for (id, name) in &identities {
        let actor = Actor::new("User", *id);
        let actor = name.map_or(actor.clone(), |name| actor.named(name));
        let event = Event::new("LOGIN").on("User", *id);
        let event = name.map_or(event.clone(), |name| event.label(name));
        let context = AuditContext::new(Actor::new("User", "7"));
        let context = context.on_behalf_of(Actor::new("User", *id));
        for (context, event) in [
            (AuditContext::new(actor), Event::new("LOGIN")),
            (AuditContext::new(Actor::anonymous()), event),
            (context, Event::new("LOGOUT")),
        ] {
            db.audited(&context).record(event).await.unwrap();
        }
    }

    // The stored values that sentences must distinguish.
    let called = |entry: &Entry| {
        let actor = &entry.actor;
        let actor = (
            actor.kind().to_owned(),
            actor.name().unwrap_or(actor.id()).to_owned(),
        );
        let record = entry.entity_label.clone().or(entry.entity_id.clone());
        (
            entry.action.clone(),
            actor,
            record,
            entry.on_behalf_of.clone(),
        )
    };
    let identity = |entry: &Entry| {
        let actor = (entry.actor.clone(), entry.on_behalf_of.clone());
        format!("{actor:?} {:?} {:?}", entry.entity_id, entry.entity_label)
    };
    let (mut short, mut long) = (HashMap::new(), HashMap::new());
    for entry in entries(db).await {
        let name = short.entry(entry.to_string()).or_insert(called(&entry));
        assert_eq!(*name, called(&entry), "{entry}");
        let one = long.entry(format!("{entry:#}")).or_insert(identity(&entry));
        assert_eq!(*one, identity(&entry), "{entry:#}");
        assert!(
            entry.to_string().chars().all(|char| !char.is_control()),
            "{entry}"
        );
    }
    assert!(short.len() > 2 * texts.len() && long.len() > short.len());
}

async fn a_name_that_is_not_plain_comes_with_its_id(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let told = [
        ("victim", r"User 'victim': LOGIN"),
        ("Zoë 김철수", r"User 'Zoë 김철수': LOGIN"),
        ("7", r"User '7' (9): LOGIN"),
        ("o'hara", r"User 'o\'hara' (9): LOGIN"),
        ("vic\u{1}tim", r"User 'vic\\u{1}tim' (9): LOGIN"),
        (r"vic\u{1}tim", r"User 'vic\\u{5c}u{1}tim' (9): LOGIN"),
        ("vic\u{fe0f}tim", r"User 'vic\u{fe0f}tim' (9): LOGIN"),
        ("\u{301}victim", r"User '\u{301}victim' (9): LOGIN"),
        ("victim\u{2bc}", r"User 'victim\u{2bc}' (9): LOGIN"),
        ("vi\u{301}ctim", "User 'vi\u{301}ctim' (9): LOGIN"),
        ("v\u{456}ctim", "User 'v\u{456}ctim' (9): LOGIN"),
        ("victim ", r"User 'victim ' (9): LOGIN"),
    ];
    for (name, _) in told {
        let context = AuditContext::new(Actor::new("User", "9").named(name));
        let audit = db.audited(&context);
        audit.record(Event::new("LOGIN")).await.unwrap();
    }
    let sentences: Vec<_> = entries(db).await.iter().map(Entry::to_string).collect();
    assert_eq!(sentences, told.map(|(_, sentence)| sentence));
}

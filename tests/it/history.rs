//! Queries of the log.

use audit_runtime::{Cursor, Error, Page, prelude::*};
use sea_orm::DatabaseConnection;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
};

on_every_backend!(
    pages_walk_a_history_either_way,
    a_cursor_is_good_for_its_query_alone,
    entries_read_as_sentences,
    no_value_forges_a_sentence,
    an_entry_is_json_with_before_after_and_diff,
);

async fn pages_walk_a_history_either_way(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let john = history_of_john(db, 10).await;

    for newest_first in [false, true] {
        let history = History::of::<user::Entity>(john);
        let history = if newest_first {
            history.newest_first()
        } else {
            history
        };
        let mut ids = Vec::new();
        let mut cursor = None;
        loop {
            let Page { entries, next, .. } = history.page(db, cursor, 4).await.unwrap();
            assert!(entries.len() <= 4);
            ids.extend(entries.iter().map(|entry| entry.id));
            match next {
                // As a client sends it back.
                Some(next) => cursor = Some(next.to_string().parse().unwrap()),
                None => break,
            }
        }
        let mut expected: Vec<_> = entries(db)
            .await
            .iter()
            .filter(|entry| entry.entity_id == Some(john.to_string()))
            .map(|entry| entry.id)
            .collect();
        assert_eq!(expected.len(), 11);
        if newest_first {
            expected.reverse();
        }
        assert_eq!(ids, expected);
    }
    let all = History::of::<user::Entity>(john)
        .page(db, None, 1000)
        .await
        .unwrap();
    assert_eq!((all.entries.len(), all.next), (11, None));
    let one = History::of::<user::Entity>(john)
        .page(db, None, 0)
        .await
        .unwrap();
    assert_eq!(one.entries.len(), 1);
    let nobody = History::of::<user::Entity>(4711)
        .page(db, None, 10)
        .await
        .unwrap();
    assert_eq!((nobody.entries.len(), nobody.next), (0, None));
}

async fn a_cursor_is_good_for_its_query_alone(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let john = history_of_john(db, 3).await;
    let history = History::of::<user::Entity>(john);
    let cursor = history.page(db, None, 1).await.unwrap().next;
    assert!(cursor.is_some());

    for foreign in [
        history.clone().newest_first(),
        History::of::<user::Entity>(john + 1),
    ] {
        let refused = foreign.page(db, cursor, 1).await.unwrap_err();
        assert!(matches!(refused, Error::InvalidCursor), "{refused}");
    }
    for tampered in ["", "x", "AAAA", "!!", &"A".repeat(100)] {
        assert!(matches!(
            tampered.parse::<Cursor>(),
            Err(Error::InvalidCursor)
        ));
    }
}

async fn entries_read_as_sentences(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"));
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john.smith")).await.unwrap();
    let id = john.id;
    audit
        .update(id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    audit
        .update(id, user::AdminPatch::new().role("user").logins(-3))
        .await
        .unwrap();
    audit
        .update(
            id,
            user::AdminPatch::new().username("jack").role("a").logins(5),
        )
        .await
        .unwrap();
    audit
        .update(id, user::ProfilePatch::new().phone("555-0199"))
        .await
        .unwrap();
    audit
        .update(id, user::ProfilePatch::new().phone(None))
        .await
        .unwrap();
    let support =
        AuditContext::new(Actor::new("Support", "3")).on_behalf_of(Actor::new("User", "a:b"));
    let support = db.audited(&support);
    support
        .update(id, user::ProfilePatch::new().phone("555-0100"))
        .await
        .unwrap();
    let nightly = AuditContext::new(Actor::system("nightly"));
    let nightly = db.audited(&nightly);
    nightly.delete::<user::Entity>(id).await.unwrap();
    let nobody = AuditContext::new(Actor::anonymous());
    let nobody = db.audited(&nobody);
    nobody
        .record(Event::new("LOGIN_FAILURE").on("User", "7").denied())
        .await
        .unwrap();
    nobody.record(Event::new("STARTED")).await.unwrap();
    nobody
        .record(
            Event::new("PAYMENT")
                .failed()
                .on("Order", "1")
                .label("first"),
        )
        .await
        .unwrap();

    let sentences: Vec<_> = entries(db).await.iter().map(ToString::to_string).collect();
    assert_eq!(
        sentences,
        [
            "Admin 'jane.doe' created User 'john.smith' with logins 0, password_hash (redacted), \
             phone (redacted), role 'user' and username 'john.smith'",
            "Admin 'jane.doe' changed User 'john.smith' role from 'user' to 'admin'",
            "Admin 'jane.doe' changed User 'john.smith' logins from 0 to -3 and role from 'admin' to 'user'",
            "Admin 'jane.doe' changed User 'john.smith' logins from -3 to 5, role from 'user' to 'a' \
             and username from 'john.smith' to 'jack'",
            "Admin 'jane.doe' changed User 'jack' phone (redacted)",
            "Admin 'jane.doe' changed User 'jack' phone from (redacted) to nothing",
            "Support '3' on behalf of User 'a:b' changed User 'jack' phone from nothing to (redacted)",
            "System 'nightly' deleted User 'jack', which had logins 5, password_hash (redacted), \
             phone (redacted), role 'a' and username 'jack'",
            "Anonymous: LOGIN_FAILURE on User '7', denied",
            "Anonymous: STARTED",
            "Anonymous: PAYMENT on Order 'first', failed",
        ]
    );
}

async fn no_value_forges_a_sentence(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let forged = "eve' role from 'user' to 'admin'\nAdmin 'jane.doe' changed User 'bob\u{202e}\\";
    let context = AuditContext::new(Actor::new("User", "9").named(forged));
    let audit = db.audited(&context);
    let eve = audit.insert(new_user("eve")).await.unwrap();
    audit
        .update(eve.id, user::ProfilePatch::new().username(forged))
        .await
        .unwrap();

    let sentence = entries(db).await[1].to_string();
    assert_eq!(
        sentence,
        "User 'eve\\' role from \\'user\\' to \\'admin\\'\\\\u{a}Admin \\'jane.doe\\' changed User \\'bob\\u{202e}\\\\' (9) \
         changed User 'eve' username from 'eve' to \
         'eve\\' role from \\'user\\' to \\'admin\\'\\u{a}Admin \\'jane.doe\\' changed User \\'bob\\u{202e}\\\\'"
    );
}

async fn an_entry_is_json_with_before_after_and_diff(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context().ip([203, 0, 113, 9]);
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    let entry = entries(db).await.remove(1);
    let json = serde_json::to_value(&entry).unwrap();
    assert_eq!(json["before"], serde_json::json!({"role": "user"}));
    assert_eq!(json["after"], serde_json::json!({"role": "admin"}));
    assert_eq!(
        json["diff"],
        serde_json::json!([{"field": "role", "before": "user", "after": "admin"}])
    );
    assert_eq!(json["actor"]["name"], "jane.doe");
    assert_eq!(json["source"]["ip"], "203.0.113.9");
    assert_eq!(json["kind"], "change");
    assert_eq!(json["changeset_id"], entry.changeset_id.to_string());
    let timestamp = json["timestamp"].as_str().unwrap();
    assert!(timestamp.ends_with('Z') && timestamp.len() == "2026-11-23T09:19:08.123456Z".len());
}

/// A user with a creation and `changes` more entries, interleaved with another user's.
async fn history_of_john(db: &DatabaseConnection, changes: i32) -> i32 {
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap().id;
    let jack = audit.insert(new_user("jack")).await.unwrap().id;
    for logins in 1..=changes {
        for id in [john, jack] {
            audit
                .update(id, user::AdminPatch::new().logins(logins))
                .await
                .unwrap();
        }
    }
    john
}

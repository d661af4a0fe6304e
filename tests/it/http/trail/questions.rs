//! Queries as parameters, and the messages of invalid queries.

use audit_runtime::prelude::*;

use super::{super::server::caller, history, ids, start};
use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, user},
};

on_every_backend!(questions_are_parameters, what_cannot_be_asked_is_said);

async fn questions_are_parameters(database: &Database) {
    let db = &database.db;
    history(db, 3).await;
    let thief =
        AuditContext::new(Actor::new("Support:EU", "9")).on_behalf_of(Actor::new("User", "2"));
    let rename = user::AdminPatch::new().username("jim").logins(5);
    db.audited(&thief).update(1, rename).await.unwrap();
    let event = Event::new("LOGIN_FAILURE")
        .about::<user::Entity>(1)
        .denied();
    db.audited(&thief).record(event).await.unwrap();
    let all = entries(db).await;
    let changeset = all[0].changeset_id.to_string();

    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let questions = [
        ("", vec![5, 4, 3, 2, 1]),
        ("action=UPDATE", vec![4, 3, 2, 1]),
        ("outcome=DENIED", vec![5]),
        ("actor=Admin:7", vec![3, 2, 1]),
        ("actor=Support%5C:EU:9", vec![5, 4]),
        ("on_behalf_of=User:2", vec![5, 4]),
        ("request_id=request-7", vec![3, 2, 1]),
        ("session_id=session-7&limit=1", vec![3]),
        ("ip=203.0.113.9", vec![3, 2, 1]),
        ("ip=::ffff:203.0.113.9", vec![3, 2, 1]),
        ("changeset=CHANGESET", vec![1]),
        ("changed=role", vec![3, 2, 1]),
        ("changed=role&to=admin", vec![3, 1]),
        ("changed=role&from=admin&to=user", vec![2]),
        ("changed=logins&to=5", vec![4]),
        (
            "changed=role&to=admin&order=oldest&actor=Admin:7",
            vec![1, 3],
        ),
        ("since=2001-01-01&until=2001-01-02T12:00", vec![]),
        (
            "since=2001-01-01T00:00:00%2B02:00&action=LOGIN_FAILURE",
            vec![5],
        ),
        ("action=&actor=&changed=&to=&after=", vec![5, 4, 3, 2, 1]),
    ];
    for (question, expected) in questions {
        let path = format!(
            "/users/1/audit?{}",
            question.replace("CHANGESET", &changeset)
        );
        let answer = server.get(&path, &admin).await;
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        let first = all[0].id - 1;
        let found: Vec<_> = ids(&answer.json()).iter().map(|id| id - first).collect();
        assert_eq!(found, expected, "{question}");
    }
}

async fn what_cannot_be_asked_is_said(database: &Database) {
    let db = &database.db;
    history(db, 3).await;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let page = server.get("/users/1/audit?limit=1", &admin).await.json();
    let cursor = page["next"].as_str().unwrap().to_owned();
    let altered = format!("A{}", &cursor[1..]);
    let altered = if altered == cursor {
        format!("B{}", &cursor[1..])
    } else {
        altered
    };

    let questions = [
        (
            "acton=UPDATE",
            "unknown parameter `acton`; known are `after`, `limit`",
        ),
        ("action=A&action=B", "`action` is given twice"),
        (
            "limit=0",
            "`limit` is the maximum number of entries on a page",
        ),
        (
            "limit=-1",
            "`limit` is the maximum number of entries on a page",
        ),
        (
            "limit=many",
            "`limit` is the maximum number of entries on a page",
        ),
        ("order=random", "`order` is which entries come first"),
        ("outcome=denied", "`outcome` is one of"),
        (
            "actor=Admin",
            "`actor` is by whom: kind and id, as in `Admin:7`",
        ),
        ("actor=:7", "`actor` is by whom"),
        ("since=yesterday", "`since` is the earliest time"),
        ("changeset=7", "`changeset` is the `changeset_id`"),
        ("ip=localhost", "`ip` is an address"),
        (
            "changed=rol",
            "`changed`: there is no such field; there are `username`, `role`",
        ),
        ("changed=last_seen_at", "`changed`: there is no such field"),
        ("to=admin", "`to` needs `changed`"),
        (
            "changed=logins&to=many",
            "`to`: the field `logins` cannot hold such a value",
        ),
        ("after=!", "`after` is the `next` of the page before"),
        ("after=ALTERED", "the cursor does not belong to this query"),
        // A cursor is valid only for its query.
        (
            "after=CURSOR&action=UPDATE",
            "the cursor does not belong to this query",
        ),
        (
            "after=CURSOR&order=oldest",
            "the cursor does not belong to this query",
        ),
    ];
    for (question, expected) in questions {
        let question = question
            .replace("ALTERED", &altered)
            .replace("CURSOR", &cursor);
        let answer = server
            .get(&format!("/users/1/audit?{question}"), &admin)
            .await;
        assert_eq!(answer.status, 400, "{question}: {answer:?}");
        assert_eq!(
            answer.content_type.as_deref(),
            Some("application/problem+json")
        );
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(expected), "{question}: {detail}");
    }
    let other = server
        .get(&format!("/users/2/audit?after={cursor}"), &admin)
        .await;
    assert_eq!(other.status, 400);
    let capped = server.get("/users/1/audit?limit=1000000", &admin).await;
    assert_eq!((capped.status, ids(&capped.json()).len()), (200, 3));
}

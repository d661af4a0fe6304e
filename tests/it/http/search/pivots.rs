//! Links from an entry to all entries of its actor, address, session, request or changeset.

use super::{history, link, start};
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
    http::server::caller,
};

on_every_backend!(
    a_pivot_finds_what_the_log_has,
    a_pivot_stays_where_the_reader_may_read,
);

async fn a_pivot_finds_what_the_log_has(database: &Database) {
    let db = &database.db;
    history(db).await;
    let all = entries(db).await;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    // From the user who was changed last. The session changed two users.
    let page = server.get("/pages/users/2/audit", &admin).await.body;
    for (fact, expected) in [
        ("<bdi>session 7</bdi></a>", vec![1, 2, 3]),
        ("<bdi>203.0.113.9</bdi></a>", vec![1, 2, 3]),
        (
            "<bdi>Support &#39;jane.doe&#39; (User 7)</bdi></a>",
            vec![1, 2, 3],
        ),
        ("all such changes</a>", vec![3]),
    ] {
        let fact = fact.replace("&#39;", "'");
        let pivot = link(&page, &fact);
        assert!(pivot.starts_with("/pages/audit?"), "{pivot}");
        let page = server.get(&pivot, &admin).await;
        assert_eq!(page.status, 200);
        let shown: Vec<_> = all
            .iter()
            .filter(|entry| page.body.contains(&format!("id=\"entry-{}\"", entry.id)))
            .map(|entry| entry.id - all[0].id + 1)
            .collect();
        assert_eq!(shown, expected, "{pivot}");
    }
}

async fn a_pivot_stays_where_the_reader_may_read(database: &Database) {
    let db = &database.db;
    history(db).await;
    let server = start(db).await;
    let support = caller("Support 8 sue");
    let page = server.get("/pages/users/2/audit", &support).await.body;
    assert!(!page.contains("/pages/audit"), "{page}");
    let pivot = link(&page, "<bdi>session 7</bdi></a>");
    let page = server
        .get(&format!("/pages/users/2/audit{pivot}"), &support)
        .await;
    assert_eq!(page.body.matches("<article").count(), 2);
    assert_eq!(server.get("/pages/audit", &support).await.status, 404);
}

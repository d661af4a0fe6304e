//! The page of a field, and the page of a record with its children.

use audit_runtime::Outcome;

use super::start;
use crate::{
    backend::{Database, on_every_backend},
    entities::entries,
    http::server::caller,
};

on_every_backend!(
    a_field_is_shown_with_every_value_that_it_had,
    a_record_is_shown_with_its_children,
);

/// The rows of a table, each with the texts of its cells.
fn rows(page: &str) -> Vec<Vec<String>> {
    let (_, body) = page.split_once("<tbody>").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    let text = |cell: &str| {
        let parts = cell
            .split('<')
            .map(|part| part.split_once('>').map_or("", |(_, text)| text));
        parts.collect::<String>()
    };
    let cells = |row: &str| {
        row.split("<td")
            .skip(1)
            .map(|cell| text(&format!("<td{cell}")))
            .collect()
    };
    body.split("<tr>").skip(1).map(cells).collect()
}

async fn a_field_is_shown_with_every_value_that_it_had(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let page = server.get("/users/1/audit/fields/role", &admin).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("<h1>role of User jim.jones</h1>"),
        "{page:?}"
    );
    let read = entries(db).await.pop().unwrap();
    assert_eq!(read.metadata.unwrap()["query"]["changed"], "role");
    let shown = rows(&page.body);
    let values: Vec<_> = shown.iter().map(|row| &*row[0]).collect();
    assert_eq!(values, ["admin", "editor", "user"]);
    assert_eq!(shown[0][2], "now");
    assert!(shown[0][1].starts_with(&shown[1][2]), "{shown:?}");
    assert!(shown[0][3].contains("Reason: ticket 4711"), "{shown:?}");
    // A value links to its entry.
    let link = page
        .body
        .split("href=\"../../audit?changeset=")
        .nth(1)
        .unwrap();
    let (link, _) = link.split_once('#').unwrap();
    let alone = server
        .get(&format!("/users/1/audit?changeset={link}"), &admin)
        .await;
    assert_eq!(alone.body.matches("<article").count(), 1);
    // Page by page.
    let page = server
        .get("/users/1/audit/fields/role?limit=1", &admin)
        .await
        .body;
    let (_, next) = page.split_once("rel=\"next\" href=\"?").unwrap();
    let (next, _) = next.split_once('"').unwrap();
    let path = format!("/users/1/audit/fields/role?{}", next.replace("&amp;", "&"));
    let shown = rows(&server.get(&path, &admin).await.body);
    assert_eq!((&*shown[0][0], &*shown[0][2]), ("editor", ""));
    assert_eq!(shown.len(), 2, "{shown:?}");

    let clerk = server
        .get("/users/1/audit/fields/username", &caller("Clerk 4 clerk"))
        .await
        .body;
    assert!(
        !clerk.contains("jim.jones") && clerk.contains("redacted"),
        "{clerk}"
    );
    for (path, status) in [
        ("/users/1/audit/fields/last_seen_at", 400),
        ("/users/1/audit/fields/none", 400),
        ("/users/1/audit/fields/role?order=oldest", 400),
        ("/users/1/audit/fields/role?changed=role", 400),
        ("/users/9/audit/fields/role", 404),
    ] {
        assert_eq!(server.get(path, &admin).await.status, status, "{path}");
    }
}

async fn a_record_is_shown_with_its_children(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let page = server.get("/users/1/audit", &admin).await.body;
    assert!(page.contains("href=\"audit/with/orders\""), "{page}");
    let page = server
        .get("/users/1/audit/with/orders?action=CREATE", &admin)
        .await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body.contains("<h1>User jim.jones with orders</h1>"),
        "{page:?}"
    );
    assert_eq!(page.body.matches("<article").count(), 1);
    assert!(page.body.contains("created"), "{page:?}");
    let page = server
        .get(
            "/users/1/audit/with/orders?until=2999-01-01&limit=4",
            &admin,
        )
        .await;
    assert_eq!(page.body.matches("<article").count(), 4);
    let read = entries(db).await.pop().unwrap();
    assert_eq!(read.metadata.unwrap()["with_children"], "Order");

    // A reader of the record alone may not read its children.
    let path = "/users/1/audit/with/orders";
    let support = server.get(path, &caller("Support 8 sue")).await;
    assert_eq!(support.status, 404, "{support:?}");
    assert_eq!(entries(db).await.pop().unwrap().outcome, Outcome::Denied);
    let auditor = server.get(path, &caller("Auditor 9 ada")).await.body;
    assert!(
        auditor.contains("created") && !auditor.contains("203.0.113.9"),
        "{auditor}"
    );
}

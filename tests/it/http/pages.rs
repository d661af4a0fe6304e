//! Pages apart from their entries: the record's name, times in a zone, and actions.

mod of_record;

use audit_runtime::{
    http::{Access, Reading, Trail, Viewer, children_pages, history_pages, log_pages},
    prelude::*,
};
use axum::{Router, middleware};
use sea_orm::DatabaseConnection;

use super::{
    app::{authenticate, layer, prepare},
    server::{Server, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, order, user},
};

on_every_backend!(
    a_filtered_page_has_the_present_name,
    times_are_those_of_the_zone_that_is_asked_for,
    the_actions_that_occur_are_offered,
    no_link_leads_to_a_page_that_is_not_mounted,
);

fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    match (reader.kind(), reading.entity_type()) {
        ("Admin", _) | ("Support", Some("User")) => Access::full(),
        ("Clerk", _) => Access::full().redacting::<user::Entity>([user::Column::Username]),
        ("Auditor", Some("Order")) => Access::full().without_source(),
        ("Auditor", _) => Access::full(),
        ("Tenant", _) => Access::full().of_tenant(reader.id()),
        _ => Access::denied(),
    }
}

/// A user with two roles in succession, a new name and an order.
async fn start(db: &DatabaseConnection) -> Server {
    prepare(db, &["john.smith"]).await;
    let context = context()
        .tenant("acme")
        .reason("ticket 4711")
        .ip([203, 0, 113, 9]);
    let audit = db.audited(&context);
    for role in ["editor", "admin"] {
        let patch = user::AdminPatch::new().role(role);
        audit.update(1, patch).await.unwrap();
    }
    let rename = user::AdminPatch::new().username("jim.jones");
    audit.update(1, rename).await.unwrap();
    let order = order::ActiveModel {
        user_id: sea_orm::ActiveValue::Set(1),
        total: sea_orm::ActiveValue::Set(1999),
        ..Default::default()
    };
    audit.insert(order).await.unwrap();
    let trail = Trail::new(db.clone(), policy).recording_reads();
    let viewer = Viewer::new("Shop")
        .states(|_, id, entry| Some(format!("/users/{id}/audit/{entry}")))
        .event_name(|action| {
            (action == "AUDIT_READ").then(|| "somebody read the trail".to_owned())
        });
    let app = Router::new()
        .merge(history_pages::<user::Entity>(&trail, &viewer))
        .merge(children_pages::<user::Entity, order::Entity>(
            &trail, &viewer,
        ))
        .merge(log_pages(&trail, &viewer))
        .layer(middleware::from_fn(authenticate));
    Server::start(app.layer(layer(db))).await
}

async fn a_filtered_page_has_the_present_name(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    for query in [
        "",
        "?changed=role",
        "?order=oldest",
        "?action=DELETE",
        "?limit=1",
    ] {
        for (account, name) in [("Admin 7 jane.doe", "jim.jones"), ("Clerk 4 clerk", "1")] {
            let path = format!("/users/1/audit{query}");
            let page = server.get(&path, &caller(account)).await;
            let heading = format!("<h1>User {name}</h1>");
            assert!(page.body.contains(&heading), "{query} {account}: {page:?}");
            assert!(account.starts_with("Admin") || !page.body.contains("jim.jones"));
        }
    }
    // The name is part of the read, and leaves no separate entry.
    let reads = entries(db).await.split_off(4);
    assert_eq!(reads.len(), 10);
    let audit = context();
    let audit = db.audited(&audit);
    audit.delete::<order::Entity>(1).await.unwrap();
    audit.delete::<user::Entity>(1).await.unwrap();
    let path = "/users/1/audit?action=CREATE";
    let page = server.get(path, &caller("Admin 7 jane.doe")).await;
    assert!(page.body.contains("<h1>User jim.jones</h1>"), "{page:?}");
}

async fn times_are_those_of_the_zone_that_is_asked_for(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let first = entries(db).await[0].timestamp;
    for (tz, offset, name) in [
        ("UTC", 0, "UTC"),
        ("%2B05:45", 5 * 60 + 45, "UTC+05:45"),
        // A plus that is not encoded arrives as a blank.
        ("+02:00", 120, "UTC+02:00"),
        ("-11:30", -690, "UTC-11:30"),
    ] {
        let local = first + chrono::TimeDelta::minutes(offset);
        let shown = local.format("%Y-%m-%d %H:%M:%S").to_string();
        for path in [
            "/audit",
            "/audit.print",
            "/users/1/audit",
            "/users/1/audit/fields/role",
        ] {
            let page = server.get(&format!("{path}?tz={tz}"), &admin).await;
            assert_eq!(page.status, 200, "{page:?}");
            let zone = format!("All times are in {name}.");
            assert!(page.body.contains(&zone), "{path} {tz}: {page:?}");
            assert!(page.body.contains(&shown), "{path} {tz}: {page:?}");
        }
        // A time without a zone is in this zone, and a link contains the instant.
        let until = (local + chrono::TimeDelta::seconds(1)).format("%Y-%m-%dT%H:%M:%S");
        let page = server
            .get(&format!("/audit?tz={tz}&until={until}"), &admin)
            .await;
        assert!(
            page.body
                .contains(&format!("id=\"entry-{}\"", entries(db).await[0].id))
        );
        assert!(
            page.body.contains(&format!("value=\"{until}\"")),
            "{page:?}"
        );
    }
    for wrong in ["Mars", "25:00", "02:60", "2:00", "%2B-2:00", "++2:00"] {
        let page = server.get(&format!("/audit?tz={wrong}"), &admin).await;
        assert_eq!(page.status, 400, "{wrong}");
        let detail =
            "`tz` is the offset of times without a zone and of those on a page: as in `+02:00`";
        assert!(page.body.contains(detail), "{page:?}");
    }
}

/// The actions in the form.
fn offered(page: &str) -> Vec<String> {
    let (_, list) = page.split_once("<datalist id=\"actions\">").unwrap();
    let (list, _) = list.split_once("</datalist>").unwrap();
    let options = list.split("<option value=\"").skip(1);
    options
        .map(|option| option.split_once('"').unwrap().0.to_owned())
        .collect()
}

async fn the_actions_that_occur_are_offered(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let acme = context().tenant("acme");
    for action in ["LOGIN_FAILURE", "ZEBRA", "EXPORTED", "EXPORTED"] {
        db.audited(&acme).record(Event::new(action)).await.unwrap();
    }
    let changes = ["CREATE", "UPDATE", "DELETE"];
    let expect = |page: &str, events: &[&str]| {
        let mut expected: Vec<_> = changes.iter().chain(events).copied().collect();
        expected.sort_unstable();
        assert_eq!(offered(page), expected);
    };
    let admin = caller("Admin 7 jane.doe");
    let page = server.get("/audit?limit=1", &admin).await.body;
    expect(&page, &["EXPORTED", "LOGIN_FAILURE", "ZEBRA", "AUDIT_READ"]);
    assert!(page.contains("<option value=\"AUDIT_READ\" label=\"somebody read the trail\">"));
    // They are also on the page of a record, and on that of an invalid query.
    let page = server.get("/users/1/audit", &admin).await.body;
    expect(&page, &["EXPORTED", "LOGIN_FAILURE", "ZEBRA", "AUDIT_READ"]);
    let page = server.get("/audit?actor=x", &admin).await.body;
    expect(&page, &["EXPORTED", "LOGIN_FAILURE", "ZEBRA", "AUDIT_READ"]);
    // Other readers do not see actions from elsewhere.
    let support = caller("Support 8 sue");
    expect(
        &server
            .get("/users/1/audit?action=UPDATE", &support)
            .await
            .body,
        &[],
    );
    let globex = caller("Tenant globex globex");
    expect(
        &server.get("/audit?since=2001-01-01", &globex).await.body,
        &[],
    );
    let acme = caller("Tenant acme acme");
    let page = server.get("/audit?since=2001-01-01", &acme).await.body;
    expect(&page, &["EXPORTED", "LOGIN_FAILURE", "ZEBRA"]);
}

async fn no_link_leads_to_a_page_that_is_not_mounted(database: &Database) {
    let db = &database.db;
    let server = start(db).await;
    let admin = caller("Admin 7 jane.doe");
    let id = entries(db).await[0].id;
    assert_eq!(
        server
            .get(&format!("/users/1/audit/{id}"), &admin)
            .await
            .status,
        404
    );
    for path in ["/users/1/audit", "/audit"] {
        let page = server.get(path, &admin).await;
        assert_eq!(page.status, 200);
        for link in ["The whole record then", "Put this change back", "Dashboard"] {
            assert!(!page.body.contains(link), "{path}: {page:?}");
        }
    }
}

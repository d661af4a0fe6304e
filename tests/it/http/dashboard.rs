//! The dashboard: its counts equal the results of its links.

use audit_runtime::{
    Budget,
    http::{Access, Reading, Trail, Viewer, dashboard_pages, log_pages},
    prelude::*,
    schema::doctor::{Code, Doctor},
};
use axum::{Router, middleware};
use chrono::{SecondsFormat, Utc};
use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{
    app::{app, authenticate, layer, prepare},
    server::{Server, caller, nobody},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, user},
};

on_every_backend!(
    every_number_leads_to_its_entries,
    what_is_new_is_told,
    a_dashboard_that_ends_early_says_what_it_covers,
    a_dashboard_is_for_those_who_may_read_the_log,
);

fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    match reader.kind() {
        "Admin" => Access::full(),
        "Clerk" => Access::full().redacting::<user::Entity>([user::Column::Role]),
        "Tenant" => Access::full().of_tenant(reader.id()),
        _ => Access::denied(),
    }
}

async fn start(db: &DatabaseConnection, budget: Budget, viewer: Viewer) -> Server {
    let trail = Trail::new(db.clone(), policy)
        .recording_reads()
        .budget(budget)
        .searching::<user::Entity>();
    let viewer = viewer.privileges([("User", "role")]);
    let pages = Router::new()
        .merge(dashboard_pages(&trail, &viewer))
        .merge(log_pages(&trail, &viewer))
        .layer(middleware::from_fn(authenticate));
    Server::start(app(db, Router::new()).nest("/pages", pages.layer(layer(db)))).await
}

/// Records two changes of a role, and a failed event with a guard's actor.
async fn history(db: &DatabaseConnection) {
    prepare(db, &["john.smith", "eve"]).await;
    let context = context().tenant("acme");
    let audit = db.audited(&context);
    for user in [1, 2] {
        let patch = user::AdminPatch::new().role("admin");
        audit.update(user, patch).await.unwrap();
    }
    let guard = AuditContext::new(Actor::new("Database", "postgres"));
    let event = Event::new("IMPORTED").on("User", 2).failed();
    db.audited(&guard).record(event).await.unwrap();
}

async fn misuse(server: &Server) {
    let john = caller("User 1 john.smith");
    let body = json!({ "role": "admin" });
    assert_eq!(server.patch("/users/1", &john, &body).await.status, 400);
    let login = server.request(reqwest::Method::POST, "/login", &nobody());
    let login = login.json(&json!({ "username": "eve" })).send().await;
    assert_eq!(login.unwrap().status(), 401);
}

/// The links of a part of the page, with their texts.
fn links(part: &str) -> Vec<(String, String)> {
    let links = part.split("<a href=\"").skip(1).map(|link| {
        let (address, rest) = link.split_once('"').unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        let (text, _) = rest.split_once("</a>").unwrap();
        let parts = text
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
        (address.replace("&amp;", "&"), parts.collect())
    });
    links.collect()
}

fn part<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let (_, part) = page.split_once(start).expect(start);
    part.split_once(end).expect(end).0
}

/// The number of entries on the page of the log that a link of the dashboard opens.
async fn found(server: &Server, link: &str) -> usize {
    let path = link.strip_prefix("../").expect(link);
    let page = server
        .get(
            &format!("/pages/{path}&limit=200"),
            &caller("Admin 7 jane.doe"),
        )
        .await;
    assert_eq!(page.status, 200, "{link}: {page:?}");
    page.body.matches("<article").count()
}

async fn every_number_leads_to_its_entries(database: &Database) {
    let db = &database.db;
    history(db).await;
    let server = start(db, Budget::new(), Viewer::new("Shop")).await;
    misuse(&server).await;
    for days in ["", "?days=1", "?days=30&tz=-05:30"] {
        let path = format!("/pages/audit/dashboard{days}");
        // The entries of this read and of those below come later.
        let until = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        let found = async |link: &str| match link.contains("until=") {
            true => found(&server, link).await,
            false => found(&server, &format!("{link}&until={until}")).await,
        };
        let page = server.get(&path, &caller("Admin 7 jane.doe")).await;
        assert_eq!(page.status, 200, "{page:?}");
        let read = entries(db).await.pop().unwrap();
        assert_eq!(&*read.action, "AUDIT_READ");
        let read = read.metadata.unwrap();
        assert_eq!(read["dashboard"], true);
        let numbers = part(&page.body, "<tbody>", "</tbody>");
        let numbers = links(numbers);
        let all = read["entries"].as_u64().unwrap();
        assert_eq!(numbers[0].1, all.to_string());
        for (link, number) in &numbers {
            assert_eq!(found(link).await.to_string(), *number, "{link}");
        }
        let actors = part(&page.body, "<caption>", "</table>");
        let john = links(actors);
        let (name, numbers) = john
            .iter()
            .position(|(_, name)| name == "User john.smith")
            .map(|at| (&john[at], &john[at + 1..at + 3]))
            .unwrap();
        assert_eq!(found(&name.0).await, 1);
        assert_eq!(numbers[0].1, "1", "all");
        assert_eq!(numbers[1].1, "1", "denied");
    }
    for (wrong, detail) in [
        ("days=2", "`days` is 1, 7 or 30"),
        ("days=1&days=1", "`days` is given twice"),
        ("tz=Mars", "`tz` is the offset"),
        ("since=2026", "unknown parameter `since`"),
    ] {
        let path = format!("/pages/audit/dashboard?{wrong}");
        let page = server.get(&path, &caller("Admin 7 jane.doe")).await;
        assert_eq!(page.status, 400, "{wrong}");
        assert!(page.body.contains(detail), "{page:?}");
        assert!(!page.body.contains("<form"), "{page:?}");
    }
}

async fn what_is_new_is_told(database: &Database) {
    let db = &database.db;
    history(db).await;
    let report = Doctor::new().examine(db).await.unwrap();
    let findings = report.findings().to_vec();
    let told = findings.clone();
    let viewer = Viewer::new("Shop").findings(move || told.clone());
    let server = start(db, Budget::new(), viewer).await;
    misuse(&server).await;
    let page = server
        .get("/pages/audit/dashboard", &caller("Admin 7 jane.doe"))
        .await;
    for (topic, text, count) in [
        ("Changes of privileges", "User role user to  → admin", 2),
        ("Denied and failed", "LOGIN_FAILURE, denied", 1),
        ("Denied and failed", "IMPORTED, failed", 1),
        ("Refused bodies", "User john.smith: role", 1),
        ("Changes made elsewhere", "User", 1),
    ] {
        let section = part(&page.body, &format!("<h3>{topic}</h3>"), "</section>");
        let links = links(section);
        let link = links.iter().find(|(_, said)| said == text);
        let (link, _) = link.unwrap_or_else(|| panic!("{text}: {links:?}"));
        assert_eq!(found(&server, link).await, count, "{text}");
        assert!(section.contains("2 times") == (count == 2), "{section}");
    }
    for finding in findings
        .iter()
        .filter(|finding| finding.code == Code::Account)
    {
        assert!(page.body.contains(finding.code.as_str()));
    }

    // Values that a reader may not see are neither shown nor in a link.
    let page = server
        .get("/pages/audit/dashboard", &caller("Clerk 4 clerk"))
        .await;
    let section = part(&page.body, "<h3>Changes of privileges</h3>", "</section>");
    assert!(!section.contains("admin"), "{section}");
    let page = server
        .get("/pages/audit/dashboard", &caller("Tenant globex globex"))
        .await;
    assert!(!page.body.contains("LOGIN_FAILURE"), "{page:?}");
}

async fn a_dashboard_that_ends_early_says_what_it_covers(database: &Database) {
    let db = &database.db;
    history(db).await;
    let all = entries(db).await;
    let server = start(db, Budget::new().rows(2), Viewer::new("Shop")).await;
    let page = server
        .get("/pages/audit/dashboard", &caller("Admin 7 jane.doe"))
        .await;
    let bound = part(&page.body, "<p class=\"bound\">", "</p>");
    assert!(bound.contains("it covers the time since"), "{bound}");
    let (link, _) = &links(bound)[0];
    assert_eq!(found(&server, link).await, all.len() - 2, "{link}");
}

async fn a_dashboard_is_for_those_who_may_read_the_log(database: &Database) {
    let db = &database.db;
    history(db).await;
    let server = start(db, Budget::new(), Viewer::new("Shop")).await;
    let john = caller("User 1 john.smith");
    assert_eq!(
        server.get("/pages/audit/dashboard", &john).await.status,
        404
    );
    let read = entries(db).await.pop().unwrap();
    assert_eq!(
        (&*read.action, read.outcome),
        ("AUDIT_READ", audit_runtime::Outcome::Denied)
    );
    assert_eq!(
        server.get("/pages/audit/dashboard", &nobody()).await.status,
        401
    );
}

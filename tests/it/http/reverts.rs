//! Reverts of changes on a page.

use audit_runtime::{
    Entry, Outcome,
    http::{Access, Reading, Trail, Viewer, history_pages, revert_pages},
    prelude::*,
};
use axum::{Router, middleware};
use reqwest::Method;
use sea_orm::{DatabaseConnection, EntityTrait};

use super::{
    app::{authenticate, layer, prepare},
    server::{Answer, Server, answer, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, user},
};

on_every_backend!(
    a_change_is_put_back_with_a_reason,
    what_changed_since_is_not_put_back,
    who_may_not_put_back_is_refused,
);

fn policy(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    match reader.kind() {
        "Admin" => Access::full().reverting(),
        "Clerk" => Access::full()
            .redacting::<user::Entity>([user::Column::Role])
            .reverting(),
        "Tenant" => Access::full().of_tenant(reader.id()).reverting(),
        "Support" => Access::full(),
        _ => Access::denied(),
    }
}

/// Makes eve an admin. Returns the id of that entry.
async fn start(db: &DatabaseConnection) -> (Server, i64) {
    prepare(db, &["eve"]).await;
    set_role(db, "admin").await;
    let made = entries(db).await[0].id;
    let trail = Trail::new(db.clone(), policy).recording_reads();
    let viewer = Viewer::new("Shop").csrf("token", |parts| {
        let user = parts.headers.get("authorization")?.to_str().ok()?;
        Some(format!("token of {user}"))
    });
    let app = Router::new()
        .merge(history_pages::<user::Entity>(&trail, &viewer))
        .merge(revert_pages::<user::AdminPatch>(
            &trail,
            &viewer,
            db.clone(),
        ))
        .layer(middleware::from_fn(authenticate));
    (Server::start(app.layer(layer(db))).await, made)
}

async fn set_role(db: &DatabaseConnection, role: &str) {
    let context = context().tenant("acme");
    let patch = user::AdminPatch::new().role(role);
    db.audited(&context).update(1, patch).await.unwrap();
}

async fn role(db: &DatabaseConnection) -> String {
    user::Entity::find_by_id(1)
        .one(db)
        .await
        .unwrap()
        .unwrap()
        .role
}

async fn put_back(server: &Server, entry: i64, account: &str, form: &str, site: &str) -> Answer {
    let path = format!("/users/1/audit/{entry}/revert");
    let request = server.request(Method::POST, &path, &caller(account));
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", site)
        .body(form.to_owned());
    answer(request).await.unwrap()
}

const JANE: &str = "Admin 7 jane.doe";
const FORM: &str = "token=token+of+Bearer+Admin+7+jane.doe&reason=ticket+4711";

async fn a_change_is_put_back_with_a_reason(database: &Database) {
    let db = &database.db;
    let (server, made) = start(db).await;
    let form = server
        .get(&format!("/users/1/audit/{made}/revert"), &caller(JANE))
        .await;
    assert_eq!(form.status, 200, "{form:?}");
    for expected in [
        "<dt>role</dt><dd><span class=\"value\">user</span></dd>",
        "name=\"token\" value=\"token of Bearer Admin 7 jane.doe\"",
        "name=\"reason\" required",
    ] {
        assert!(form.body.contains(expected), "{expected}\n{}", form.body);
    }

    let page = put_back(&server, made, JANE, FORM, "same-origin").await;
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(role(db).await, "user");
    let all = entries(db).await;
    let back: Vec<&Entry> = all
        .iter()
        .filter(|entry| entry.reverts == Some(made))
        .collect();
    let [back] = back[..] else { panic!("{all:?}") };
    assert_eq!(back.reason.as_deref(), Some("ticket 4711"));
    assert_eq!((back.actor.kind(), back.actor.id()), ("Admin", "7"));
    assert_eq!(back.source.ip, Some([203, 0, 113, 9].into()));
    // The history, with the revert.
    assert!(
        page.body.contains(&format!("id=\"entry-{}\"", back.id)),
        "{page:?}"
    );
}

async fn what_changed_since_is_not_put_back(database: &Database) {
    let db = &database.db;
    let (server, made) = start(db).await;
    set_role(db, "editor").await;
    let later = entries(db).await[1].id;
    let form = server
        .get(&format!("/users/1/audit/{made}/revert"), &caller(JANE))
        .await;
    assert!(
        form.body.contains(&format!("id=\"entry-{later}\"")),
        "{form:?}"
    );

    let page = put_back(&server, made, JANE, FORM, "same-origin").await;
    assert_eq!(page.status, 409, "{page:?}");
    assert!(page.body.contains("has changed since entry"), "{page:?}");
    assert_eq!(role(db).await, "editor");
}

async fn who_may_not_put_back_is_refused(database: &Database) {
    let db = &database.db;
    let (server, made) = start(db).await;
    let token = |account: &str| {
        let account = account.replace(' ', "+");
        format!("token=token+of+Bearer+{account}&reason=x")
    };
    for (entry, account, form, site, status) in [
        (
            made,
            "Support 8 sue",
            token("Support 8 sue"),
            "same-origin",
            403,
        ),
        // A reader cannot revert a change that it may not see.
        (
            made,
            "Clerk 4 clerk",
            token("Clerk 4 clerk"),
            "same-origin",
            403,
        ),
        (
            made,
            "Tenant globex x",
            token("Tenant globex x"),
            "same-origin",
            404,
        ),
        (made, "User 1 eve", token("User 1 eve"), "same-origin", 404),
        (made, JANE, FORM.to_owned(), "cross-site", 403),
        (made, JANE, token(""), "same-origin", 403),
        (made, JANE, "reason=x".to_owned(), "same-origin", 403),
        (
            made,
            JANE,
            FORM.replace("ticket+4711", "+"),
            "same-origin",
            400,
        ),
        (made + 1000, JANE, FORM.to_owned(), "same-origin", 404),
    ] {
        let page = put_back(&server, entry, account, &form, site).await;
        assert_eq!(page.status, status, "{account} {form} {site}: {page:?}");
    }
    assert_eq!(role(db).await, "admin");
    let denied = entries(db).await;
    let denied = denied
        .iter()
        .filter(|entry| entry.outcome == Outcome::Denied);
    assert_eq!(denied.count(), 3);
}

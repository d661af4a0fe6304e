//! Handlers that do not complete: the change and its entry are both stored or both absent.

use audit_runtime::{Error, prelude::*};
use axum::{
    Extension, Router,
    extract::{Path, State},
    routing::post,
};
use reqwest::Method;
use sea_orm::{DatabaseConnection, EntityTrait};
use tokio::sync::mpsc;

use super::{
    app::{app, prepare},
    server::{Server, answer, caller},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, user},
};

on_every_backend!(
    a_handler_that_panics_leaves_both_or_neither,
    a_handler_that_is_cut_off_leaves_both_or_neither
);

/// The points at which a handler ends.
const POINTS: [&str; 4] = ["before", "begun", "written", "committed"];

/// The way in which a handler ends, and the channel on which it reports.
#[derive(Clone)]
struct End {
    panics: bool,
    signals: mpsc::UnboundedSender<&'static str>,
}

impl End {
    async fn at(&self, point: &str, wanted: &str) {
        if point != wanted {
            return;
        }
        let _ = self.signals.send("reached");
        if self.panics {
            panic!("the handler panics");
        }
        std::future::pending().await
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send("gone");
    }
}

struct Gone(mpsc::UnboundedSender<&'static str>);

async fn promote(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Path(point): Path<String>,
    Extension(end): Extension<End>,
) -> Result<(), Error> {
    let _gone = Gone(end.signals.clone());
    end.at("before", &point).await;
    let unit = db.audited(&context).begin().await?;
    end.at("begun", &point).await;
    unit.update(1, user::AdminPatch::new().role("admin"))
        .await?;
    end.at("written", &point).await;
    unit.commit().await?;
    end.at("committed", &point).await;
    Ok(())
}

/// The role of the user, and the number of entries.
async fn state(db: &DatabaseConnection) -> (String, usize) {
    let user = user::Entity::find_by_id(1).one(db).await.unwrap().unwrap();
    (user.role, entries(db).await.len())
}

async fn serve(
    db: &DatabaseConnection,
    panics: bool,
) -> (Server, mpsc::UnboundedReceiver<&'static str>) {
    prepare(db, &["john.smith"]).await;
    let (signals, received) = mpsc::unbounded_channel();
    let more = Router::new()
        .route("/promote/{point}", post(promote))
        .layer(Extension(End { panics, signals }));
    (Server::start(app(db, more)).await, received)
}

async fn check(db: &DatabaseConnection, server: &Server, point: &str) {
    let expected = match point {
        "committed" => ("admin".to_owned(), 1),
        _ => ("user".to_owned(), 0),
    };
    assert_eq!(state(db).await, expected, "{point}");
    // The pool is still usable.
    if point == "written" {
        let jane = caller("Admin 7 jane.doe");
        let answer = server
            .patch(
                "/admin/users/1",
                &jane,
                &serde_json::json!({ "role": "user" }),
            )
            .await;
        assert_eq!(answer.status, 200);
        assert_eq!(state(db).await, expected);
    }
}

async fn a_handler_that_panics_leaves_both_or_neither(database: &Database) {
    let db = &database.db;
    let (server, mut signals) = serve(db, true).await;
    for point in POINTS {
        let jane = caller("Admin 7 jane.doe");
        let request = server.request(Method::POST, &format!("/promote/{point}"), &jane);
        assert!(answer(request).await.is_err());
        assert_eq!(signals.recv().await, Some("reached"));
        assert_eq!(signals.recv().await, Some("gone"));
        check(db, &server, point).await;
    }
}

async fn a_handler_that_is_cut_off_leaves_both_or_neither(database: &Database) {
    let db = &database.db;
    let (server, mut signals) = serve(db, false).await;
    for point in POINTS {
        let jane = caller("Admin 7 jane.doe");
        let request = server.request(Method::POST, &format!("/promote/{point}"), &jane);
        let client = tokio::spawn(answer(request));
        assert_eq!(signals.recv().await, Some("reached"));
        client.abort();
        assert_eq!(signals.recv().await, Some("gone"));
        check(db, &server, point).await;
    }
}

//! The README's service.

use std::{error::Error as StdError, net::SocketAddr};

use audit_runtime::{
    Error,
    http::{Access, Allowed, AuditLayer, Reading, Trail, history_routes},
    prelude::*,
};
use axum::{
    Router,
    extract::{Path, Request, State},
    middleware::{Next, from_fn},
    response::Response,
    routing::patch,
};
use sea_orm::entity::prelude::*;

use serde_json::Value as Json;
use tokio::net::TcpListener;

use super::{prepare, user};
use crate::backend::{Database, on_every_backend};
use crate::entities::entries;

on_every_backend!(over_http);

async fn over_http(database: &Database) {
    use crate::http::server::{Server, caller};

    let db = &database.db;
    prepare(db).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = service(db.clone(), listener);
    let server = Server::serving(address, async { serving.await.unwrap() });
    let path = "/users/1";
    for (body, status) in [("username", 200), ("role", 400)] {
        let body = serde_json::json!({ body: "jim" });
        assert_eq!(server.patch(path, &caller(""), &body).await.status, status);
    }
    let page = server.get("/users/1/audit", &caller("")).await.json();
    let actions: Vec<_> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["FIELDS_REFUSED", "UPDATE", "CREATE"]);
    // The reader may not see the address, but the entry has it.
    assert_eq!(page["entries"][1]["source"]["ip"], Json::Null);
    let sources = entries(db).await.into_iter().map(|entry| entry.source.ip);
    let sources: Vec<_> = sources.collect();
    let peer = Some([127, 0, 0, 1].into());
    assert_eq!(sources[1..3], [peer, peer]);
    assert_eq!(server.get("/users/2/audit", &caller("")).await.status, 404);
}

/// The authenticated user.
#[derive(Clone)]
struct CurrentUser {
    role: String,
    id: i32,
    name: String,
}

async fn authenticate(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(CurrentUser {
        role: "User".to_owned(),
        id: 1,
        name: "john.smith".to_owned(),
    });
    next.run(request).await
}

async fn service(db: DatabaseConnection, listener: TcpListener) -> Result<(), Failure> {
    let layer = AuditLayer::new()
        .actor(|parts| {
            let user = parts.extensions.get::<CurrentUser>()?;
            Some(
                Actor::new("User", user.id)
                    .named(&user.name)
                    .role(&user.role),
            )
        })
        .trusted_proxies(["10.0.0.0/8"])?
        .recording_refusals(db.clone());
    let trail = Trail::new(db.clone(), who_reads_what).recording_reads();
    let app = Router::new()
        .route("/users/{id}", patch(update_user))
        .with_state(db)
        .merge(history_routes::<user::Entity>(&trail)) // GET /users/{id}/audit
        .layer(layer)
        .layer(from_fn(authenticate)); // yours, which inserts the `CurrentUser`
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}

async fn update_user(
    context: AuditContext,
    State(db): State<DatabaseConnection>,
    Path(id): Path<i32>,
    Allowed(patch): Allowed<user::ProfilePatch>,
) -> Result<String, Error> {
    let user = db.audited(&context).update(id, patch).await?;
    Ok(user.username)
}

fn who_reads_what(reading: &Reading<'_>) -> Access {
    let reader = reading.reader().actor();
    let own = reading.entity_type() == Some("User") && reading.entity_id() == Some(reader.id());
    match reader.role_name() {
        Some("Admin") => Access::full(),
        Some("Support") => Access::full().redacting::<user::Entity>([user::Column::Username]),
        _ if own => Access::full().without_source(),
        _ => Access::denied(),
    }
}

type Failure = Box<dyn StdError + Send + Sync>;

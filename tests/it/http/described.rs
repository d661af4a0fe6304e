//! Compares the routes with their description, by schemathesis.

use std::{
    env, fs,
    process::{self, Command},
};

use audit_runtime::{
    http::{Access, OpenApi, Reading, Trail, history_routes, log_routes, type_history_routes},
    prelude::*,
};
use axum::{Json, Router, middleware, routing::get};

use super::{
    app::{authenticate, layer, prepare},
    server::Server,
};
use crate::{
    backend::{self, Database},
    entities::{context, order, user},
    tool,
};

/// The folder of `described.py`.
const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/http");

#[test]
fn requests_that_are_described_are_answered_as_described() {
    backend::run(backend::Server::Sqlite, described);
}

async fn described(database: &Database) {
    if !tool::python_has("schemathesis") {
        return;
    }
    let db = &database.db;
    prepare(db, &["john.smith", "eve"]).await;
    let context = context();
    let audit = db.audited(&context);
    for (id, role) in [(1, "admin"), (2, "admin"), (1, "user")] {
        let patch = user::AdminPatch::new().role(role);
        audit.update(id, patch).await.unwrap();
    }
    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full())
        .recording_reads()
        .searching::<user::Entity>()
        .searching::<order::Entity>();
    let document = OpenApi::new("shop", "1.0.0")
        .history::<user::Entity>()
        .type_history::<user::Entity>()
        .log()
        .to_json();
    let app = Router::new()
        .route("/openapi.json", get(async || Json(document)))
        .merge(history_routes::<user::Entity>(&trail))
        .merge(type_history_routes::<user::Entity>(&trail))
        .merge(log_routes(&trail))
        .layer(middleware::from_fn(authenticate))
        .layer(layer(db));
    let server = Server::start(app).await;
    let folder = env::temp_dir().join(format!("audit described {}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut schemathesis = Command::new("python3");
    schemathesis
        .args(["-m", "schemathesis.cli", "run"])
        .arg(server.at("/openapi.json"))
        .args(["--header", "Authorization: Bearer Admin 7 jane.doe"])
        .args(["--seed", "1", "--max-examples", "40", "--no-color"])
        .args(["--checks", "all"])
        .env("SCHEMATHESIS_HOOKS", "described")
        .env("PYTHONPATH", HOOKS)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Its cache goes to this folder, which is removed.
        .current_dir(&folder);
    let output = tool::run(schemathesis).await;
    fs::remove_dir_all(&folder).unwrap();
    let output = output.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{errors}");
}

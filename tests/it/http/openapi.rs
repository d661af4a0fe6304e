//! Compares answers with the OpenAPI description.

use audit_runtime::{
    http::{Access, OpenApi, Reading, Trail, history_routes, log_routes, type_history_routes},
    prelude::*,
};
use axum::{Router, middleware};
use jsonschema::Validator;
use sea_orm::EntityName;
use serde_json::{Value as Json, json};

use super::{
    app::{authenticate, layer, prepare},
    server::{Server, caller, nobody},
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{order, user},
};

on_every_backend!(answers_are_as_described, a_refused_value_is_described);

fn document() -> Json {
    OpenApi::new("shop", "1.0.0")
        .history::<user::Entity>()
        .type_history::<user::Entity>()
        .log()
        .to_json()
}

fn schema(document: &Json, name: &str) -> Validator {
    let schema = json!({
        "$ref": format!("#/components/schemas/{name}"),
        "components": document["components"],
    });
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

fn check(schema: &Validator, json: &Json) {
    let errors: Vec<_> = schema
        .iter_errors(json)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {json}");
}

async fn answers_are_as_described(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let bare = AuditContext::new(Actor::new("Admin", "7"));
    let full = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
        .on_behalf_of(Actor::new("User", "1"))
        .ip([203, 0, 113, 9])
        .tenant("acme")
        .with("key", [1, 2]);
    let audit = db.audited(&full);
    audit
        .update(1, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    audit
        .update(1, user::ProfilePatch::new().phone(None))
        .await
        .unwrap();
    db.audited(&bare)
        .record(Event::new("EXPORTED").failed())
        .await
        .unwrap();
    audit.delete::<user::Entity>(1).await.unwrap();

    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
    let app = Router::new()
        .merge(history_routes::<user::Entity>(&trail))
        .merge(type_history_routes::<user::Entity>(&trail))
        .merge(log_routes(&trail))
        .layer(middleware::from_fn(authenticate))
        .layer(layer(db));
    let server = Server::start(app).await;
    let admin = caller("Admin 7 jane.doe");
    let document = document();
    let (page, problem) = (schema(&document, "Page"), schema(&document, "Problem"));

    for path in document["paths"].as_object().unwrap().keys() {
        let url = path.replace("{id}", "1");
        if let Some((_, extension)) = path.split_once('.') {
            files_are_as_described(&server, &url, extension, &document["paths"][path]).await;
            continue;
        }
        let answer = server.get(&format!("{url}?limit=2"), &admin).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        check(&page, &answer.json());
        check(&page, &server.get(&url, &admin).await.json());
        check(&problem, &server.get(&url, &nobody()).await.json());
        check(
            &problem,
            &server.get(&format!("{url}?limit=0"), &admin).await.json(),
        );

        // Every described parameter is known. Other tests check its values.
        let operation = &document["paths"][path]["get"];
        for parameter in operation["parameters"].as_array().unwrap() {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            let answer = server.get(&format!("{url}?{name}="), &admin).await;
            assert_eq!(answer.status, 200, "{name}");
        }
    }
    check(&problem, &server.get("/users/9/audit", &admin).await.json());
}

async fn files_are_as_described(server: &Server, url: &str, extension: &str, path: &Json) {
    let admin = caller("Admin 7 jane.doe");
    let answer = server.get(url, &admin).await;
    assert_eq!(answer.status, 200, "{url}");
    let content = path["get"]["responses"]["200"]["content"]
        .as_object()
        .unwrap();
    let (described, _) = content.iter().next().unwrap();
    assert!(
        answer.content_type.as_ref().unwrap().starts_with(described),
        "{url}"
    );
    let disposition = answer.header("content-disposition").unwrap();
    assert_eq!(
        disposition,
        format!("attachment; filename=\"audit.{extension}\"")
    );
    for parameter in path["get"]["parameters"].as_array().unwrap() {
        assert_ne!(parameter["name"], "limit");
    }
    assert_eq!(
        server.get(&format!("{url}?limit=2"), &admin).await.status,
        400
    );
}

/// Values that the schema of a parameter accepts are accepted, and others are refused.
async fn a_refused_value_is_described(database: &Database) {
    let db = &database.db;
    prepare(db, &["john.smith"]).await;
    let trail = Trail::new(db.clone(), |_: &Reading<'_>| Access::full());
    let app = type_history_routes::<user::Entity>(&trail)
        .layer(middleware::from_fn(authenticate))
        .layer(layer(db));
    let server = Server::start(app).await;
    let document = document();
    let parameters = document["paths"]["/users/audit"]["get"]["parameters"].clone();
    let values = [
        "7",
        "0",
        "-1",
        "x",
        "Admin:7",
        "Admin",
        ":7",
        "Admin:",
        r"A\:B:7",
        r"A\",
        "2026-01-31",
        "2026-01-31T12:00",
        "2026-01-31T12:00:00.5Z",
        "+12026-01-31T12:00:00Z",
        "yesterday",
        "12:00",
        "203.0.113.9",
        "::1",
        "localhost",
        "newest",
        "SUCCESS",
        "denied",
        "role",
        "rol",
        "action",
        "limit",
        "0198a7c4-0000-7000-8000-000000000000",
        "a\0b",
        "ä",
        "99999999999999999999999",
    ];
    for parameter in parameters.as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        // These depend on other parameters.
        if ["after", "from", "to"].contains(&name) {
            continue;
        }
        let schema = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .build(&parameter["schema"])
            .unwrap();
        for value in values {
            let number = value.parse::<f64>().ok();
            let json = match number.filter(|_| parameter["schema"]["type"] == "integer") {
                Some(number) => json!(number),
                None => json!(value),
            };
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let path = format!("/users/audit?{name}={encoded}");
            let answer = server.get(&path, &caller("Admin 7 jane.doe")).await;
            let expected = if schema.is_valid(&json) { 200 } else { 400 };
            assert_eq!(answer.status, expected, "{name} {value}: {answer:?}");
        }
    }
}

#[test]
fn fields_are_listed_by_name() {
    let document = OpenApi::new("shop", "1")
        .history::<user::Entity>()
        .history::<order::Entity>()
        .to_json();
    let path = format!("/{}/{{id}}/audit", user::Entity.table_name());
    let parameters = document["paths"][path]["get"]["parameters"]
        .as_array()
        .unwrap()
        .clone();
    let changed = parameters
        .iter()
        .find(|parameter| parameter["name"] == "changed")
        .unwrap();
    let fields = json!(["username", "role", "logins", "phone", "password_hash"]);
    assert_eq!(changed["schema"]["enum"], fields);
}

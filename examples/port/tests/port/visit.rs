//! The requests to both services.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const ADMIN_TOKEN: &str = "the-admins-token";

/// Indexes of the tokens. The services return Ann's and Bob's when they create the users.
const NOBODY: usize = 0;
const ADMIN: usize = 1;
const ANN: usize = 2;
const BOB: usize = 3;

/// The request with its status, and the body of the answer.
type Answer = (String, Value);

pub(crate) struct Visit {
    app: Router,
    tokens: Vec<String>,
    pub(crate) answers: Vec<Answer>,
}

impl Visit {
    pub(crate) fn of(app: Router) -> Self {
        Self {
            app,
            tokens: ["nobodys", ADMIN_TOKEN].map(str::to_owned).into(),
            answers: Vec::new(),
        }
    }

    /// Creates users, teams and ticket 2. Ticket 1 exists already.
    pub(crate) async fn begin(&mut self) {
        let ann = json!({ "name": "Ann", "email": "ann@example.com" });
        let bob = json!({ "name": "Bob", "email": "bob@example.com" });
        for (who, what, body) in [
            (NOBODY, "POST /users", ann.clone()),
            (ADMIN, "POST /users", ann.clone()),
            (ADMIN, "POST /users", bob),
            (ADMIN, "POST /users", ann),
            (ADMIN, "PUT /users/3/role", json!({ "role": "agent" })),
            (ANN, "PUT /users/2/role", json!({ "role": "admin" })),
            (ANN, "PATCH /users/2", json!({ "role": "admin" })),
            (ANN, "PATCH /users/2", json!({ "email": "ann@example.org" })),
            (ANN, "PATCH /users/3", json!({ "name": "Rob" })),
            (ADMIN, "PATCH /users/9", json!({ "name": "Rob" })),
            (ADMIN, "POST /teams", json!({ "name": "Network" })),
            (ADMIN, "POST /teams", json!({ "name": "Support" })),
            (ANN, "POST /tickets", json!({ "subject": "No network" })),
        ] {
            self.send(who, what, body).await;
        }
    }

    /// Works on ticket 2 until it is solved.
    pub(crate) async fn work(&mut self) {
        let comments = "POST /tickets/2/comments";
        let edit = json!({ "priority": "high", "team_id": 3, "assignee_id": 3 });
        for (who, what, body) in [
            (ANN, "PATCH /tickets/2", edit.clone()),
            (BOB, "PATCH /tickets/2", edit),
            (BOB, "PATCH /tickets/9", json!({ "subject": "?" })),
            (BOB, comments, json!({ "text": "Which floor?" })),
            (BOB, "PUT /tickets/2/status", json!({ "status": "pending" })),
            (ANN, comments, json!({ "text": "The third." })),
            (ANN, "GET /tickets/2", Value::Null),
            (BOB, "PUT /tickets/2/status", json!({ "status": "solved" })),
            (ANN, "GET /tickets/1", Value::Null),
            (BOB, "GET /tickets/1", Value::Null),
        ] {
            self.send(who, what, body).await;
        }
    }

    /// Reads ticket 2, which is closed, and deletes it.
    pub(crate) async fn end(&mut self) {
        for (who, what, body) in [
            (BOB, "GET /tickets/2", Value::Null),
            (BOB, "PATCH /tickets/2", json!({ "subject": "?" })),
            (BOB, "DELETE /tickets/2", Value::Null),
            (ADMIN, "DELETE /tickets/2", Value::Null),
            (ADMIN, "DELETE /tickets/2", Value::Null),
        ] {
            self.send(who, what, body).await;
        }
    }

    async fn send(&mut self, who: usize, what: &str, body: Value) {
        let (method, path) = what.split_once(' ').unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(
                header::AUTHORIZATION,
                format!("Bearer {}", self.tokens[who]),
            )
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 4711))))
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let text = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let mut body = match status {
            StatusCode::NO_CONTENT => Value::Null,
            // The text comes from serde.
            StatusCode::UNPROCESSABLE_ENTITY => Value::Null,
            _ => serde_json::from_slice(&text).unwrap(),
        };
        if let Some(Value::String(token)) = body.get_mut("token").map(Value::take) {
            self.tokens.push(token);
        }
        hide_moments(&mut body);
        self.answers.push((format!("{what}: {status}"), body));
    }
}

/// Replaces timestamps, which differ between runs, by whether the row has changed since it was created.
fn hide_moments(body: &mut Value) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(hide_moments),
        Value::Object(members) => {
            let created = members.remove("created_at");
            if let Some(updated) = members.get_mut("updated_at") {
                *updated = (created.as_ref() != Some(updated)).into();
            }
            members.values_mut().for_each(hide_moments);
        }
        _ => {}
    }
}

//! The requests that both services get.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const ADMIN: &str = "the-admins-token";

/// What is sent, and the status and body of the answer.
type Answer = (String, StatusCode, Value);

pub(crate) struct Visit {
    app: Router,
    pub(crate) answers: Vec<Answer>,
}

impl Visit {
    pub(crate) fn of(app: Router) -> Self {
        Self {
            app,
            answers: Vec::new(),
        }
    }

    /// Each endpoint but one, also in vain. Ticket 1 is there already, ticket 2 is solved in the end.
    pub(crate) async fn work(&mut self) {
        let admin = ADMIN;
        self.send("nobody", "POST /teams", json!({ "name": "Network" }))
            .await;

        let new = json!({ "name": "Ann", "email": "ann@example.com" });
        let ann = &self.send(admin, "POST /users", new.clone()).await;
        self.send(admin, "POST /users", new).await;
        let new = json!({ "name": "Bob", "email": "bob@example.com" });
        let bob = &self.send(admin, "POST /users", new).await;
        self.send(admin, "PUT /users/3/role", json!({ "role": "agent" }))
            .await;
        self.send(ann, "PUT /users/2/role", json!({ "role": "admin" }))
            .await;
        self.send(ann, "PATCH /users/2", json!({ "role": "admin" }))
            .await;
        self.send(ann, "PATCH /users/2", json!({ "email": "ann@example.org" }))
            .await;
        self.send(ann, "PATCH /users/3", json!({ "name": "Rob" }))
            .await;
        self.send(admin, "PATCH /users/9", json!({ "name": "Rob" }))
            .await;

        self.send(admin, "POST /teams", json!({ "name": "Network" }))
            .await;
        self.send(admin, "POST /teams", json!({ "name": "Support" }))
            .await;

        self.send(ann, "POST /tickets", json!({ "subject": "No network" }))
            .await;
        let edit = json!({ "priority": "high", "team_id": 3, "assignee_id": 3 });
        self.send(ann, "PATCH /tickets/2", edit.clone()).await;
        self.send(bob, "PATCH /tickets/2", edit).await;
        self.send(bob, "PATCH /tickets/9", json!({ "subject": "?" }))
            .await;
        self.send(
            bob,
            "POST /tickets/2/comments",
            json!({ "text": "Which floor?" }),
        )
        .await;
        self.send(bob, "PUT /tickets/2/status", json!({ "status": "pending" }))
            .await;
        self.send(
            ann,
            "POST /tickets/1/comments",
            json!({ "text": "Me, too." }),
        )
        .await;
        self.send(
            ann,
            "POST /tickets/2/comments",
            json!({ "text": "The third." }),
        )
        .await;
        self.send(ann, "GET /tickets/2", Value::Null).await;
        self.send(bob, "PUT /tickets/2/status", json!({ "status": "solved" }))
            .await;
        self.send(bob, "GET /tickets/1", Value::Null).await;

        // Ticket 2 is closed by the job.
        self.send(bob, "DELETE /tickets/2", Value::Null).await;
    }

    /// Ticket 2 is closed.
    pub(crate) async fn clear(&mut self) {
        self.send(ADMIN, "GET /tickets/2", Value::Null).await;
        self.send(ADMIN, "PATCH /tickets/2", json!({ "subject": "?" }))
            .await;
        self.send(ADMIN, "DELETE /tickets/2", Value::Null).await;
        self.send(ADMIN, "DELETE /tickets/2", Value::Null).await;
    }

    /// Returns the token in the answer, if there is one.
    async fn send(&mut self, token: &str, what: &str, body: Value) -> String {
        let (method, path) = what.split_once(' ').unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 4711))))
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let text = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let mut body = match status {
            // The text is that of serde.
            StatusCode::UNPROCESSABLE_ENTITY => Value::Null,
            _ => serde_json::from_slice(&text).unwrap_or_default(),
        };
        hide_moments(&mut body);
        let token = body.get_mut("token").map(Value::take);
        self.answers
            .push((format!("{what} {status}"), status, body));
        token
            .and_then(|token| token.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// No two runs have the same: what can be compared is whether a row was changed since it was created.
fn hide_moments(body: &mut Value) {
    let Value::Object(members) = body else {
        if let Value::Array(items) = body {
            items.iter_mut().for_each(hide_moments);
        }
        return;
    };
    if let (Some(created), Some(updated)) = (members.get("created_at"), members.get("updated_at")) {
        let is_changed = updated != created;
        members.insert("updated_at".to_owned(), is_changed.into());
    }
    members.remove("created_at");
    members.values_mut().for_each(hide_moments);
}

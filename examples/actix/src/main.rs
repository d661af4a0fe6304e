//! An actix-web service with an audit trail: actor and address from the request, a patch with an allowlist, the history
//! of a row.
//!
//! ```sh
//! cargo run -p actix
//! curl -X PATCH localhost:8080/users/1 -H 'x-user: 7 jane.doe' --json '{"username": "jim"}'
//! curl -X PATCH localhost:8080/users/1 -H 'x-user: 7 jane.doe' --json '{"role": "admin"}'
//! curl localhost:8080/users/1/audit -H 'x-user: 7 jane.doe'
//! ```

mod adaptor;
mod service;

use actix_web::{App, HttpServer, web};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = service::database().await?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(service::layer()))
            .configure(service::routes(db.clone()))
    });
    let server = server.bind(("127.0.0.1", 8080))?;
    Ok(server.run().await?)
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        http::Method,
        test::{TestRequest, call_service, init_service, read_body_json},
        web,
    };
    use serde_json::{Value as Json, json};

    use crate::service;

    #[actix_web::test]
    async fn who_and_from_where_are_in_the_trail() {
        let db = service::database().await.unwrap();
        let app = App::new()
            .app_data(web::Data::new(service::layer()))
            .configure(service::routes(db));
        let app = init_service(app).await;
        let request = |method, path: &str, user: Option<&str>, body: Json| {
            let request = TestRequest::with_uri(path)
                .method(method)
                .peer_addr("203.0.113.9:4711".parse().unwrap())
                .insert_header(("x-request-id", "request-1"))
                .insert_header(("user-agent", "Mozilla/5.0"));
            let request = match user {
                Some(user) => request.insert_header(("x-user", user)),
                None => request,
            };
            request.set_json(body).to_request()
        };
        let jane = Some("7 jane.doe");
        let cases = [
            (Some("7 jane.doe"), json!({ "username": "jim" }), 200),
            (Some("7 jane.doe"), json!({ "role": "admin" }), 400),
            (None, json!({ "username": "eve" }), 401),
        ];
        for (user, body, status) in cases {
            let answer = call_service(&app, request(Method::PATCH, "/users/1", user, body)).await;
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers().get("x-request-id").unwrap(), "request-1");
        }
        let refused = request(Method::PATCH, "/users/1", jane, json!({ "role": "admin" }));
        let refused: Json = read_body_json(call_service(&app, refused).await).await;
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.starts_with("not allowed here: `role`; allowed: `username`"));

        let read = request(
            Method::GET,
            "/users/1/audit?action=UPDATE",
            jane,
            json!(null),
        );
        let page: Json = read_body_json(call_service(&app, read).await).await;
        let entry = &page["entries"][0];
        assert_eq!(
            entry["actor"],
            json!({ "kind": "User", "id": "7", "name": "jane.doe" })
        );
        assert_eq!(entry["source"]["ip"], "203.0.113.9");
        assert_eq!(entry["source"]["request_id"], "request-1");
        assert_eq!(
            entry["diff"],
            json!([{ "field": "username", "before": "john.smith", "after": "jim" }])
        );
    }
}

//! A client over HTTP.

use reqwest::{
    Client, Response, StatusCode,
    header::{COOKIE, SET_COOKIE},
    redirect::Policy,
};
use serde_json::Value;

use crate::service::Service;

/// A client that keeps its cookie, including a `Secure` one.
pub struct Visitor {
    client: Client,
    address: String,
    pub cookie: String,
}

impl Visitor {
    pub fn new(service: &Service) -> Self {
        Self {
            client: Client::builder().redirect(Policy::none()).build().unwrap(),
            address: service.address.clone(),
            cookie: String::new(),
        }
    }

    pub async fn signed_in(service: &Service, username: &str) -> Self {
        let password = service.password(username);
        Self::signed_in_with(service, username, password).await
    }

    pub async fn signed_in_with(service: &Service, username: &str, password: &str) -> Self {
        let visitor = Self::new(service);
        let form = [("username", username), ("password", password)];
        let answer = visitor.post("/login", &form).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        visitor.with_cookie_of(&answer)
    }

    /// Continues with the cookie that an answer sets.
    pub fn with_cookie_of(self, answer: &Response) -> Self {
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        for attribute in ["HttpOnly", "Secure", "SameSite=Strict"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let (cookie, _) = cookie.split_once(';').unwrap();
        Self {
            cookie: cookie.to_owned(),
            ..self
        }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.address);
        let request = self.client.request(method.parse().unwrap(), url);
        request.header(COOKIE, &self.cookie)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.unwrap()
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.request("POST", path).form(form).send().await.unwrap()
    }

    pub async fn posted(&self, path: &str, form: &[(&str, &str)]) -> StatusCode {
        self.post(path, form).await.status()
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.request("PATCH", path).json(body).send().await.unwrap()
    }

    /// The entries of a page of the trail, newest first.
    pub async fn trail(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let page: Value = answer.json().await.unwrap();
        page["entries"].as_array().unwrap().clone()
    }
}

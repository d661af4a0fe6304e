//! A service on a real socket, and a client for it.

use std::net::SocketAddr;

use ::http::HeaderMap;
use axum::Router;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value as Json;
use tokio::{net::TcpListener, task::JoinHandle};

/// A server that runs until it is dropped.
pub struct Server {
    url: String,
    client: Client,
    task: JoinHandle<()>,
}

/// The properties of a client besides its requests.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Such as `Admin 7 jane.doe`, or `None` for an anonymous client.
    pub account: Option<String>,
    /// The address that a proxy reports.
    pub ip: String,
    pub request_id: String,
}

pub fn caller(account: &str) -> Caller {
    Caller {
        account: Some(account.to_owned()),
        ip: "203.0.113.9".to_owned(),
        request_id: "request-1".to_owned(),
    }
}

pub fn nobody() -> Caller {
    Caller {
        account: None,
        ..caller("")
    }
}

/// A complete answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: Option<String>,
    pub request_id: Option<String>,
    pub body: String,
    headers: HeaderMap,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    }

    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Server {
    pub async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        Self::serving(
            address,
            async move { axum::serve(listener, app).await.unwrap() },
        )
    }

    /// Runs `serve`, which answers at this address.
    pub fn serving(address: SocketAddr, serve: impl Future<Output = ()> + Send + 'static) -> Self {
        let url = format!("http://{address}");
        let task = tokio::spawn(serve);
        // One connection per request, so that a dropped request closes its connection.
        let client = Client::builder().pool_max_idle_per_host(0);
        let client = client.no_proxy().build().unwrap();
        Self { url, client, task }
    }

    /// Sends exactly these bytes, and returns the answer.
    pub async fn raw(&self, request: &[u8]) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        let address = self.url.strip_prefix("http://").unwrap();
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        socket.write_all(request).await.unwrap();
        socket.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A server may close the connection early.
        let _ = socket.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub fn request(&self, method: Method, path: &str, caller: &Caller) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("user-agent", "Mozilla/5.0")
            .header("x-forwarded-for", &caller.ip)
            .header("x-request-id", &caller.request_id);
        match &caller.account {
            Some(account) => request.bearer_auth(account),
            None => request,
        }
    }

    /// The complete URL of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub async fn patch(&self, path: &str, caller: &Caller, body: &Json) -> Answer {
        let request = self.request(Method::PATCH, path, caller);
        answer(request.json(body)).await.unwrap()
    }

    pub async fn get(&self, path: &str, caller: &Caller) -> Answer {
        answer(self.request(Method::GET, path, caller))
            .await
            .unwrap()
    }
}

pub async fn answer(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let header = |name| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    Ok(Answer {
        status: response.status().as_u16(),
        content_type: header("content-type"),
        request_id: header("x-request-id"),
        headers: response.headers().clone(),
        body: response.text().await?,
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

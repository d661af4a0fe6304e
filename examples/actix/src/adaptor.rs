//! The adaptor for actix-web: a middleware, an extractor and an error response.

use std::{fmt, future::Future, pin::Pin};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use audit_runtime::{
    AuditContext,
    http::{AuditLayer, Problem, context_of},
};
use http::request::Parts;

/// The authenticated user, which authentication stores in the request for the layer.
#[derive(Clone, Debug)]
pub struct CurrentUser {
    pub id: i32,
    pub name: String,
}

/// The context of a request, as an argument of a handler.
pub struct Context(pub AuditContext);

/// The converted request, for example for a `Trail`.
pub struct Known(pub Parts);

/// A refusal of this library, as a response.
#[derive(Debug)]
pub struct Refused(pub Problem);

/// The middleware: `App::new().app_data(web::Data::new(layer)).wrap(from_fn(adaptor::audited))`.
pub async fn audited(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut parts = parts_of(request.request());
    let id = match request.app_data::<web::Data<AuditLayer>>() {
        Some(layer) => layer.attach(&mut parts).request_id,
        // The extractor reports the missing context.
        None => None,
    };
    request.extensions_mut().insert(parts);
    let mut response = next.call(request).await?;
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        let name = HeaderName::from_static("x-request-id");
        response.headers_mut().insert(name, id);
    }
    Ok(response)
}

impl FromRequest for Known {
    type Error = Refused;
    type Future = std::future::Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let parts = extensions.get::<Parts>().cloned();
        let mut parts = parts.unwrap_or_else(|| parts_of(request));
        if let Some(user) = extensions.get::<CurrentUser>() {
            parts.extensions.insert(user.clone());
        }
        std::future::ready(Ok(Self(parts)))
    }
}

impl FromRequest for Context {
    type Error = Refused;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refused>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let known = Known::from_request(request, payload);
        Box::pin(async move {
            let Known(parts) = known.await?;
            let context = context_of(&parts).await.map_err(Problem::from)?;
            Ok(Self(context))
        })
    }
}

/// Converts the request: actix-web uses an earlier version of the crate `http`.
fn parts_of(request: &HttpRequest) -> Parts {
    let (mut parts, ()) = http::Request::new(()).into_parts();
    if let Ok(method) = request.method().as_str().parse() {
        parts.method = method;
    }
    if let Ok(uri) = request.uri().to_string().parse() {
        parts.uri = uri;
    }
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_ref());
        let value = http::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            parts.headers.append(name, value);
        }
    }
    if let Some(peer) = request.peer_addr() {
        parts.extensions.insert(peer);
    }
    parts
}

impl<P: Into<Problem>> From<P> for Refused {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.to_json().fmt(formatter)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        let status = StatusCode::from_u16(self.0.status().as_u16());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .content_type("application/problem+json")
            .body(self.to_string())
    }
}

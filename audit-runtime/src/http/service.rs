//! The tower service that wraps the application's.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use ::http::{HeaderName, HeaderValue, Request, Response, request::Parts};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{context::Origin, layer::AuditLayer, source::REQUEST_ID};
use crate::Source;

const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static(REQUEST_ID);

/// The service of an [`AuditLayer`]: it inserts the source of each request into its extensions.
#[derive(Clone, Debug)]
pub struct AuditService<S> {
    inner: S,
    layer: Arc<AuditLayer>,
}

impl<S> Layer<S> for AuditLayer {
    type Service = AuditService<S>;

    fn layer(&self, inner: S) -> AuditService<S> {
        let layer = Arc::new(self.clone());
        AuditService { inner, layer }
    }
}

impl<S, B, R> Service<Request<B>> for AuditService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        attach(&self.layer, &mut parts);
        let id = parts.headers.get(REQUEST_ID_HEADER).cloned();
        ResponseFuture {
            inner: self.inner.call(Request::from_parts(parts, body)),
            id,
        }
    }
}

impl AuditLayer {
    /// Inserts the source of a request into its extensions, and returns it.
    ///
    /// For frameworks without tower layers. Call [`context_of`](super::context_of) afterwards, and set the request's id
    /// on the response as `X-Request-Id`.
    pub fn attach(&self, parts: &mut Parts) -> Source {
        attach(&Arc::new(self.clone()), parts)
    }
}

fn attach(layer: &Arc<AuditLayer>, parts: &mut Parts) -> Source {
    let source = layer.source(parts);
    let id = source.request_id.as_deref();
    if let Some(id) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
        parts.headers.insert(REQUEST_ID_HEADER, id);
    }
    parts.extensions.insert(Origin {
        source: source.clone(),
        layer: layer.clone(),
    });
    source
}

pin_project! {
    /// The response future of [`AuditService`]: it sets the request's id on the response.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        id: Option<HeaderValue>,
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(context))?;
        if let Some(id) = this.id.take() {
            response.headers_mut().insert(REQUEST_ID_HEADER, id);
        }
        Poll::Ready(Ok(response))
    }
}

use std::sync::{Arc, Mutex};

use audit_runtime::feed::{Batch, Sink, SinkError, Webhook};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value as Json;

use super::{super::LOG, super::cloud_events, all, batch, large, messages};

/// A receiver that answers with the function's status, and its sink.
async fn receiver(answer: fn(&[Json]) -> StatusCode) -> (Webhook, Received) {
    let received = Received::default();
    let state = (received.clone(), answer);
    let app = Router::new().route("/audit", post(take)).with_state(state);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let url = format!("http://user:secret@{address}/audit?key=secret");
    let sink = Webhook::new(cloud_events(), reqwest::Client::new(), url.parse().unwrap());
    (sink, received)
}

/// The events of each request that was answered with 2xx, and the number of requests.
#[derive(Clone, Default)]
struct Received(Arc<Mutex<(Vec<Vec<Json>>, usize)>>);

type Answer = fn(&[Json]) -> StatusCode;

async fn take(
    State((received, answer)): State<(Received, Answer)>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    assert_eq!(
        headers["content-type"],
        "application/cloudevents-batch+json"
    );
    let events: Vec<Json> = serde_json::from_str(&body).unwrap();
    let status = answer(&events);
    let mut received = received.0.lock().unwrap();
    received.1 += 1;
    if status.is_success() {
        received.0.push(events);
    }
    status
}

impl Received {
    fn events(&self) -> Vec<Json> {
        self.0.lock().unwrap().0.concat()
    }

    fn requests(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

fn expected() -> Vec<Json> {
    let messages = messages(&cloud_events());
    let messages = messages.iter();
    messages
        .map(|message| serde_json::from_str(message).unwrap())
        .collect()
}

#[tokio::test]
async fn events_arrive_in_a_batch() {
    let (mut sink, received) = receiver(|_| StatusCode::ACCEPTED).await;
    sink.deliver(&batch()).await.unwrap();
    assert_eq!(received.events(), expected());
    assert_eq!(received.requests(), 1);

    let (sink, received) = receiver(|_| StatusCode::NO_CONTENT).await;
    let mut sink = sink.max_bytes(4_000);
    sink.deliver(&batch()).await.unwrap();
    assert_eq!(received.events(), expected());
    let requests = received.requests();
    assert!((2..all().len()).contains(&requests), "{requests}");
}

#[tokio::test]
async fn the_event_that_is_not_taken_is_found() {
    for status in [
        StatusCode::BAD_REQUEST,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ] {
        let answer: Answer = match status {
            StatusCode::BAD_REQUEST => |events| of(events, StatusCode::BAD_REQUEST),
            StatusCode::PAYLOAD_TOO_LARGE => |events| of(events, StatusCode::PAYLOAD_TOO_LARGE),
            _ => |events| of(events, StatusCode::UNPROCESSABLE_ENTITY),
        };
        let (mut sink, received) = receiver(answer).await;
        let error = sink.deliver(&batch()).await.unwrap_err();
        let SinkError::Rejected { entry, why } = error else {
            panic!("{error}")
        };
        assert_eq!(entry, 45);
        assert_eq!(why, format!("the receiver answered {status}"));
        // All earlier entries have arrived, in order.
        assert_eq!(received.events(), expected()[..3]);
    }
}

fn of(events: &[Json], status: StatusCode) -> StatusCode {
    let is_there = events.iter().any(|event| event["id"] == "45");
    if is_there { status } else { StatusCode::OK }
}

#[tokio::test]
async fn what_may_pass_is_a_failure() {
    let (mut sink, _) = receiver(|_| StatusCode::SERVICE_UNAVAILABLE).await;
    let error = sink.deliver(&batch()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the receiver answered 503 Service Unavailable"
    );
    // No server listens there. The errors do not contain the secret of the URL.
    let url = "http://user:secret@127.0.0.1:9/audit?key=secret"
        .parse()
        .unwrap();
    let mut sink = Webhook::new(cloud_events(), reqwest::Client::new(), url);
    let error = sink.deliver(&batch()).await.unwrap_err();
    assert!(matches!(error, SinkError::Failed(_)));
    for text in [error.to_string(), format!("{error:?}"), format!("{sink:?}")] {
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn an_event_of_a_mebibyte_has_a_request_of_its_own() {
    let (mut sink, received) = receiver(|_| StatusCode::OK).await;
    let mut entries = all();
    entries.insert(2, large(1 << 20));
    sink.deliver(&Batch::new(LOG, entries)).await.unwrap();
    assert_eq!(received.events().len(), all().len() + 1);
    assert_eq!(received.requests(), 3);
}

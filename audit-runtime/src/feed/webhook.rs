//! The sink for HTTP endpoints that take CloudEvents.

use std::fmt;

use reqwest::{Client, StatusCode, Url, header::CONTENT_TYPE};

use super::{Batch, CloudEvents, Format, Sink, SinkError};
use crate::Entry;

/// Posts batches of CloudEvents (`application/cloudevents-batch+json`) to a URL.
///
/// A batch is delivered when each of its requests was answered with 2xx. A request that is answered with 400, 413 or 422
/// is sent again in halves, until the entry that the receiver rejects is found. Any other answer is a failure.
///
/// Credentials, TLS and time limits are those of the client, which the application builds. `source` and `id` identify an
/// event.
///
/// ```
/// use audit_runtime::feed::{CloudEvents, Webhook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = sea_orm::prelude::Uuid::nil();
/// let client = reqwest::Client::new();
/// let url = "https://collector.example/audit".parse()?;
/// let sink = Webhook::new(CloudEvents::new(log, "com.example"), client, url);
/// # let _ = sink;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Webhook {
    format: CloudEvents,
    client: Client,
    url: Url,
    most: usize,
}

impl Webhook {
    /// Creates the sink.
    pub fn new(format: CloudEvents, client: Client, url: Url) -> Self {
        Self {
            format,
            client,
            url,
            most: 1 << 20,
        }
    }

    /// Sets the maximum size of a request, which a single event may exceed. The default is 1 MiB.
    #[must_use]
    pub fn max_bytes(self, bytes: usize) -> Self {
        Self {
            most: bytes,
            ..self
        }
    }

    async fn post(&self, events: &[Event<'_>]) -> Result<StatusCode, SinkError> {
        let lines: Vec<_> = events.iter().map(|event| &*event.line).collect();
        let response = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/cloudevents-batch+json")
            .body(format!("[{}]", lines.join(",")))
            .send()
            .await;
        // The URL may contain a secret.
        let response = response.map_err(|error| SinkError::failed(error.without_url()))?;
        Ok(response.status())
    }
}

impl Sink for Webhook {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let events: Vec<_> = batch
            .entries()
            .iter()
            .map(|entry| Event {
                line: self.format.line(entry).trim_end().to_owned(),
                entry,
            })
            .collect();
        // Reversed, because `pop` takes the last one.
        let mut parts: Vec<_> = parts(&events, self.most);
        parts.reverse();
        while let Some(part) = parts.pop() {
            match self.post(part).await? {
                status if status.is_success() => {}
                status if !is_about_content(status) => {
                    return Err(SinkError::failed(format!("the receiver answered {status}")));
                }
                status => match part {
                    [event] => {
                        let why = format!("the receiver answered {status}");
                        return Err(SinkError::rejected(event.entry, why));
                    }
                    events => {
                        let (first, second) = events.split_at(events.len() / 2);
                        parts.extend([second, first]);
                    }
                },
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str();
        f.debug_struct("Webhook")
            .field("host", &host)
            .finish_non_exhaustive()
    }
}

struct Event<'a> {
    line: String,
    entry: &'a Entry,
}

/// Splits events into requests of at most this number of bytes.
fn parts<'a, 'e>(events: &'a [Event<'e>], most: usize) -> Vec<&'a [Event<'e>]> {
    let (mut parts, mut begin, mut bytes) = (Vec::new(), 0, 2);
    for (at, event) in events.iter().enumerate() {
        let length = event.line.len() + 1;
        if at > begin && bytes + length > most {
            parts.push(&events[begin..at]);
            (begin, bytes) = (at, 2);
        }
        bytes += length;
    }
    parts.extend((begin < events.len()).then(|| &events[begin..]));
    parts
}

/// Whether one of the events may be the cause of an answer.
fn is_about_content(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY
    )
}

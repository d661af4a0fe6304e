//! The sink for NATS JetStream.

use std::fmt;

use async_nats::jetstream::{
    Context,
    context::{PublishAckFuture, PublishErrorKind},
    message::PublishMessage,
};

use super::{
    Batch, Format, Sink, SinkError,
    subject::{message, subject},
};

/// Publishes entries to a stream of NATS JetStream: one message each, on `<prefix>.<tenant>.<entity type>.<action>`.
///
/// A batch is delivered when the stream has acknowledged each message. A stream for these subjects, such as `audit.>`,
/// must exist.
///
/// The header `Nats-Msg-Id` is the entry's id. The server uses it to drop duplicates, but only within the
/// `duplicate_window` of the stream: set it longer than a feed may fail.
///
/// ```no_run
/// use audit_runtime::feed::{JetStream, JsonLines};
///
/// # async fn f(log: sea_orm::prelude::Uuid) -> Result<(), Box<dyn std::error::Error>> {
/// let client = async_nats::connect("nats://127.0.0.1:4222").await?;
/// let context = async_nats::jetstream::new(client);
/// let sink = JetStream::new(JsonLines::new(log), context, "audit");
/// # let _ = sink;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JetStream<F> {
    format: F,
    context: Context,
    prefix: String,
}

impl<F: Format> JetStream<F> {
    /// Creates the sink. The client reconnects by itself.
    pub fn new(format: F, context: Context, prefix: impl Into<String>) -> Self {
        Self {
            format,
            context,
            prefix: prefix.into(),
        }
    }
}

impl<F: Format> Sink for JetStream<F> {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let mut sent: Vec<PublishAckFuture> = Vec::new();
        for entry in batch.entries() {
            let payload = message(self.format.line(entry));
            let publish = PublishMessage::build()
                .payload(payload.into())
                .message_id(batch.uid(entry))
                .header("Content-Type", self.format.media_type());
            let subject = format!("{}.{}", self.prefix, subject(entry));
            match self.context.send_publish(subject, publish).await {
                Ok(acknowledged) => sent.push(acknowledged),
                Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => {
                    return Err(SinkError::rejected(entry, error.to_string()));
                }
                Err(error) => return Err(SinkError::failed(error)),
            }
        }
        for acknowledged in sent {
            acknowledged.await.map_err(SinkError::failed)?;
        }
        Ok(())
    }
}

impl<F: fmt::Debug> fmt::Debug for JetStream<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetStream")
            .field("format", &self.format)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

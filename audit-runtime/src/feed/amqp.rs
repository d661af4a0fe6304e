//! The sink for brokers of AMQP 0-9-1, such as RabbitMQ.

use std::fmt;

use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    uri::AMQPUri,
};

use super::{
    Batch, Format, Sink, SinkError,
    subject::{message, subject},
};

/// Publishes entries to a broker of AMQP 0-9-1: one persistent message each, with the entry's id as `message_id`.
///
/// A batch is delivered when the broker has confirmed each message. A message that reaches no queue is a failure. Use a
/// quorum queue or a stream, which keep their order and survive the loss of a broker.
///
/// It connects when it delivers, and again after a failure. TLS depends on the features of `lapin` that the application
/// enables.
///
/// ```
/// use audit_runtime::feed::{Amqp, JsonLines};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let log = sea_orm::prelude::Uuid::nil();
/// let broker = "amqp://127.0.0.1:5672/%2f".parse()?;
/// let sink = Amqp::to_queue(JsonLines::new(log), broker, "audit");
/// # let _ = sink;
/// # Ok(())
/// # }
/// ```
pub struct Amqp<F> {
    format: F,
    broker: AMQPUri,
    exchange: String,
    queue: Option<String>,
    open: Option<(Connection, Channel)>,
}

impl<F: Format> Amqp<F> {
    /// Creates the sink for one queue, which must exist.
    pub fn to_queue(format: F, broker: AMQPUri, queue: impl Into<String>) -> Self {
        Self {
            queue: Some(queue.into()),
            ..Self::to_exchange(format, broker, "")
        }
    }

    /// Creates the sink for an exchange, which must exist. The routing key of an entry is
    /// `<tenant>.<entity type>.<action>`.
    pub fn to_exchange(format: F, broker: AMQPUri, exchange: impl Into<String>) -> Self {
        Self {
            format,
            broker,
            exchange: exchange.into(),
            queue: None,
            open: None,
        }
    }

    async fn open(&mut self) -> lapin::Result<(Connection, Channel)> {
        if let Some((connection, channel)) = self.open.take()
            && channel.status().connected()
        {
            return Ok((connection, channel));
        }
        let properties = ConnectionProperties::default();
        let connection = Connection::connect_uri(self.broker.clone(), properties).await?;
        let channel = connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok((connection, channel))
    }

    async fn publish(&self, batch: &Batch, channel: &Channel) -> Result<(), SinkError> {
        let mut sent = Vec::new();
        for entry in batch.entries() {
            let key = self.queue.clone().unwrap_or_else(|| subject(entry));
            let options = BasicPublishOptions {
                mandatory: true,
                ..Default::default()
            };
            let properties = BasicProperties::default()
                .with_delivery_mode(PERSISTENT)
                .with_message_id(batch.uid(entry).into())
                .with_content_type(self.format.media_type().into());
            let payload = message(self.format.line(entry));
            let exchange = self.exchange.as_str().into();
            let confirmed =
                channel.basic_publish(exchange, key.into(), options, &payload, properties);
            sent.push(confirmed.await.map_err(SinkError::failed)?);
        }
        for confirmed in sent {
            match confirmed.await.map_err(SinkError::failed)? {
                Confirmation::Ack(None) => {}
                Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => {
                    return Err(SinkError::failed("the broker has no queue for a message"));
                }
                Confirmation::Nack(None) => {
                    return Err(SinkError::failed("the broker did not take a message"));
                }
                Confirmation::NotRequested => {
                    return Err(SinkError::failed("the broker does not confirm messages"));
                }
            }
        }
        Ok(())
    }
}

impl<F: Format> Sink for Amqp<F> {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let (connection, channel) = self.open().await.map_err(SinkError::failed)?;
        // After a failure, or if this future is dropped, the connection is closed, with all messages in flight.
        self.publish(batch, &channel).await?;
        self.open = Some((connection, channel));
        Ok(())
    }
}

/// Omits the broker's address, which may contain a password.
impl<F: fmt::Debug> fmt::Debug for Amqp<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Amqp")
            .field("format", &self.format)
            .field("exchange", &self.exchange)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

const PERSISTENT: u8 = 2;

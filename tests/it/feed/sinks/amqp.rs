use audit_runtime::feed::{Amqp, Sink, SinkError};
use lapin::{
    Channel, Connection, ConnectionProperties, ExchangeKind,
    options::{
        BasicGetOptions, ExchangeDeclareOptions, ExchangeDeleteOptions, QueueBindOptions,
        QueueDeclareOptions, QueueDeleteOptions,
    },
    types::{AMQPValue, FieldTable},
    uri::AMQPUri,
};

use super::{super::json_lines, all, batch, broker, messages, uids};

/// A quorum queue that is deleted after the test.
pub struct Queue {
    pub broker: AMQPUri,
    pub channel: Channel,
    pub name: String,
    _connection: Connection,
}

impl Queue {
    /// Returns `None` if there is no server.
    pub async fn new() -> Option<Self> {
        let address = "amqp://127.0.0.1:5672/%2f";
        let url = broker("RabbitMQ", "AUDIT_TEST_AMQP_URL", address).await?;
        Some(Self::at(&url, "quorum").await)
    }

    pub async fn at(url: &str, kind: &str) -> Self {
        let broker: AMQPUri = url.parse().unwrap();
        let connection = Connection::connect_uri(broker.clone(), ConnectionProperties::default());
        let connection = connection.await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let name = format!("audit_test_{}", uuid::Uuid::now_v7());
        let mut arguments = FieldTable::default();
        let kind = AMQPValue::LongString(kind.into());
        arguments.insert("x-queue-type".into(), kind);
        let options = QueueDeclareOptions {
            durable: true,
            ..Default::default()
        };
        let declared = channel.queue_declare(name.as_str().into(), options, arguments);
        declared.await.unwrap();
        Self {
            broker,
            channel,
            name,
            _connection: connection,
        }
    }

    /// A new connection to the same queue.
    pub async fn reconnected(self) -> Self {
        let properties = ConnectionProperties::default();
        let connection = Connection::connect_uri(self.broker.clone(), properties);
        let connection = connection.await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self {
            channel,
            _connection: connection,
            ..self
        }
    }

    pub async fn count(&self) -> u32 {
        let options = QueueDeclareOptions {
            passive: true,
            durable: true,
            ..Default::default()
        };
        let name = self.name.as_str().into();
        let declared = self
            .channel
            .queue_declare(name, options, FieldTable::default());
        declared.await.unwrap().message_count()
    }

    /// The payload, id, content type, routing key and persistence of each message.
    pub async fn messages(&self) -> Vec<(String, String, String, String, bool)> {
        let mut messages = Vec::new();
        let options = BasicGetOptions { no_ack: true };
        while let Some(message) = self
            .channel
            .basic_get(self.name.as_str().into(), options)
            .await
            .unwrap()
        {
            let properties = &message.delivery.properties;
            let text =
                |text: &Option<lapin::types::ShortString>| text.as_ref().unwrap().to_string();
            messages.push((
                String::from_utf8(message.delivery.data.clone()).unwrap(),
                text(properties.message_id()),
                text(properties.content_type()),
                message.delivery.routing_key.to_string(),
                *properties.delivery_mode() == Some(2),
            ));
        }
        messages
    }

    pub async fn delete(self) {
        let options = QueueDeleteOptions::default();
        let deleted = self
            .channel
            .queue_delete(self.name.as_str().into(), options);
        deleted.await.unwrap();
    }
}

#[tokio::test]
async fn a_queue_has_every_entry() {
    let Some(queue) = Queue::new().await else {
        return;
    };
    let mut sink = Amqp::to_queue(json_lines(), queue.broker.clone(), &*queue.name);
    sink.deliver(&batch()).await.unwrap();
    let expected = messages(&json_lines()).into_iter().zip(uids());
    let expected: Vec<_> = expected
        .map(|(text, uid)| {
            let kind = "application/json".to_owned();
            (text, uid, kind, queue.name.clone(), true)
        })
        .collect();
    assert_eq!(queue.messages().await, expected);
    // On the same connection.
    sink.deliver(&batch()).await.unwrap();
    assert_eq!(queue.messages().await, expected);
    queue.delete().await;

    // The broker returns a message that no queue takes, and the sink reports it.
    let error = sink.deliver(&batch()).await.unwrap_err();
    assert_eq!(error.to_string(), "the broker has no queue for a message");
    assert!(matches!(error, SinkError::Failed(_)));
}

#[tokio::test]
async fn an_exchange_routes_by_tenant_type_and_action() {
    let Some(queue) = Queue::new().await else {
        return;
    };
    let channel = &queue.channel;
    let declared = channel.exchange_declare(
        queue.name.as_str().into(),
        ExchangeKind::Topic,
        ExchangeDeclareOptions::default(),
        FieldTable::default(),
    );
    declared.await.unwrap();
    let bound = channel.queue_bind(
        queue.name.as_str().into(),
        queue.name.as_str().into(),
        "#".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bound.await.unwrap();
    let mut sink = Amqp::to_exchange(json_lines(), queue.broker.clone(), &*queue.name);
    sink.deliver(&batch()).await.unwrap();
    let keys: Vec<_> = queue
        .messages()
        .await
        .into_iter()
        .map(|message| message.3)
        .collect();
    assert_eq!(keys.len(), all().len());
    assert_eq!(keys[0], "acme.User.UPDATE");
    assert_eq!(keys[5], "_._.PURGE");
    let options = ExchangeDeleteOptions::default();
    let deleted = channel.exchange_delete(queue.name.as_str().into(), options);
    deleted.await.unwrap();
    queue.delete().await;
}

#[tokio::test]
async fn a_broker_that_is_not_there_is_a_failure() {
    let nowhere = "amqp://user:secret@127.0.0.1:9/%2f".parse().unwrap();
    let mut sink = Amqp::to_queue(json_lines(), nowhere, "audit");
    let error = sink.deliver(&batch()).await.unwrap_err();
    for text in [error.to_string(), format!("{error:?}"), format!("{sink:?}")] {
        assert!(!text.contains("secret"), "{text}");
    }
}

use async_nats::jetstream::{
    self,
    stream::{Config, Stream},
};
use audit_runtime::feed::{Batch, Format, JetStream, Sink, SinkError};

use super::{super::LOG, super::json_lines, all, batch, broker, large, messages, uids};

/// A stream that is deleted after the test, and its sink. Returns `None` if there is no server.
async fn stream() -> Option<(JetStream<impl Format>, Stream, jetstream::Context)> {
    let url = broker("NATS", "AUDIT_TEST_NATS_URL", "nats://127.0.0.1:4222").await?;
    let client = async_nats::connect(url).await.unwrap();
    let context = jetstream::new(client);
    let name = format!("audit_test_{}", uuid::Uuid::now_v7());
    let stream = context.create_stream(Config {
        subjects: vec![format!("{name}.>")],
        name: name.clone(),
        ..Default::default()
    });
    let stream = stream.await.unwrap();
    let sink = JetStream::new(json_lines(), context.clone(), name);
    Some((sink, stream, context))
}

#[tokio::test]
async fn a_stream_has_every_entry_once() {
    let Some((mut sink, mut stream, context)) = stream().await else {
        return;
    };
    sink.deliver(&batch()).await.unwrap();
    // Again, as after a lost reply. The server knows the ids.
    sink.deliver(&batch()).await.unwrap();
    let info = stream.info().await.unwrap();
    let name = info.config.name.clone();
    assert_eq!(info.state.messages, all().len() as u64);
    let (messages, uids) = (messages(&json_lines()), uids());
    let mut subjects = Vec::new();
    for (at, sequence) in (1..=info.state.messages).enumerate() {
        let message = stream.get_raw_message(sequence).await.unwrap();
        assert_eq!(message.payload, messages[at]);
        let header = |header: &str| message.headers.get(header).unwrap().as_str().to_owned();
        assert_eq!(header("Nats-Msg-Id"), uids[at]);
        assert_eq!(header("Content-Type"), "application/json");
        let subject = message.subject.strip_prefix(&*name).unwrap();
        subjects.push(subject.to_owned());
    }
    context.delete_stream(name).await.unwrap();
    assert_eq!(subjects[0], ".acme.User.UPDATE");
    assert_eq!(subjects[5], "._._.PURGE");
    assert_eq!(subjects[6], ".a_b____.___cmd________31m___.UPDATE");
}

#[tokio::test]
async fn what_is_too_large_for_a_message_is_rejected() {
    let Some((mut sink, mut stream, context)) = stream().await else {
        return;
    };
    let mut entries = all();
    entries.insert(2, large(2 << 20));
    let error = sink.deliver(&Batch::new(LOG, entries)).await.unwrap_err();
    assert!(
        matches!(error, SinkError::Rejected { entry: 49, .. }),
        "{error}"
    );
    let name = stream.info().await.unwrap().config.name.clone();
    context.delete_stream(name).await.unwrap();

    // Without a stream, no message is stored.
    let error = sink.deliver(&batch()).await.unwrap_err();
    assert!(matches!(error, SinkError::Failed(_)), "{error}");
}

//! A broker that stops in the middle of a batch: all entries arrive intact.

use std::{
    fs,
    net::TcpListener as Port,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use async_nats::jetstream::{self, stream::Config};
use audit_runtime::{
    Entry,
    feed::{Amqp, Batch, Format, JetStream, Sink},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{super::LOG, super::edited, super::json_lines, super::row, amqp::Queue};

/// More entries than a broker accepts at once.
pub fn many() -> Batch {
    let entries = (1..=2_000).map(|id| Entry::from(edited(row(), |row| row.id = id)));
    Batch::new(LOG, entries)
}

/// Asserts that every entry has arrived unchanged and in order, except for repetitions.
pub fn check(arrived: &[String]) {
    let batch = many();
    let sent = batch.entries().iter().map(|entry| json_lines().line(entry));
    let mut sent = sent.map(|line| line.trim_end().to_owned()).peekable();
    let mut seen = std::collections::HashSet::new();
    for message in arrived {
        if sent.next_if(|next| next == message).is_some() {
            seen.insert(message);
        } else {
            assert!(seen.contains(message), "{message}");
        }
    }
    assert_eq!(sent.next(), None);
}

#[tokio::test]
async fn a_broker_whose_line_is_cut_has_every_entry_whole() {
    let Some(queue) = Queue::new().await else {
        return;
    };
    let address = format!(
        "{}:{}",
        queue.broker.authority.host, queue.broker.authority.port
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Two connections are cut in the middle of a message, and the third is not.
    let cuts = [100_000, 700_000, usize::MAX];
    tokio::spawn(async move {
        for bytes in cuts {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(&address).await.unwrap();
            pass(client, server, bytes).await;
        }
    });
    let mut broker = queue.broker.clone();
    broker.authority.host = "127.0.0.1".to_owned();
    broker.authority.port = port;
    let mut sink = Amqp::to_queue(json_lines(), broker, &*queue.name);
    let batch = many();
    for _ in &cuts[1..] {
        sink.deliver(&batch).await.unwrap_err();
    }
    sink.deliver(&batch).await.unwrap();
    let arrived = queue.messages().await;
    let arrived: Vec<_> = arrived.into_iter().map(|message| message.0).collect();
    println!("RabbitMQ: {} of {}", arrived.len(), batch.entries().len());
    check(&arrived);
    queue.delete().await;
}

/// Forwards in both directions, and `bytes` to the server.
async fn pass(client: TcpStream, server: TcpStream, mut bytes: usize) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
    });
    let mut block = vec![0; 8 << 10];
    while bytes > 0 {
        let Ok(read @ 1..) = from_client.read(&mut block).await else {
            break;
        };
        let passed = read.min(bytes);
        if to_server.write_all(&block[..passed]).await.is_err() {
            break;
        }
        bytes -= passed;
    }
    back.abort();
}

/// A NATS server that is stopped after the test.
struct Nats {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Nats {
    fn start() -> Self {
        let port = Port::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = port.port();
        let folder = std::env::temp_dir().join(format!("audit_test_nats_{port}"));
        let process = Self::process(port, &folder);
        Self {
            process,
            port,
            folder,
        }
    }

    fn process(port: u16, folder: &PathBuf) -> Child {
        Command::new("nats-server")
            .args([
                "--addr",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--jetstream",
            ])
            .arg("--store_dir")
            .arg(folder)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn restart(&mut self) {
        self.process = Self::process(self.port, &self.folder);
    }

    async fn context(&self) -> jetstream::Context {
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
        let address = format!("nats://127.0.0.1:{}", self.port);
        let client = options.connect(address).await.unwrap();
        jetstream::new(client)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_has_every_entry_whole() {
    if Command::new("nats-server")
        .arg("--version")
        .output()
        .is_err()
    {
        assert!(std::env::var("CI").is_err(), "there is no nats-server");
        return;
    }
    let mut server = Nats::start();
    let context = server.context().await;
    let config = Config {
        name: "audit".to_owned(),
        subjects: vec!["audit.>".to_owned()],
        ..Default::default()
    };
    // Until the server is up.
    while context.create_stream(config.clone()).await.is_err() {}
    let mut sink = JetStream::new(json_lines(), context.clone(), "audit");
    let batch = many();
    let watcher = server.context().await;
    {
        let delivery = sink.deliver(&batch);
        let some_are_there = async {
            let mut stream = watcher.get_stream("audit").await.unwrap();
            while stream.info().await.unwrap().state.messages < 100 {}
        };
        tokio::pin!(delivery);
        tokio::select! {
            () = some_are_there => {}
            delivered = &mut delivery => delivered.unwrap(),
        }
        server.kill();
    }
    server.restart();
    while sink.deliver(&batch).await.is_err() {}
    let mut stream = context.get_stream("audit").await.unwrap();
    let count = stream.info().await.unwrap().state.messages;
    let mut arrived = Vec::new();
    for sequence in 1..=count {
        let message = stream.get_raw_message(sequence).await.unwrap();
        arrived.push(String::from_utf8(message.payload.to_vec()).unwrap());
    }
    println!("NATS: {count} of {}", batch.entries().len());
    check(&arrived);
}

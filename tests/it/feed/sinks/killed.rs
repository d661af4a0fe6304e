//! A RabbitMQ server that is killed in the middle of a batch: all entries arrive intact.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener as Port,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use audit_runtime::feed::{Amqp, Sink};

use super::{
    super::json_lines,
    amqp::Queue,
    cut::{check, many},
};

/// A server that is stopped after the test.
struct RabbitMq {
    process: Child,
    port: u16,
    nodes: u16,
    folder: PathBuf,
}

impl RabbitMq {
    /// Returns `None` if the program is missing.
    fn start() -> Option<Self> {
        let free = || {
            let port = Port::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            port.port()
        };
        let (port, nodes) = (free(), free());
        let folder = env::temp_dir().join(format!("audit_test_rabbitmq_{port}"));
        fs::create_dir_all(&folder).unwrap();
        let process = Self::process(port, nodes, &folder)?;
        Some(Self {
            process,
            port,
            nodes,
            folder,
        })
    }

    /// Returns when the server has started.
    fn process(port: u16, nodes: u16, folder: &Path) -> Option<Child> {
        // Debian's wrapper of this name changes the user, and drops this environment.
        let of_debian = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
        let program = if of_debian.exists() {
            of_debian
        } else {
            Path::new("rabbitmq-server")
        };
        let mut process = Command::new(program)
            .current_dir(folder)
            .env("HOME", folder)
            .env("RABBITMQ_NODENAME", format!("audit_test_{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("RABBITMQ_DIST_PORT", nodes.to_string())
            .env("RABBITMQ_CONFIG_FILE", folder.join("none"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_LOGS", "-")
            .stderr(Stdio::null())
            .stdout(Stdio::piped())
            // The server consists of several processes.
            .process_group(0)
            .spawn()
            .ok()?;
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let has_started = lines.any(|line| line.unwrap().contains("Server startup complete"));
        assert!(
            has_started,
            "RabbitMQ did not start in {}",
            folder.display()
        );
        // The server stops if its output is not read.
        std::thread::spawn(move || lines.count());
        Some(process)
    }

    fn kill(&mut self) {
        let group = format!("kill -9 -{}", self.process.id());
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = self.process.wait();
    }

    fn restart(&mut self) {
        self.process = Self::process(self.port, self.nodes, &self.folder).unwrap();
    }
}

impl Drop for RabbitMq {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_has_every_entry_whole() {
    let Some(mut server) = RabbitMq::start() else {
        assert!(env::var("CI").is_err(), "there is no rabbitmq-server");
        println!("RabbitMQ: NOT RUN");
        return;
    };
    // A quorum queue with one member may stay without a leader when RabbitMQ 3.10 starts again.
    let queue = Queue::at(&format!("amqp://127.0.0.1:{}/%2f", server.port), "classic").await;
    let mut sink = Amqp::to_queue(json_lines(), queue.broker.clone(), &*queue.name);
    let batch = many();
    {
        let delivery = sink.deliver(&batch);
        let some_are_there = async { while queue.count().await < 100 {} };
        tokio::pin!(delivery);
        tokio::select! {
            () = some_are_there => {}
            delivered = &mut delivery => delivered.unwrap(),
        }
        server.kill();
    }
    server.restart();
    while sink.deliver(&batch).await.is_err() {}
    let messages = queue.reconnected().await.messages().await;
    let arrived: Vec<_> = messages.into_iter().map(|message| message.0).collect();
    println!(
        "RabbitMQ, killed: {} of {}",
        arrived.len(),
        batch.entries().len()
    );
    check(&arrived);
}

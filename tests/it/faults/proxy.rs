//! A TCP proxy between a pool and its server, which counts round trips, cuts the line and holds back replies.

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::{
        Arc,
        atomic::{AtomicIsize, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The point of a turn at which the line is cut.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// The request does not reach the server.
    Before,
    /// The request reaches the server, but the reply is lost.
    After,
}

#[derive(Clone, Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    turns: Arc<AtomicUsize>,
    until_cut: Arc<AtomicIsize>,
    reply: watch::Sender<Reply>,
}

/// The treatment of the server's replies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reply {
    Passed,
    /// Held back once the client sends this.
    HeldAfter(&'static str),
    Held,
}

impl Proxy {
    pub async fn start(server: SocketAddr, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let proxy = Self {
            address: listener.local_addr().expect("a bound listener"),
            turns: Arc::default(),
            until_cut: Arc::new(AtomicIsize::new(isize::MAX)),
            reply: watch::Sender::new(Reply::Passed),
        };
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = accepting.clone();
                tokio::spawn(async move {
                    let server = TcpStream::connect(server)
                        .await
                        .expect("the server listens");
                    // The line is lost on purpose.
                    let _ = proxy.forward(client, server, cut).await;
                });
            }
        });
        proxy
    }

    /// The number of the client's messages, without the pool's pings. Each is a round trip, because it waits for the
    /// reply.
    pub fn turns(&self) -> usize {
        self.turns.load(Ordering::SeqCst)
    }

    /// Cuts the line in the turn after `turns` more.
    pub fn cut_after(&self, turns: usize) {
        self.until_cut.store(turns as isize, Ordering::SeqCst);
    }

    /// Stops cutting the line.
    pub fn heal(&self) {
        self.until_cut.store(isize::MAX, Ordering::SeqCst);
    }

    /// Whether the line was cut since the last `cut_after`.
    pub fn was_cut(&self) -> bool {
        self.until_cut.load(Ordering::SeqCst) < 0
    }

    /// Holds back the server's replies once the client sends this.
    pub fn hold_after(&self, said: &'static str) {
        self.reply.send_replace(Reply::HeldAfter(said));
    }

    /// Waits until a reply is held back.
    pub async fn held(&self) {
        let mut reply = self.reply.subscribe();
        let held = reply.wait_for(|reply| *reply == Reply::Held).await;
        held.expect("the proxy is here");
    }

    /// Releases the held replies.
    pub fn release(&self) {
        self.reply.send_replace(Reply::Passed);
    }

    async fn forward(
        &self,
        mut client: TcpStream,
        mut server: TcpStream,
        cut: Cut,
    ) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut from_client, mut from_server) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        let mut clients_turn = false;
        let mut silent = false;
        let mut reply = self.reply.subscribe();
        loop {
            let is_held = *reply.borrow_and_update() == Reply::Held;
            tokio::select! {
                changed = reply.changed() => changed.expect("the proxy is here"),
                read = client.read(&mut from_client) => {
                    let read = read?;
                    if read == 0 {
                        return server.shutdown().await;
                    }
                    if !clients_turn {
                        clients_turn = true;
                        if !is_ping(&from_client[..read]) {
                            self.turns.fetch_add(1, Ordering::SeqCst);
                        }
                        if self.until_cut.fetch_sub(1, Ordering::SeqCst) == 0 {
                            match cut {
                                Cut::Before => return Ok(()),
                                Cut::After => silent = true,
                            }
                        }
                    }
                    self.reply.send_if_modified(|reply| {
                        let said = |word: &str| {
                            let mut words = from_client[..read].windows(word.len());
                            words.any(|said| said == word.as_bytes())
                        };
                        let is_said = matches!(reply, Reply::HeldAfter(word) if said(word));
                        if is_said {
                            *reply = Reply::Held;
                        }
                        is_said
                    });
                    server.write_all(&from_client[..read]).await?;
                }
                read = server.read(&mut from_server), if !is_held => {
                    let read = read?;
                    if read == 0 || silent {
                        return Ok(());
                    }
                    clients_turn = false;
                    client.write_all(&from_server[..read]).await?;
                }
            }
        }
    }
}

/// The address in a database's URL.
pub fn server(url: &str) -> SocketAddr {
    let (_, address) = url.split_once('@').expect("a URL with a user");
    let (address, _) = address.split_once('/').expect("a URL with a database");
    let mut addresses = address.to_socket_addrs().expect("an address with a port");
    addresses.next().expect("a known host")
}

/// The URL of the same database with another address.
pub fn through(url: &str, address: SocketAddr) -> String {
    let (user, rest) = url.split_once('@').expect("a URL with a user");
    let (_, database) = rest.split_once('/').expect("a URL with a database");
    format!("{user}@{address}/{database}")
}

/// Whether a pool sent a ping, as it does when a connection is acquired or returned: a lone Sync on PostgreSQL,
/// COM_PING on MySQL.
fn is_ping(sent: &[u8]) -> bool {
    sent == [b'S', 0, 0, 0, 4] || sent == [1, 0, 0, 0, 0x0e]
}

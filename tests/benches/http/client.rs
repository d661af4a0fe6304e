//! A client with little overhead, because it runs beside the server.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A persistent connection.
pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let answer = Vec::with_capacity(1024);
        Self { stream, answer }
    }

    /// Sends a patch and waits for its answer, which is 200 and empty.
    pub async fn patch(&mut self, path: &str, body: &str) -> Duration {
        let length = body.len();
        let request = format!(
            "PATCH {path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: Mozilla/5.0\r\nx-user: 7\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let start = Instant::now();
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        self.answer.clear();
        while !self.answer.ends_with(b"\r\n\r\n") {
            let read = self
                .stream
                .read_buf(&mut self.answer)
                .await
                .expect("an answer");
            assert!(read > 0, "the server has gone");
        }
        let answer = String::from_utf8_lossy(&self.answer);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("content-length: 0"), "{answer}");
        start.elapsed()
    }

    /// Requests a page. Returns the time until it has arrived, and its length.
    pub async fn get(&mut self, path: &str) -> (Duration, usize) {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nx-user: 7\r\n\r\n");
        let start = Instant::now();
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("a request");
        self.answer.clear();
        let mut wanted = None;
        while wanted.is_none_or(|(head, body)| self.answer.len() < head + body) {
            let read = self.stream.read_buf(&mut self.answer).await;
            assert!(read.expect("an answer") > 0, "the server has gone");
            if wanted.is_none()
                && let Some(end) = self.answer.windows(4).position(|part| part == b"\r\n\r\n")
            {
                let head = String::from_utf8_lossy(&self.answer[..end]);
                assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                let length = length.and_then(|length| length.parse().ok());
                wanted = Some((end + 4, length.expect("a length")));
            }
        }
        (start.elapsed(), wanted.map_or(0, |(_, length)| length))
    }
}

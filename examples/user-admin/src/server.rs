//! The HTTP server, with time limits for connections.

use std::{future::Future, io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    select,
    sync::watch,
    time::{sleep, timeout},
};
use tower::ServiceExt;

/// The limit for receiving the head of a request, counted from the previous answer.
const HEAD: Duration = Duration::from_secs(15);

/// The limit from the head of a request to the head of its answer: for receiving the body, and for the work.
pub const ANSWER: Duration = Duration::from_secs(30);

/// The limit for all requests of a connection.
const CONNECTION: Duration = Duration::from_secs(300);

/// The limit for the client to read the last answer.
const LAST: Duration = Duration::from_secs(30);

/// Serves until `stop`, then answers the requests that have already arrived.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (stopping, stopped) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let accepted = select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::spawn(connection(stream, peer, app.clone(), stopped.clone()));
            }
            Err(error) => {
                // The error is about one connection, or there are too many connections.
                tracing::warn!(%error, "a connection was not accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop((listener, stopped));
    stopping.send_replace(());
    stopping.closed().await;
    Ok(())
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    app: Router,
    mut stopped: watch::Receiver<()>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = select! {
        ended = &mut connection => Some(ended),
        () = sleep(CONNECTION) => None,
        _ = stopped.changed() => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            timeout(LAST, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, error = &error as &dyn std::error::Error, "a connection was cut");
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        time::Instant,
    };

    use super::*;
    use crate::{app::app, database, sessions::Sessions};

    const LOGIN: &str = "POST /login HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\
                         content-type: application/x-www-form-urlencoded\r\n\r\n";

    /// The service, with a paused clock that advances only while all tasks wait.
    async fn service() -> Router {
        let db = database::open(None).await.unwrap();
        tokio::time::pause();
        app(db, Sessions::default(), false)
    }

    /// The client's end of a connection to the service, with a buffer of `room` bytes.
    fn connected(app: &Router, room: usize) -> (DuplexStream, watch::Sender<()>) {
        let (client, server) = duplex(room);
        let (stopping, stopped) = watch::channel(());
        let peer = SocketAddr::from(([127, 0, 0, 1], 4711));
        tokio::spawn(connection(server, peer, app.clone(), stopped));
        (client, stopping)
    }

    async fn rest(client: &mut DuplexStream) -> String {
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_is_not_waited_for() {
        let app = service().await;
        for sent in ["", "G", "GET /style.css HTTP/1.1\r\nhost: local"] {
            let (mut client, _stopping) = connected(&app, 1024);
            let start = Instant::now();
            client.write_all(sent.as_bytes()).await.unwrap();
            rest(&mut client).await;
            assert_eq!(start.elapsed().as_secs(), HEAD.as_secs(), "{sent:?}");
        }
    }

    #[tokio::test]
    async fn an_idle_connection_ends() {
        let app = service().await;
        let (mut client, _stopping) = connected(&app, 64 * 1024);
        let start = Instant::now();
        let request = b"GET /style.css HTTP/1.1\r\nhost: localhost\r\n\r\n";
        client.write_all(request).await.unwrap();
        assert!(rest(&mut client).await.starts_with("HTTP/1.1 200 OK\r\n"));
        assert_eq!(start.elapsed().as_secs(), HEAD.as_secs());
    }

    #[tokio::test]
    async fn a_body_that_drips_is_not_waited_for() {
        let app = service().await;
        let (client, _stopping) = connected(&app, 64 * 1024);
        let start = Instant::now();
        let (mut reader, mut writer) = tokio::io::split(client);
        writer.write_all(LOGIN.as_bytes()).await.unwrap();
        tokio::spawn(async move {
            // Until the server stops reading.
            while writer.write_all(b"a").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        let mut answer = [0; 64 * 1024];
        let length = reader.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert_eq!(start.elapsed().as_secs(), ANSWER.as_secs());
    }

    #[tokio::test]
    async fn an_answer_that_is_not_read_is_given_up() {
        let app = service().await;
        // The buffer is smaller than the answer.
        let (mut client, stopping) = connected(&app, 64);
        let start = Instant::now();
        let request = b"GET /style.css HTTP/1.1\r\nhost: localhost\r\n\r\n";
        client.write_all(request).await.unwrap();
        stopping.closed().await;
        assert_eq!(start.elapsed().as_secs(), (CONNECTION + LAST).as_secs());
    }

    #[tokio::test]
    async fn a_connection_that_is_told_to_stop_does() {
        let app = service().await;
        let (mut client, stopping) = connected(&app, 1024);
        let start = Instant::now();
        stopping.send_replace(());
        rest(&mut client).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

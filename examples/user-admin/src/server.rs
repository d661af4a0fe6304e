//! Connections: none is kept for longer than its work takes, whatever its client does or leaves undone.

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

/// For the head of a request to arrive. It counts from the answer before.
const HEAD: Duration = Duration::from_secs(15);

/// From the head of a request to the answer's: for the body to arrive, and for the work.
pub const ANSWER: Duration = Duration::from_secs(30);

/// For all requests of a connection.
const CONNECTION: Duration = Duration::from_secs(300);

/// For the last answer to be read.
const LAST: Duration = Duration::from_secs(30);

/// Serves until it is told to stop, and then what has been asked by then.
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
                // Of one connection, or there are too many of them.
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

    /// The service, for which time passes from now on only where all wait for it.
    async fn service() -> Router {
        let db = database::open(None).await.unwrap();
        tokio::time::pause();
        app(db, Sessions::default(), false)
    }

    /// The client's end of a connection to it, with room for so many bytes on the way.
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
            // Until nobody reads it any more.
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
        // No room for the answer.
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

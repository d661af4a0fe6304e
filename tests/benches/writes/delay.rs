//! A proxy that delays data to and from a server by a fixed time, whatever the load.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Bytes on the way. An empty parcel marks the end of the stream.
struct Parcel {
    due: Instant,
    receiver: Arc<TcpStream>,
    bytes: Vec<u8>,
}

/// Starts a proxy in its own threads, which end with the process. Returns its address.
pub fn start(server: SocketAddr, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener");
    // The delay is the same for all data, so one queue for each direction keeps the order.
    let (to_server, to_client) = (queue(), queue());
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.expect("a client");
            let server = TcpStream::connect(server).expect("the server listens");
            for stream in [&client, &server] {
                stream.set_nodelay(true).expect("a TCP stream");
            }
            let (client, server) = (Arc::new(client), Arc::new(server));
            send(&client, &server, &to_server, delay);
            send(&server, &client, &to_client, delay);
        }
    });
    address
}

fn queue() -> Sender<Parcel> {
    let (sender, parcels) = channel();
    thread::spawn(move || deliver(parcels));
    sender
}

fn send(from: &Arc<TcpStream>, to: &Arc<TcpStream>, queue: &Sender<Parcel>, delay: Duration) {
    let (from, receiver, queue) = (from.clone(), to.clone(), queue.clone());
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        loop {
            // A broken connection ends like a closed one.
            let read = (&*from).read(&mut buffer).unwrap_or(0);
            let parcel = Parcel {
                due: Instant::now() + delay,
                receiver: receiver.clone(),
                bytes: buffer[..read].to_vec(),
            };
            if queue.send(parcel).is_err() || read == 0 {
                return;
            }
        }
    });
}

fn deliver(parcels: Receiver<Parcel>) {
    for parcel in parcels {
        thread::sleep(parcel.due.saturating_duration_since(Instant::now()));
        let mut receiver = &*parcel.receiver;
        // The receiver may have hung up.
        let _ = if parcel.bytes.is_empty() {
            receiver.shutdown(Shutdown::Write)
        } else {
            receiver.write_all(&parcel.bytes)
        };
    }
}

/// The time of a round trip over such a connection: the median of many.
pub fn round_trip(delay: Duration) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = listener.local_addr().expect("a bound listener");
    thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        client.set_nodelay(true).expect("a TCP stream");
        let mut byte = [0];
        while client.read_exact(&mut byte).is_ok() {
            client.write_all(&byte).expect("a client that listens");
        }
    });
    let mut line = TcpStream::connect(start(server, delay)).expect("the proxy listens");
    line.set_nodelay(true).expect("a TCP stream");
    let mut times: Vec<_> = (0..201)
        .map(|_| {
            let started = Instant::now();
            line.write_all(&[0]).expect("the line holds");
            line.read_exact(&mut [0]).expect("an echo");
            started.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

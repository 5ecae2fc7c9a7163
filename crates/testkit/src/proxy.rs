//! A TCP proxy between a test and a server, which delays, freezes or cuts what passes.
//!
//! It knows no protocol. The rule not to be broken: bytes keep their order.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until},
};

const CHUNK_BYTES: usize = 16 * 1024;
const QUEUE_CHUNKS: usize = 1_024;
const FROZEN_POLL: Duration = Duration::from_millis(5);

/// Stands between a client and a server. Dropped, it cuts all connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    wire: Arc<Wire>,
    accept: tokio::task::JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Wire {
    delay_ms: AtomicU64,
    is_frozen: AtomicBool,
    is_refusing: AtomicBool,
    cut: Notify,
}

impl Proxy {
    /// Gives the port on the loopback address.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Delays what the server answers from now on.
    pub fn delay_answers(&self, delay: Duration) {
        self.wire.delay_ms.store(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Lets nothing pass any more, while connections stay open; or lets it pass again.
    pub fn freeze(&self, is_frozen: bool) {
        self.wire.is_frozen.store(is_frozen, Ordering::SeqCst);
    }

    /// Cuts all connections and refuses new ones; or accepts again.
    pub fn refuse(&self, is_refusing: bool) {
        self.wire.is_refusing.store(is_refusing, Ordering::SeqCst);
        if is_refusing {
            self.wire.cut.notify_waiters();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accept.abort();
        self.wire.cut.notify_waiters();
    }
}

/// Opens a proxy before a server, given as `host:port`.
pub async fn proxy(server: &str) -> Proxy {
    let listener = match TcpListener::bind(("127.0.0.1", 0)).await {
        Ok(listener) => listener,
        Err(error) => panic!("the proxy cannot listen: {error}"),
    };
    let address = listener.local_addr().unwrap_or_else(|error| panic!("the proxy has no address: {error}"));
    let wire = Arc::new(Wire::default());
    let accept = tokio::spawn(accept(listener, server.to_owned(), Arc::clone(&wire)));
    Proxy { address, wire, accept }
}

async fn accept(listener: TcpListener, server: String, wire: Arc<Wire>) {
    while let Ok((client, _)) = listener.accept().await {
        if wire.is_refusing.load(Ordering::SeqCst) {
            continue;
        }
        let (server, wire) = (server.clone(), Arc::clone(&wire));
        tokio::spawn(async move {
            let Ok(upstream) = TcpStream::connect(&server).await else { return };
            let _ = (client.set_nodelay(true), upstream.set_nodelay(true));
            let (client_read, client_write) = client.into_split();
            let (server_read, server_write) = upstream.into_split();
            tokio::select! {
                () = wire.cut.notified() => {}
                () = pass(client_read, server_write, &wire, false) => {}
                () = pass(server_read, client_write, &wire, true) => {}
            }
        });
    }
}

/// Passes bytes one way, each chunk after its delay.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, wire: &Wire, is_answer: bool) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(QUEUE_CHUNKS);
    let read = async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(length) = from.read(&mut chunk).await {
            let Some(bytes) = chunk.get(..length).filter(|bytes| !bytes.is_empty()) else { return };
            let delay_ms = if is_answer { wire.delay_ms.load(Ordering::SeqCst) } else { 0 };
            let due = Instant::now() + Duration::from_millis(delay_ms);
            if sender.send((due, bytes.to_vec())).await.is_err() {
                return;
            }
        }
    };
    let write = async move {
        while let Some((due, bytes)) = receiver.recv().await {
            sleep_until(due).await;
            while wire.is_frozen.load(Ordering::SeqCst) {
                sleep(FROZEN_POLL).await;
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(read, write);
}

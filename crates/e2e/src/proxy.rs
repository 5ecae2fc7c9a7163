//! A TCP proxy that a test can close and open again: the network between the platform and a database.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::{Context, Result};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A proxy on loopback. Ends with the value.
#[derive(Debug)]
pub struct Proxy {
    address: String,
    target: String,
    open: Arc<AtomicBool>,
    cut: watch::Sender<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// A proxy to the server that the URL names.
    ///
    /// # Errors
    /// When the URL names no server or no port is free.
    pub async fn to(url: &str) -> Result<Self> {
        let target = server_of(url).with_context(|| format!("no host and port in {url}"))?.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let open = Arc::new(AtomicBool::new(true));
        let (cut, watcher) = watch::channel(0);
        let task = tokio::spawn(serve(listener, target.clone(), Arc::clone(&open), watcher));
        Ok(Self { address, target, open, cut, task })
    }

    /// The URL with the proxy in the server's place.
    pub fn url(&self, url: &str) -> String {
        url.replacen(&self.target, &self.address, 1)
    }

    /// Cuts every connection and refuses new ones.
    pub fn close(&self) {
        self.open.store(false, Ordering::SeqCst);
        self.cut.send_modify(|times| *times += 1);
    }

    /// Lets connections through again.
    pub fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn server_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split('/').next()?;
    Some(authority.rsplit_once('@').map_or(authority, |(_, server)| server))
}

async fn serve(listener: TcpListener, target: String, open: Arc<AtomicBool>, cut: watch::Receiver<u64>) {
    while let Ok((mut client, _)) = listener.accept().await {
        if !open.load(Ordering::SeqCst) {
            continue;
        }
        let (target, mut cut) = (target.clone(), cut.clone());
        cut.mark_unchanged();
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(target).await else { return };
            let _ = client.set_nodelay(true);
            let _ = server.set_nodelay(true);
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

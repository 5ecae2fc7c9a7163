//! The provider sandbox: Alipay's, WeChat Pay's and UnionPay's side of the wire, for development.
//!
//! A server of its own that speaks the providers' real protocols: real signatures, real ciphertext, real callbacks. The
//! formats stand in `wire`; what is here is what a provider remembers and decides. It knows nothing of this platform:
//! to it, dormpay is a merchant like any other.
//!
//! A trade waits, then it is paid or closed; what was paid can be given back. Every step is durable before it is
//! answered and survives a restart, notifications still to be sent included.
//!
//! Rules not to be broken: nothing happens before a signature holds; paid wins; a number means one thing; the book is
//! the sum of what moved; there is no sandbox in production.

mod alipay;
mod beijing;
mod cashier;
mod control;
mod desk;
mod faults;
mod keys;
mod notices;
mod router;
mod server;
mod settings;
mod store;
mod tickets;
mod trades;
mod unionpay;
mod webhooks;
mod wechat;

use std::sync::Arc;

use clock::Clock;
use fault::Fault;
use tokio::{net::TcpListener, sync::Notify, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

pub use crate::settings::{Settings, is_wanted};
use crate::{desk::Desk, faults::Faults, keys::Keys, notices::Sender, store::Store, webhooks::Webhooks};

/// Makes the keys, if there are none, and writes `sandbox.env`: for whoever reads it before the sandbox runs.
/// *Errors*: internal.
pub fn prepare(settings: &Settings) -> Result<(), Fault> {
    Keys::take(&settings.folder)?;
    keys::write_env(&settings.folder, &settings.url_at(settings.addr)).map(drop).map_err(Fault::internal)
}

/// Serves until it is told to stop, then ends in order. *Errors*: internal, if it cannot start.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    run_at(settings, Clock::system(), stop).await
}

/// As [`run`], at the time of somebody else's clock: for tests of merchants.
pub async fn run_at(settings: Settings, clock: Clock, stop: CancellationToken) -> Result<(), Fault> {
    let open = open(settings, clock, stop).await?;
    open.serve().await;
    Ok(())
}

/// A sandbox that listens and is ready to serve.
struct Open {
    desk: Desk,
    listener: TcpListener,
}

async fn open(settings: Settings, clock: Clock, stop: CancellationToken) -> Result<Open, Fault> {
    let listener = TcpListener::bind(settings.addr).await;
    let listener = listener.map_err(|error| Fault::internal(format!("{}: {error}", settings.addr)))?;
    let url = settings.url_at(listener.local_addr().map_err(Fault::internal)?);
    let (folder, env_url, wake) = (settings.folder.clone(), url.clone(), Arc::new(Notify::new()));
    let changed = Arc::clone(&wake);
    let made = spawn_blocking(move || {
        let keys = Keys::take(&folder)?;
        let path = keys::write_env(&folder, &env_url).map_err(Fault::internal)?;
        Ok::<_, Fault>((keys, Store::open(&folder, changed)?, path))
    });
    let (keys, store, path) = made.await.map_err(Fault::internal)??;
    tracing::info!(url, env = %path.display(), "the provider sandbox is at {url}");
    let desk = Desk {
        sender: Sender::new(clock.clone())?,
        clock,
        store,
        keys: Arc::new(keys),
        faults: Arc::new(Faults::default()),
        webhooks: Arc::new(Webhooks::default()),
        url: url.into(),
        time_scale: settings.time_scale,
        wake,
        stop,
    };
    Ok(Open { desk, listener })
}

impl Open {
    async fn serve(self) {
        let worker = tokio::spawn(notices::run(self.desk.clone()));
        server::serve(self.listener, router::router(self.desk.clone()), self.desk.stop.clone()).await;
        let _ = worker.await;
    }
}

#[cfg(test)]
mod tests;

//! Where things are, and waiting until they are there.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use settings::Source;
use tokio::time::{Instant, sleep};

const POLL_MS: u64 = 50;

/// The address of the public HTTP listener as a URL that works on this machine.
pub(crate) fn public_url(source: &Source) -> Result<String> {
    let settings = gateway::Settings::read(source)?;
    Ok(format!("http://{}", reachable(settings.http_addr)))
}

/// The address of the WebSocket listener that works on this machine.
pub(crate) fn websocket_url(source: &Source) -> Result<String> {
    Ok(format!("ws://{}", reachable(gateway::Settings::read(source)?.websocket_addr)))
}

/// Prints one line an address.
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) fn print(source: &Source) -> Result<()> {
    let settings = gateway::Settings::read(source)?;
    let (public, socket) = (reachable(settings.http_addr), reachable(settings.websocket_addr));
    println!("  API         http://{public}/api      docs http://{public}/docs");
    println!("  WebSocket   ws://{socket}");
    println!("  operations  http://{}/metrics", reachable(settings.operations_addr));
    if sandbox::is_wanted(source) {
        let sandbox = sandbox::Settings::read(source)?;
        println!("  sandbox     http://{}/", reachable(sandbox.addr));
    }
    Ok(())
}

/// Waits until the gateway says that it and everything behind it is ready.
pub(crate) async fn wait(source: &Source, seconds: u64, pid: Option<u32>) -> Result<()> {
    let settings = gateway::Settings::read(source)?;
    let url = format!("http://{}/health/ready", reachable(settings.operations_addr));
    // Already installed by another part of the program: just as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(2)).build()?;
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut last = "no answer".to_owned();
    while Instant::now() < deadline {
        if pid.is_some_and(|pid| !PathBuf::from(format!("/proc/{pid}")).exists()) {
            bail!("the process ended before it was ready");
        }
        match client.get(&url).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => last = answer.text().await.context("reading the answer")?,
            Err(error) => last = error.to_string(),
        }
        sleep(Duration::from_millis(POLL_MS)).await;
    }
    bail!("not ready after {seconds} s; {url} says: {last}")
}

/// A listener on every address is reached through loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address }
}

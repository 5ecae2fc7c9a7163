//! The gateway: HTTP and WebSocket in, gRPC out.
//!
//! It shows the core of seven services through the faces that the documents print (contract section 3), admits
//! callers, limits them, and passes live events on. It has no database and decides nothing about money or rights on
//! objects: services do. Three listeners: public HTTP, the public WebSocket of document 000, operations. The rule not
//! to be broken: nothing of the inside is reachable on a public listener.

mod access;
mod app;
mod callbacks;
mod callers;
mod details;
mod extract;
mod faces;
mod gateway;
mod going;
mod language;
mod layers;
mod links;
mod live;
mod peers;
mod problem;
mod pulse;
mod returning;
mod sandbox;
mod server;
pub mod settings;
mod visit;
mod web;

use fault::Fault;
use tokio_util::sync::CancellationToken;

pub use crate::settings::Settings;

/// Serves until `stop`, then ends within the time of the settings.
///
/// *Errors*: internal, when an address cannot be listened on. Services and Redis may be away at the start.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let gateway = gateway::Gateway::bind(&settings, clock::Clock::system()).await?;
    let addresses = gateway.addresses()?;
    tracing::info!(
        http = %addresses.http, websocket = %addresses.websocket, operations = %addresses.operations,
        "the gateway listens on {}", addresses.http
    );
    gateway.serve(stop).await;
    Ok(())
}

#[cfg(test)]
mod tests;

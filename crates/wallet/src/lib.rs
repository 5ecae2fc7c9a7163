//! The wallet service: what users have with us.
//!
//! So far it tells balances; nothing moves before the double-entry ledger's own issue, which extends the table
//! `account`. Payments, orders and what flatmates owe each other belong to other services.
//!
//! An account exists from its first entry on; before that it reads as zero and is not written.
//!
//! Rules not to be broken: a balance and what is held of it are never negative, and never more is held than is there;
//! nobody but its owner and an administrator learns whether an account exists.

pub mod access;
mod grpc;
mod operations;
mod service;
mod settings;
mod store;

use clock::Clock;
use fault::Fault;
use host::{Door, Host, Open};
use tokio_util::sync::CancellationToken;

use crate::service::Service;
pub use crate::settings::Settings;

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until it is told to stop, then ends in order. *Errors*: internal, if it cannot
/// start or ends by itself.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings).await?.serve(stop).await
}

async fn open(host: Host, settings: &Settings) -> Result<Open, Fault> {
    let service = Service::new(&host);
    let schedule = host::nightly_clean_up(host.db(), "wallet_cleanup", settings.zone);
    host.schedule(schedule).open(Door::new(access::TABLE).serving(grpc::wallet(service))).await
}

#[cfg(test)]
mod tests;

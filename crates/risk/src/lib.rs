//! The risk service: whose money moves without a question, and whose does not.
//!
//! So far it keeps the lists of always allowed and always refused users, which the rules of its own issue will read.
//! Payments, balances and people belong to other services.
//!
//! A user is on no list, on the allow list or on the block list; from one list to the other he goes by being taken
//! off first.
//!
//! Rules not to be broken: nobody is on both lists; every change leaves an audit row in its own transaction.

pub mod access;
mod domain;
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

/// Serves until it is told to stop, then ends in order. *Errors*: internal, if it cannot start or ends by itself.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings).await?.serve(stop).await
}

async fn open(host: Host, settings: &Settings) -> Result<Open, Fault> {
    let service = Service::new(&host);
    let schedule = host::nightly_clean_up(host.db(), "risk_cleanup", settings.zone);
    host.schedule(schedule).open(Door::new(access::TABLE).serving(grpc::risk(service))).await
}

#[cfg(test)]
mod tests;

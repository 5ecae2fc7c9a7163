//! The wallet service: the double-entry ledger in which every yuan stands.
//!
//! It owns accounts, transfers and their entries, holds, and the payment passwords and limits that guard debits. Everything that moves is a transfer of two or more legs that
//! add up to zero for each asset; it is written once and never changed. Payments, orders and what flatmates owe each
//! other belong to other services, which move money through this one.
//!
//! Transfers that come at the same time are committed together (`operations::ledger`); the walk of `domain` decides
//! about each by itself. An account exists from its first entry on; before that it reads as zero and is not written.
//!
//! ```text
//! hold: open -> settled | released | expired
//! ```
//!
//! Rules not to be broken: all balances of an asset add up to zero; a balance is the sum of its entries; nobody but a
//! channel and the issue of points is ever below zero, and never more is held than is there; a key has one effect; no
//! balance is believed that was not read under its lock.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod access;
mod answers;
mod changes;
mod domain;
mod grpc;
mod names;
mod operations;
mod password_key;
mod passwords;
mod people;
mod service;
mod settings;
mod store;
mod wire;
mod workers;

use clock::Clock;
use fault::Fault;
use host::{Door, Host, Open};
use tokio_util::sync::CancellationToken;

use crate::service::Service;
pub use crate::{
    operations::check_ledger::{Check, Proof, run as check_ledger},
    settings::Settings,
};

/// The largest request: a hundred transfers of a hundred legs.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until it is told to stop, then ends in order. *Errors*: internal, if it cannot
/// start or ends by itself.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings.own).await?.serve(stop).await
}

async fn open(host: Host, own: &settings::Own) -> Result<Open, Fault> {
    let service = Service::new(&host, own)?;
    let schedule = host::nightly_clean_up(host.db(), "wallet_cleanup", own.zone);
    let (expiring, changes) = (service.clone(), service.changes.clone());
    host.schedule(schedule)
        .worker("expiry of holds", |stop| workers::expiry(expiring, stop))
        .worker("changes of wallets", |stop| changes.run(stop))
        .open(Door::new(access::TABLE).serving(grpc::wallet(service)).request_bytes_max(REQUEST_BYTES_MAX))
        .await
}

#[cfg(test)]
mod tests;

//! The payment service: what is paid through us, and what goes back.
//!
//! It owns attempts to pay orders, their refunds, withdrawals out of wallets, what was said to the providers and by them,
//! and money in suspense; it runs the tasks around payments too (000-E35, 000-E36). Orders belong to the bill service,
//! money to the wallet: both are told by durable jobs until they have heard it. Bills, shares and balances belong to
//! other services.
//!
//! ```text
//! payment: processing -> success -> refunding -> partially_refunded -> refunding -> refunded
//!              |  |                     '-> success | refunded
//!              |  '-> failed
//!              '----> cancelled          money that comes after an end: suspense, and back
//! refund:  waiting_approval -> processing -> success | failed
//! withdrawal: pending -> processing -> success | failed
//! ```
//!
//! Rules not to be broken: one open attempt for each order and method, one success for each order, each a unique index;
//! a state changes by one conditional update under the row's lock, with history, audit and what follows in the same
//! transaction; no network call inside a transaction, and none whose effect would be lost by a crash; a payment is closed
//! at its provider before it is closed here, and a provider that says "paid" wins; what an order does not accept goes to
//! suspense and back to the payer; refunds never add up to more than came; a wrong amount credits nobody; a
//! withdrawal is paid once and given back only when the provider says that it was not paid; nothing that a provider did
//! not sign changes anything. One runner of a task at a time; tasks never touch money.

pub mod access;
mod domain;
mod grpc;
mod milestone;
mod operations;
mod partners;
mod peers;
pub mod providers;
mod purse;
mod service;
mod settings;
mod store;
mod wire;
mod workers;

use clock::Clock;
use fault::Fault;
use host::{Door, Host, Open};
use tokio_util::sync::CancellationToken;

pub use crate::settings::{Rules, Settings};
use crate::{peers::Peers, service::Service};

/// The largest request: a callback that is much too large is still answered.
const REQUEST_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until it is told to stop, then ends in order. *Errors*: internal, if it cannot start or ends by itself.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings).await?.serve(stop).await
}

async fn open(host: Host, settings: &Settings) -> Result<Open, Fault> {
    let peers = Peers::new(&host, settings)?;
    let service = Service::new(&host, settings, workers::schedule(host.db(), &peers, settings.zone))?;
    let (schedule, relay) = (service.schedule.clone(), workers::relay(&service));
    let (sweeping, trusting, paying_out) = (service.clone(), service.clone(), service.clone());
    let door =
        Door::new(access::TABLE).serving(grpc::withdrawals(service.clone())).serving(grpc::payment(service));
    host.schedule(schedule)
        .relay(relay)
        .worker("sweep of payments and refunds", |stop| workers::sweep::run(sweeping, stop))
        .worker("trust in providers", |stop| workers::trust::run(trusting, stop))
        .worker("sweep of withdrawals", |stop| workers::withdrawals::run(paying_out, stop))
        .open(door.request_bytes_max(REQUEST_BYTES_MAX))
        .await
}

#[cfg(test)]
mod tests;

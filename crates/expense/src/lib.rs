//! The expense service: the truth of who owes whom.
//!
//! It owns expenses, who paid them, everybody's shares and what of them has been handed over, the history of every
//! change, settlements, balances, disputes, imports, and the division that bills bring about. Bills themselves,
//! rooms and people belong to other services.
//!
//! An expense is living or deleted. A share is open, then confirmed; an open dispute freezes it. A bill takes parts
//! of expenses (allocated), gives them back (released), or fixes their division (sealed).
//!
//! Rules not to be broken: payers and shares of an expense add up to its amount; the balance table equals what the
//! rows add up to at any instant; nothing is handed over twice, whether confirmed by expense or by bill.

use clock::Clock;
use fault::Fault;
use host::{Door, Host, Open};
use tokio_util::sync::CancellationToken;

pub mod access;
pub mod domain;
mod grpc;
mod operations;
mod people;
mod service;
pub mod settings;
mod store;
mod wire;
mod workers;

use crate::service::Service;
pub use crate::settings::Settings;

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until it is told to stop. A database or peer that is away makes it unready, never dead.
///
/// *Errors*: internal, if a key, an address or the port can't be used.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings).await?.serve(stop).await
}

/// Puts the service together and binds its addresses.
async fn open(host: Host, settings: &Settings) -> Result<Open, Fault> {
    let service = Service::new(&host, settings)?;
    let relay = workers::relay(&host, settings)?;
    let door = Door::new(access::TABLE)
        .request_bytes_max(grpc::REQUEST_BYTES_MAX)
        .serving(grpc::service(service.clone()))
        .serving(grpc::share_payments(service));
    host.relay(relay).open(door).await
}

#[cfg(test)]
mod tests;

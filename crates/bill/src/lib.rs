//! Group bills: several expenses put together for review and payment (000-E17 … E22).
//!
//! ```text
//! reserving ──► pending ──► approving ──► approved
//!     │           ▲ │            │
//!     ▼           │ ▼            └──► pending (the expenses could not be divided)
//! abandoned     rejected ──► pending (sent again)
//! ```
//!
//! `reserving`, `abandoned` and `approving` are intents written before the expense service is asked; people see the
//! last one as pending. Invariants: splits add up to the total; the author never reviews; every step stands in
//! `bill_history`. What is owed and handed over is not known here: the expense service holds that truth. The rule not
//! to be broken: no call to another service inside a transaction.

mod access;
mod domain;
mod grpc;
mod operations;
mod peers;
mod service;
mod settings;
mod store;
mod wire;
mod workers;

use clock::Clock;
use durable::outbox::Relay;
use fault::Fault;
use host::{Door, Host};
use news::Courier;
use tokio_util::sync::CancellationToken;

pub use settings::Settings;

/// The migrations of the service's database.
pub static MIGRATIONS: durable::Migrator = sqlx::migrate!();

/// Serves until `stop`.
///
/// # Errors
/// When an address is taken or a setting cannot be used; never because PostgreSQL or a peer is away.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host, Clock::system()).await?;
    open(host, &settings.own).await?.serve(stop).await
}

/// Puts the service together on a prepared host. Tests prepare their own.
async fn open(host: Host, own: &settings::Own) -> Result<host::Open, Fault> {
    let rooms = host.channel(&own.room_url)?;
    let expenses = peers::Expenses::new(host.channel(&own.expense_url)?);
    let service = service::Service {
        db: host.db().clone(),
        clock: host.clock().clone(),
        zone: own.zone,
        roster: roster::Roster::new(rooms.clone()),
        expenses,
    };
    let courier = Courier::new(rooms, host.channel(&own.user_url)?);
    let relay = workers::serve(courier.serve(Relay::new(host.db().clone())), &service);
    host.relay(relay).open(Door::new(access::TABLE).serving(grpc::bills(service))).await
}

#[cfg(test)]
mod tests;

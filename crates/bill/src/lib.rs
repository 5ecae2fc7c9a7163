//! Group bills (000-E17 … E22): several expenses put together for review and payment; and orders (003, 004): whatever
//! can be paid, and what becomes of it.
//!
//! ```text
//! reserving ──► pending ──► approving ──► approved
//!     │           ▲ │            │
//!     ▼           │ ▼            └──► pending (the expenses could not be divided)
//! abandoned     rejected ──► pending (sent again)
//!
//! order:   pending ──► paid ──► refunded | completed      refund: preparing ──► prepared ──► applied
//!             └──► cancelled                                         └──────────────┴──► released
//! ```
//!
//! `reserving`, `abandoned` and `approving` are intents written before the expense service is asked; people see the
//! last one as pending. Invariants: splits add up to the total; the author never reviews; every step stands in
//! `bill_history` or `order_history`; an order is paid once or cancelled once, never both; refunds never add up to more
//! than it. What is owed and handed over the expense service knows, memberships the user service, points and all money
//! the wallet; how somebody pays is the payment service's. The rule not to be broken: no call to another service inside
//! a transaction.

mod access;
mod domain;
mod grpc;
mod operations;
mod order_wire;
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
    let users = host.channel(&own.user_url)?;
    let service = service::Service {
        db: host.db().clone(),
        clock: host.clock().clone(),
        zone: own.zone,
        roster: roster::Roster::new(rooms.clone()),
        expenses: peers::Expenses::new(host.channel(&own.expense_url)?),
        memberships: peers::Memberships::new(users.clone()),
        points: peers::Points::new(host.channel(&own.wallet_url)?),
        order_life: own.order_life,
    };
    let redis = ephemeral::Redis::connect(&own.redis, host.clock().clone());
    let relay = workers::serve(Courier::new(rooms, users).serve(Relay::new(host.db().clone())), &service);
    let relay = workers::live::serve(workers::orders::serve(relay, &service), &redis);
    let schedule = workers::orders::schedule(host.db(), &service);
    let door = Door::new(access::TABLE).serving(grpc::bills(service.clone())).serving(grpc::orders(service));
    host.relay(relay).schedule(schedule).open(door).await
}

#[cfg(test)]
mod tests;

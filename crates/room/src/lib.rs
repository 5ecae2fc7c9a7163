//! The room service: who lives with whom, and what is heard in a room.
//!
//! It owns rooms, members, invites, and the event log of each room with its gap-free numbers. Money, people and the
//! meaning of other services' events belong to those services.
//!
//! ```text
//! room:   living ──► deleted            (softly, when every balance is zero)
//! member: entering ──► present ──► leaving ──► gone    (see operations::transit)
//! ```
//!
//! Rules not to be broken: a living room has an admin, and its owner is in it; a stranger hears that there is no such
//! room; a room's numbers have no gap, and an event has one number for ever; nobody leaves with an open balance.

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
use ephemeral::Redis;
use fault::Fault;
use host::{Door, Host};
use tokio_util::sync::CancellationToken;

use crate::{peers::Peers, service::Service};

pub use crate::settings::Settings;

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until `stop`.
///
/// *Errors*: when an address is taken or a setting cannot be used; never because PostgreSQL, Redis or a peer is away.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host, Clock::system()).await?;
    open(host, &settings.own).await?.serve(stop).await
}

/// Puts the service together on a prepared host. Tests prepare their own.
async fn open(host: Host, own: &settings::Own) -> Result<host::Open, Fault> {
    let service = Service {
        db: host.db().clone(),
        clock: host.clock().clone(),
        peers: Peers::new(host.channel(&own.expense_url)?, host.channel(&own.user_url)?),
        zone: own.zone,
    };
    let redis = Redis::connect(&own.redis, service.clock.clone());
    let host = host.relay(workers::relay(&service, redis)).schedule(workers::schedule(&service));
    host.open(Door::new(access::TABLE).serving(grpc::rooms(service))).await
}

#[cfg(test)]
mod tests;

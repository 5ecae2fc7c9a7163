//! How a service lives: from its settings to a clean end.
//!
//! The same for all seven: reading settings, the lazy database, the guard, the gRPC server with health, reflection
//! and audit, the relay, the sealer, the schedule, an operations listener, and the order in which they stop. What a
//! service does is not known here. The rule not to be broken: PostgreSQL or a peer that is away makes a service
//! unready, never dead.
//!
//! A service is put together like this, in its `lib.rs` and `service.rs`:
//!
//! ```ignore
//! pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
//!     let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
//!     open(host, &settings).await?.serve(stop).await
//! }
//!
//! async fn open(host: Host, settings: &Settings) -> Result<Open, Fault> {
//!     let service = Service::new(&host, settings)?; // host.db(), host.clock(), host.channel(&url)
//!     let relay = workers::relay(&service);
//!     let door = Door::new(access::TABLE).serving(grpc::bills(service));
//!     host.relay(relay).open(door).await
//! }
//! ```

mod audit;
mod call;
mod door;
mod host;
mod instant;
mod keys;
mod open;
mod page;
mod peer;
#[doc(hidden)]
pub mod puppet;
mod settings;
#[doc(hidden)]
pub mod testing;

pub use crate::{
    call::{Answer, Call, IDEMPOTENT_REPLAYED, Veil},
    door::Door,
    host::Host,
    instant::{instant, timestamp},
    keys::{forget_old_keys, in_batches, nightly_clean_up},
    open::Open,
    page::Page,
    peer::Peer,
    settings::{Reading, Settings, business_zone, read},
};

#[cfg(test)]
mod tests;

//! The payment service: what is paid through us.
//!
//! So far it runs the tasks around payments (000-E35, 000-E36): it has reminders sent, and has everything that expired
//! deleted everywhere. Payments themselves come with their own issue; bills, shares and balances belong to other
//! services.
//!
//! A task is idle or running. It becomes running by its timetable or by an administrator, on one copy of the service
//! however many there are, and idle again when the run has ended well or badly; either is counted.
//!
//! Rules not to be broken: one runner of a task at a time; a missed run is caught up once; tasks are safe to run
//! twice and never touch money.

pub mod access;
mod domain;
mod grpc;
mod operations;
mod peers;
pub mod providers;
mod service;
mod settings;
mod store;
mod workers;

use clock::Clock;
use fault::Fault;
use host::{Door, Host, Open};
use tokio_util::sync::CancellationToken;

pub use crate::settings::Settings;
use crate::{peers::Peers, service::Service};

/// The migrations of this service's database.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until it is told to stop, then ends in order. *Errors*: internal, if it cannot start or ends by itself.
pub async fn run(settings: Settings, stop: CancellationToken) -> Result<(), Fault> {
    let host = Host::prepare(settings.host.clone(), Clock::system()).await?;
    open(host, &settings).await?.serve(stop).await
}

async fn open(host: Host, settings: &Settings) -> Result<Open, Fault> {
    let peers = Peers::new(&host, settings)?;
    let service = Service::new(&host, workers::schedule(host.db(), &peers, settings.zone));
    let schedule = service.schedule.clone();
    host.schedule(schedule).open(Door::new(access::TABLE).serving(grpc::payment(service))).await
}

#[cfg(test)]
mod tests;

//! What this service does unasked: the tasks and their timetable (contract section 9).
//!
//! How one runner at a time is found lives in `durable::schedule`. The rule not to be broken: each task is safe to run
//! twice and works in bounded steps.

mod clean_up;
mod live;
mod remind;
pub(crate) mod sweep;
mod sync;
pub(crate) mod trust;
pub(crate) mod withdrawals;

use std::time::Duration;

use chrono::NaiveTime;
use chrono_tz::Tz;
use durable::{
    Database,
    outbox::{JobView, Relay},
    schedule::Schedule,
};
use fault::Fault;

pub(crate) use self::{
    live::{copy, copy_new, forget, payment_created, payment_success, refund_updated},
    sweep::REFUND_PAUSE_SECONDS,
};
use crate::{
    domain::Task,
    operations::{refunding, settling},
    peers::Peers,
    service::Service,
};

/// Tells order and ledger of money that came; keyed by the payment.
pub(crate) const SETTLE: &str = "payment_settle";
/// The stream of [`SETTLE`].
pub(crate) const SETTLE_QUEUE: &str = "payment.settle";
/// Payments that are fetched together: to look for each by itself costs the database more than to settle it.
const SETTLED_TOGETHER: u16 = 64;
/// Carries out the refund of money that nobody may keep; keyed by the payment.
pub(crate) const REFUND: &str = "payment_refund";
/// The stream of [`REFUND`].
pub(crate) const REFUND_QUEUE: &str = "payment.refund";

const SYNC_EVERY: Duration = Duration::from_hours(2);
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// Makes the timetable: reminders at noon, reconciliation every two hours, the clean-up at midnight, days being those
/// of the business zone.
pub(crate) fn schedule(db: &Database, peers: &Peers, zone: Tz) -> Schedule {
    let (reminding, cleaning, own) = (peers.clone(), peers.clone(), db.clone());
    Schedule::new(db.clone())
        .daily_at(Task::Reminder.name(), NOON, zone, move || {
            let peers = reminding.clone();
            async move { remind::run(&peers).await }
        })
        .every(Task::Sync.name(), SYNC_EVERY, sync::run)
        .daily_at(Task::Cleanup.name(), NaiveTime::MIN, zone, move || {
            let (peers, db) = (cleaning.clone(), own.clone());
            async move { clean_up::run(&peers, &db).await }
        })
}

/// Makes the relay that carries out what must happen.
pub(crate) fn relay(service: &Service) -> Relay {
    let (settling_of, refunding_of) = (service.clone(), service.clone());
    let relay =
        Relay::new(service.db.clone())
            .on_many(SETTLE, SETTLED_TOGETHER, move |jobs: Vec<JobView>| {
                let service = settling_of.clone();
                async move {
                    settling::run_all(&service, jobs.iter().map(subject).collect::<Result<_, _>>()?).await
                }
            })
            .on(REFUND, move |job: JobView| {
                let service = refunding_of.clone();
                async move {
                    let id = subject(&job)?;
                    // The sweeper goes on with what is not done now.
                    if let Err(fault) = refunding::advance(&service, id).await {
                        tracing::debug!(refund_id = id, %fault, "refund {id} waits for the sweeper");
                    }
                    Ok(())
                }
            });
    live::serve(relay, service)
}

/// Reads what a job is about.
fn subject(job: &JobView) -> Result<i64, Fault> {
    let bytes: [u8; 8] = job.payload.as_slice().try_into().map_err(Fault::internal)?;
    Ok(i64::from_be_bytes(bytes))
}

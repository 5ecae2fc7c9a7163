//! Carries on withdrawals that did not end by themselves, and shows those that are stuck.
//!
//! Every copy of the service does it; rows are taken with `for update skip locked` and put off before anybody is asked.
//! It has a loop of its own, so that a slow question about a payment delays none of them. The rule not to be broken: a
//! fault ends one try, never the sweep.

use std::time::Duration;

use chrono::TimeDelta;
use fault::Fault;
use money::Minor;
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{operations::paying_out, service::Service, store::withdrawals};

/// How long the sweep rests.
const PAUSE: Duration = Duration::from_secs(1);
/// Rows that are taken at once, and carried on side by side.
const BATCH: i64 = 16;
/// Batches of one round at most; the next round goes on.
const BATCHES_MAX: usize = 20;
/// How long a withdrawal is left alone after it was begun or tried. *Units*: seconds.
pub(crate) const PAUSE_SECONDS: i64 = 15;
/// How old an open withdrawal is that people should look at. *Units*: minutes.
const STUCK_MINUTES: i64 = 10;
/// How often it is counted how many are stuck.
const COUNT_EVERY: Duration = Duration::from_secs(30);

/// Sweeps until it is told to stop.
pub(crate) async fn run(service: Service, stop: CancellationToken) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut counted: Option<Instant> = None;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if stop.run_until_cancelled(round(&service)).await.is_none() {
            return;
        }
        if counted.is_none_or(|at| at.elapsed() >= COUNT_EVERY) {
            counted = Some(Instant::now());
            if let Err(fault) = count_stuck(&service).await {
                tracing::warn!(%fault, "withdrawals that are stuck could not be counted");
            }
        }
    }
}

/// One round: what is due now. A try that is cut off by the end comes again at its next time.
pub(crate) async fn round(service: &Service) {
    for _ in 0..BATCHES_MAX {
        match carry_on(service).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(fault) => return tracing::warn!(%fault, "withdrawals that are due could not be looked for"),
        }
    }
}

async fn carry_on(service: &Service) -> Result<usize, Fault> {
    let now = service.clock.now();
    let until = now + TimeDelta::seconds(PAUSE_SECONDS);
    let ids = withdrawals::take_due(&mut *service.db.acquire().await?, (now, until), BATCH).await?;
    let mut going = JoinSet::new();
    for id in &ids {
        let (service, id) = (service.clone(), *id);
        going.spawn(async move {
            if let Err(fault) = paying_out::advance(&service, id).await {
                tracing::debug!(withdrawal_id = id, %fault, "withdrawal {id} waits");
            }
        });
    }
    going.join_all().await;
    Ok(ids.len())
}

/// Counts withdrawals that are open for too long, for the gauge `withdrawals_stuck` and the log.
pub(crate) async fn count_stuck(service: &Service) -> Result<withdrawals::Stuck, Fault> {
    let before = service.clock.now() - TimeDelta::minutes(STUCK_MINUTES);
    let stuck = withdrawals::stuck(&mut *service.db.acquire().await?, before).await?;
    metrics::gauge!("withdrawals_stuck").set(f64::from(i32::try_from(stuck.count).unwrap_or(i32::MAX)));
    if stuck.count > 0 {
        let (count, sum, oldest) =
            (stuck.count, Minor::new(stuck.sum_minor), stuck.oldest.as_deref().unwrap_or_default());
        tracing::error!(count, %sum, oldest, "{count} withdrawals are open for more than {STUCK_MINUTES} minutes");
    }
    Ok(stuck)
}

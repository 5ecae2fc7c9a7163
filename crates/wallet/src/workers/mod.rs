//! What this service does unasked: it ends holds whose time is over, and forgets old keys each night.
//!
//! Both are safe to run twice and in many copies. That a hold has expired does not depend on it: a settlement asks for
//! the time by itself. The rule not to be broken: a fault ends a round, never the worker.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{operations::expire_holds, service::Service};

/// How long a hold may outlive its time.
const PAUSE: Duration = Duration::from_secs(1);
/// Batches of one round at most; the next round goes on.
const BATCHES_MAX: usize = 100;

/// Ends holds that are due until it is told to stop.
pub(crate) async fn expiry(service: Service, stop: CancellationToken) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        round(&service).await;
    }
}

async fn round(service: &Service) {
    for _ in 0..BATCHES_MAX {
        match expire_holds::run(service).await {
            Ok(0) => return,
            Ok(ended) => tracing::info!(ended, "{ended} holds have expired"),
            Err(fault) => {
                tracing::warn!(%fault, "holds whose time is over could not be looked for");
                return;
            }
        }
    }
}

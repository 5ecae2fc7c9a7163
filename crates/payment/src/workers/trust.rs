//! Fetches what providers sign with, where it changes by itself, at least every twelve hours.
//!
//! Every copy of the service has its own. The rule not to be broken: what was known stays in force while nothing newer
//! comes.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::service::Service;

const EVERY: Duration = Duration::from_hours(12);

/// Fetches until it is told to stop.
pub(crate) async fn run(service: Service, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        for (channel, provider) in service.providers.iter() {
            if let Some(Err(trouble)) = stop.run_until_cancelled(provider.refresh_trust()).await {
                tracing::warn!(%channel, ?trouble, "what {channel} signs with could not be fetched");
            }
        }
    }
}

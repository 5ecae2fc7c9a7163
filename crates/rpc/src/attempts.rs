//! Running a whole operation again after a fault that left nothing behind.
//!
//! This is for serialisation failures, deadlocks and ids made twice, inside one process. Calls over the network
//! are repeated by the channel, and only safe ones.

use std::{future::Future, time::Duration};

use clock::Clock;
use fault::Fault;
use tokio::time;

use crate::context;

const PAUSE_MAX: Duration = Duration::from_millis(40);

/// Runs an operation up to `times` times, again only after a fault that [`Fault::is_retryable`], with a short
/// random pause in between, and not past the deadline of the call.
///
/// *Errors*: those of the last run. *Shape*: it runs at least once.
pub async fn attempts<T, F, R>(times: u32, mut run: R) -> Result<T, Fault>
where
    R: FnMut() -> F,
    F: Future<Output = Result<T, Fault>>,
{
    let mut left = times.max(1);
    loop {
        left -= 1;
        match run().await {
            Err(fault) if fault.is_retryable() && left > 0 && !is_late() => {
                time::sleep(pause(PAUSE_MAX)).await;
            }
            outcome => return outcome,
        }
    }
}

fn is_late() -> bool {
    context::current().is_some_and(|context| context.remaining() <= PAUSE_MAX)
}

/// Picks a pause at random, so that two who met once do not meet again.
pub(crate) fn pause(max: Duration) -> Duration {
    let micros = max.as_micros().max(1);
    let drawn = Clock::system().new_uuid().as_u128() % micros;
    Duration::from_micros(u64::try_from(drawn).unwrap_or_default())
}

//! Work that goes on when the one who asked for it hangs up.
//!
//! Dropping a future in the middle of a transaction may leave the connection inside it (reliability D1), and a
//! server drops the future of a call whose client is gone. The rule not to be broken: what writes is spawned and
//! only awaited.

use std::{future::Future, sync::LazyLock, time::Duration};

use fault::Fault;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use crate::context;

/// All detached work of the process. Closed from the start, so that waiting ends when it is empty.
static RUNNING: LazyLock<TaskTracker> = LazyLock::new(|| {
    let tracker = TaskTracker::new();
    tracker.close();
    tracker
});

/// Runs an operation as a task of its own, inside the same span and [`crate::Context`], and waits for it. Dropping
/// the returned future does not stop the operation.
///
/// *Errors*: those of the operation; internal if it panicked; unavailable if the process is ending.
pub async fn detached<T, F>(operation: F) -> Result<T, Fault>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Fault>> + Send + 'static,
{
    let task = RUNNING.spawn(context::carry(operation).in_current_span());
    match task.await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => Err(Fault::internal(format!("an operation panicked: {error}"))),
        Err(error) => Err(Fault::unavailable("the service is stopping").with_internal(error)),
    }
}

/// Waits until no detached work of the process is left, at most for `limit`. Tells whether none is left.
pub async fn drained(limit: Duration) -> bool {
    tokio::time::timeout(limit, RUNNING.wait()).await.is_ok()
}

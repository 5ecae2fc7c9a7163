//! Work that goes on when its caller goes away, and work that is tried again.

use std::future::Future;

use fault::Fault;
use tracing::Instrument as _;

use crate::context;

/// Runs an operation in a task of its own and waits for it, so that a caller who hangs up cannot cut it in half.
/// Span and context go with it. *Errors*: the operation's; a panic inside is internal.
pub async fn detached<T, F>(operation: F) -> Result<T, Fault>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Fault>> + Send + 'static,
{
    let span = tracing::Span::current();
    let task = match context::current() {
        Some(current) => tokio::spawn(context::scope(current, operation).instrument(span)),
        None => tokio::spawn(operation.instrument(span)),
    };
    task.await.map_err(|error| Fault::internal(format!("an operation ended by itself: {error}")))?
}

/// Runs an operation again, at most `times` in all, while its fault says that another try may do: a serialisation
/// failure, a deadlock, an id made twice. Each try starts from nothing.
pub async fn attempts<T, F>(times: u32, mut operation: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut tried = 1;
    loop {
        match operation().await {
            Err(fault) if fault.is_retryable() && tried < times => tried += 1,
            outcome => return outcome,
        }
    }
}

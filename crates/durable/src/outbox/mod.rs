//! Jobs that must happen, and the relay that carries them out.
//!
//! A job is a row of the transaction that causes it. The relay delivers each at least once, in order of id for
//! one (queue, order key); what fails is tried again later, what fails for good is kept as a dead letter. News
//! that may be lost does not live here. The rule not to be broken: whoever wants order locks his object's row
//! before he appends, so that ids of one key grow in the order of the commits.

mod delivery;
mod relay;
mod store;

use std::time::Duration;

use chrono::{DateTime, Utc};
use fault::Fault;
use sqlx::PgConnection;

pub use self::relay::Relay;
#[cfg(test)]
pub(crate) use self::relay::Timing;

/// Asks for something that must happen once the transaction has committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The stream of jobs it belongs to.
    pub queue: &'static str,
    /// The object whose jobs keep their order, usually a room or user id.
    pub order_key: i64,
    /// What is to be done; the relay finds the handler by it.
    pub kind: &'static str,
    /// What the handler needs, at most 1 MiB; usually an encoded protobuf message.
    pub payload: Vec<u8>,
    /// How long to wait first; zero for at once.
    pub delay: Duration,
}

/// Shows a job to its handler, or a dead letter to an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// The number of the job in this database: the same at each delivery, the receiver's key for "once".
    pub id: i64,
    /// As in [`Job`].
    pub queue: String,
    /// As in [`Job`].
    pub order_key: i64,
    /// As in [`Job`].
    pub kind: String,
    /// As in [`Job`].
    pub payload: Vec<u8>,
    /// Which delivery this is, from 1.
    pub attempts: i32,
    /// How many deliveries were refused, rather than finding nobody. Zero for a dead letter.
    pub refusals: i32,
    /// Why the last delivery failed.
    pub last_error: Option<String>,
    /// When the job was written.
    pub created_at: DateTime<Utc>,
}

/// Counts what waits and what was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs not yet delivered.
    pub waiting: i64,
    /// Dead letters.
    pub dead: i64,
    /// Age of the oldest waiting job, in seconds; 0 without one.
    pub oldest_seconds: i64,
}

/// Writes a job in the caller's transaction and gives its number.
pub async fn append(conn: &mut PgConnection, job: Job) -> Result<i64, Fault> {
    let ids = store::append(conn, vec![job]).await?;
    ids.first().copied().ok_or_else(|| Fault::internal("a job was written without a number"))
}

/// Writes many jobs in the caller's transaction, in the order in which they come.
pub async fn append_all(conn: &mut PgConnection, jobs: Vec<Job>) -> Result<(), Fault> {
    if !jobs.is_empty() {
        store::append(conn, jobs).await?;
    }
    Ok(())
}

/// Lists dead letters, newest first, at most `limit` (1 to 100), below an id.
pub async fn dead(
    conn: &mut PgConnection,
    before_id: Option<i64>,
    limit: i64,
) -> Result<Vec<JobView>, Fault> {
    store::dead(conn, before_id.unwrap_or(i64::MAX), limit.clamp(1, 100)).await
}

/// Puts a dead letter back under its old number, to be tried from the start. *Errors*: `NOT_FOUND`.
pub async fn revive(conn: &mut PgConnection, id: i64) -> Result<(), Fault> {
    if store::revive(conn, id).await? { Ok(()) } else { Err(Fault::not_found("dead letter")) }
}

/// Counts what waits and what was given up.
pub async fn backlog(conn: &mut PgConnection) -> Result<Backlog, Fault> {
    store::backlog(conn).await
}

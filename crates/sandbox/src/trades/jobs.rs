//! What is to be done at a later time: sending a notification, ending a refund, closing an unpaid trade.
//!
//! Doing it is the worker's work. The rule not to be broken: a job is removed only in the transaction of its effect.

use chrono::{DateTime, Utc};
use fault::Fault;
use serde::{Deserialize, Serialize};

use crate::store::{Record, Tx};

/// Jobs that may wait; beyond it the sandbox takes no more.
const JOBS_MAX: u64 = 1_000_000;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Job {
    /// Send a notification.
    Notify {
        /// Its key.
        notice: String,
    },
    /// Let a refund succeed.
    Finish {
        /// Its key.
        refund: String,
    },
    /// Close a trade that was not paid in time.
    Expire {
        /// Its key.
        trade: String,
    },
}

/// A job with its time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Due {
    pub(crate) at: DateTime<Utc>,
    pub(crate) job: Job,
}

impl Record for Due {
    const TABLE: &'static str = "due";

    fn key(&self) -> String {
        let (kind, of) = match &self.job {
            Job::Notify { notice } => ("notify", notice),
            Job::Finish { refund } => ("finish", refund),
            Job::Expire { trade } => ("expire", trade),
        };
        format!("{:020}/{kind}/{of}", self.at.timestamp_micros().max(0))
    }
}

/// Has something done at a time. *Errors*: unavailable, if too much is waiting.
pub(crate) fn put_due(tx: &Tx, at: DateTime<Utc>, job: Job) -> Result<(), Fault> {
    if tx.count::<Due>()? >= JOBS_MAX {
        return Err(Fault::unavailable("too much is waiting to be sent"));
    }
    tx.put(&Due { at, job })
}

/// Gives what is due, in the order of time.
pub(crate) fn take_due(tx: &Tx, now: DateTime<Utc>, limit: usize) -> Result<Vec<Due>, Fault> {
    let first = tx.scan::<Due>("", limit)?;
    Ok(first.into_iter().take_while(|due| due.at <= now).collect())
}

/// Tells when something is due next after an instant.
pub(crate) fn due_at(tx: &Tx) -> Result<Option<DateTime<Utc>>, Fault> {
    Ok(tx.scan::<Due>("", 1)?.first().map(|due| due.at))
}

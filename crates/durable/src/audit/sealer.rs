//! The sealer: lengthens the chain by the rows that wait.
//!
//! Every copy of a service runs one; an advisory lock lets one work at a time. Acts do not wait for it. The rule
//! not to be broken: links and waiting list change in one transaction.

use std::time::Duration;

use fault::Fault;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    chain::{self, ORIGIN},
    store,
};
use crate::Database;

const POLL: Duration = Duration::from_secs(1);
const BATCH: i64 = 200;

/// Seals the audit rows of one database.
#[derive(Clone, Debug)]
pub struct Sealer {
    db: Database,
}

impl Sealer {
    /// Makes a sealer.
    pub const fn new(db: Database) -> Self {
        Self { db }
    }

    /// Seals about once a second until it is told to stop. It outlives every fault of the database.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.seal().await {
                Ok(sealed) if sealed > 0 => continue,
                Ok(_) => {}
                Err(fault) => tracing::debug!(%fault, "the audit rows wait for their seal"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(POLL) => {}
            }
        }
    }

    /// Seals up to two hundred waiting rows and gives how many; 0 also if another copy is at it.
    pub async fn seal(&self) -> Result<usize, Fault> {
        let mut tx = self.db.begin().await?;
        if !store::lock_chain(&mut tx).await? {
            tx.rollback().await?;
            return Ok(0);
        }
        let rows = store::unsealed(&mut tx, BATCH).await?;
        if rows.is_empty() {
            tx.rollback().await?;
            return Ok(0);
        }
        let head = store::head(&mut tx).await?;
        let (position, hash) = match &head {
            Some(link) => (link.position, <[u8; 32]>::try_from(link.hash.as_slice()).unwrap_or(ORIGIN)),
            None => (0, ORIGIN),
        };
        store::seal(&mut tx, &chain::lengthen(position, hash, &rows)).await?;
        tx.commit().await?;
        Ok(rows.len())
    }
}

//! `payment_cleanup`: has everything deleted that has expired, never money (000-J03).
//!
//! Each service decides itself what of its own has expired: sessions, keys, events. Safe to run twice. The rule not to
//! be broken: one service that fails keeps no other from being cleaned.

use durable::Database;
use fault::Fault;

use crate::peers::{Keeper, Peers};

/// A service deletes in batches; what is left after so many waits for the next run.
const BATCHES_MAX: usize = 100;

/// Cleans up everywhere. *Errors*: the first fault, after all the others have been cleaned.
pub(super) async fn run(peers: &Peers, db: &Database) -> Result<(), Fault> {
    let mut outcome = Ok(());
    for keeper in Keeper::ALL {
        outcome = outcome.and(told(keeper, purge(peers, keeper).await));
    }
    outcome.and(host::forget_old_keys(db).await.map(|_| ()))
}

/// Has one service delete until nothing is left.
async fn purge(peers: &Peers, keeper: Keeper) -> Result<i64, Fault> {
    let mut rows = 0_i64;
    for _ in 0..BATCHES_MAX {
        match peers.purge_expired(keeper).await? {
            0 => break,
            batch => rows = rows.saturating_add(batch),
        }
    }
    Ok(rows)
}

fn told(keeper: Keeper, purged: Result<i64, Fault>) -> Result<(), Fault> {
    match purged {
        Ok(rows) => {
            tracing::info!(?keeper, rows, "{rows} expired rows were deleted");
            Ok(())
        }
        Err(fault) => {
            tracing::warn!(?keeper, %fault, "expired rows wait for the next clean-up");
            Err(fault)
        }
    }
}

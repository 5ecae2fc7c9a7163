//! Gives back what holds whose time is over still hold.
//!
//! Safe to run twice and in many copies: a hold that ended meanwhile is left as it is. The rule not to be broken: a hold
//! is looked at again under the lock of its account before it ends.

use fault::Fault;

use crate::{
    domain::{Ending, Outcome, Step},
    service::Service,
    store::holds,
};

/// Holds of one batch at most.
const BATCH: i64 = 100;

/// Ends holds that are due, one batch of them; gives how many ended.
pub(crate) async fn run(service: &Service) -> Result<usize, Fault> {
    let due = {
        let mut conn = service.db.acquire().await?;
        holds::due(&mut conn, service.clock.now(), BATCH).await?
    };
    if due.is_empty() {
        return Ok(0);
    }
    let end = |hold_id, account| Step::End(Ending { hold_id, account, is_expiry: true });
    let steps = due.into_iter().map(|hold| end(hold.id, hold.account)).collect();
    let mut ended = 0_usize;
    for reply in service.ledger.each(steps).await? {
        match reply {
            Ok(Outcome::Ended { is_replay: false, .. }) => ended = ended.saturating_add(1),
            Ok(_) => {}
            Err(fault) => tracing::warn!(%fault, "a hold whose time is over could not be ended"),
        }
    }
    Ok(ended)
}

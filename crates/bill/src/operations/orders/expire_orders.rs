//! Cancels orders that nobody paid in time (003-J01, 004-J02). It only tidies up: readers and money go by the deadline.

use fault::Fault;

use super::steps::{self, Taken};
use crate::{domain::order::Status, order_wire, service::Service, store::orders};

/// Orders of one transaction.
const BATCH: i64 = 100;
/// Transactions of one run at most; the next run goes on.
const BATCHES_MAX: usize = 100;

/// Cancels what is overdue and gives how many orders. Safe to run in many copies at once.
pub(crate) async fn expire_orders(service: &Service) -> Result<usize, Fault> {
    let mut cancelled = 0_usize;
    for _ in 0..BATCHES_MAX {
        let batch = batch(service).await?;
        cancelled = cancelled.saturating_add(batch);
        if batch == 0 {
            break;
        }
    }
    if cancelled > 0 {
        tracing::info!(cancelled, "{cancelled} orders were not paid in time");
    }
    Ok(cancelled)
}

async fn batch(service: &Service) -> Result<usize, Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    let ids = orders::cancel_overdue(&mut tx, order_wire::OVERDUE, BATCH, now).await?;
    for order_id in &ids {
        let (from, to) = (Status::Pending, Status::Cancelled);
        let taken = Taken { order_id: *order_id, from, to, actor: "system", reason: order_wire::OVERDUE };
        steps::note(&mut tx, taken, now).await?;
    }
    tx.commit().await?;
    Ok(ids.len())
}

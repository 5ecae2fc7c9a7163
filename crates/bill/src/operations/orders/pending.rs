//! An order that waits for money already: of a share of a bill, or an upgrade of a membership.
//!
//! The rule not to be broken: a share, and what is left of a membership, stand in one pending order at most.

use durable::Tx;
use fault::Fault;
use proto::bill::v1::Order as WireOrder;

use super::{
    draft::{About, Draft},
    steps::{self, Taken},
};
use crate::{
    domain::order::Status,
    order_wire,
    service::Service,
    store::{order_parts, orders},
};

/// The reason for which an order is cancelled that is over something else by now.
const CHANGED: &str = "应付金额已变更";

/// Gives the pending order if it says what a draft says; one that does not is cancelled.
pub(super) async fn pending(
    service: &Service,
    tx: &mut Tx,
    draft: &Draft,
    actor: &str,
) -> Result<Option<WireOrder>, Fault> {
    let (found, wanted) = match draft.about {
        About::Share { split_id, .. } => (orders::pending_of_split(tx, split_id).await?, None),
        About::Product { product_id, is_upgrade: true } => {
            (orders::pending_upgrade(tx, draft.user_id).await?, Some(product_id))
        }
        About::Product { .. } | About::Recharge | About::Business { .. } => (None, None),
    };
    let Some(order) = found else { return Ok(None) };
    let now = service.clock.now();
    let credits = order_parts::credits(tx, &[order.id]).await?.remove(&order.id).unwrap_or_default();
    let reason = if order.is_overdue(now) { order_wire::OVERDUE } else { CHANGED };
    if reason == CHANGED && credits == draft.credits && order.product_id == wanted {
        return order_wire::order(&order, &credits, now).map(Some);
    }
    if orders::cancel(tx, order.id, reason, now).await?.is_some() {
        let (from, to) = (Status::Pending, Status::Cancelled);
        steps::note(tx, Taken { order_id: order.id, from, to, actor, reason }, now).await?;
    }
    Ok(None)
}

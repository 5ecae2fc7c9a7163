//! The orders behind new payments of this face: known ones as they are, others made for the caller (contract section
//! 11).
//!
//! No route lives here. Amount, owner and deadline of a known order rule.

use fault::Fault;
use money::Minor;
use proto::bill::v1::{EnsureExternalOrderRequest, GetOrderRequest, Order, OrderKind};

use super::{bodies::payments::NewPayment, names};
use crate::{
    app::App,
    peers::{Told as _, required},
    problem::Problem,
};

/// Gives the order of a number, and makes it for the caller if nobody knows it.
///
/// *Errors*: `NOT_FOUND` for somebody else's, `PAYMENT_AMOUNT_ERROR` for another amount than a known one's.
pub(super) async fn ensured(
    app: &App,
    order_no: &str,
    amount: Minor,
    subject: &str,
) -> Result<Order, Problem> {
    let request = EnsureExternalOrderRequest {
        order_no: order_no.to_owned(),
        amount_minor: amount.get(),
        subject: subject.to_owned(),
        merchant_id: app.merchant_id,
    };
    let reply = app.peers.orders().ensure_external_order(request).await.told_as(names::of_service)?;
    required(reply.order, "order")
}

/// Refuses the id of another order. An outside business has ids of its own, of which we know nothing.
pub(super) fn is_about(order: &Order, order_id: Option<i64>) -> Result<(), Fault> {
    if order.kind() == OrderKind::External || order_id.is_none_or(|order_id| order_id == order.id) {
        return Ok(());
    }
    Err(Fault::validation("orderId", "must be the id of the order that orderNo names"))
}

/// Gives the order that an administrator names for a payment: for another user only one that is known.
///
/// *Errors*: as `ensured`; validation, for another user than the owner.
pub(super) async fn of_payment(app: &App, caller_id: i64, body: &NewPayment) -> Result<Order, Problem> {
    let order_no = &body.order_no;
    let Some(owner) = body.user_id.filter(|user_id| *user_id != caller_id) else {
        return ensured(app, order_no, body.amount, order_no).await;
    };
    let request = GetOrderRequest { order_no: order_no.clone(), ..GetOrderRequest::default() };
    let reply = app.peers.orders().get_order(request).await.told_as(names::of_service)?;
    let order = required(reply.order, "order")?;
    if order.user_id != owner {
        return Err(Fault::validation("userId", "must be the owner of the order").into());
    }
    Ok(order)
}

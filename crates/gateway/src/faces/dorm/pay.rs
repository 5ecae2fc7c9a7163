//! Paying a bill's share through the platform (contract section 11).
//!
//! What a share costs, who pays it and when is decided by the bill and payment services.

use axum::extract::State;
use fault::Fault;
use proto::{
    bill::v1::{Order, OrderStatus},
    payment::v1::{Payment, PaymentStatus},
};

use super::{
    bodies::payments::{PayShare, SharePayment},
    envelope::{Answer, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Path},
    peers::{Told as _, at_provider, required},
};

/// Begins to pay the caller's own share of an approved bill: an order, and a payment with what leads to the cashier.
#[utoipa::path(post, path = "/api/bills/{id}/pay", tag = "bills",
    responses((status = OK, body = Answer<SharePayment>)))]
pub(crate) async fn pay(
    _: Member,
    State(app): State<App>,
    Path(id): Path<i64>,
    Json(body): Json<PayShare>,
) -> Reply<SharePayment> {
    let reply = app.peers.orders().create_order(body.order(id)).await.told()?;
    let order = required(reply.order, "order")?;
    let request = body.payment(&order);
    let reply = at_provider(app.peers.payment().create_payment(request)).await.told_as(of_payment)?;
    let payment = required(reply.payment, "payment")?;
    let order = present(order, &payment);
    Ok(Answer::said(Message::BillPaymentBegun, SharePayment::of(order, payment)))
}

/// Shows the order as the payment leaves it: one that has succeeded at once, as out of a balance, pays it, and the order
/// hears of it in a moment.
fn present(mut order: Order, payment: &Payment) -> Order {
    if payment.status() == PaymentStatus::Success && order.status() == OrderStatus::Pending {
        order.set_status(OrderStatus::Paid);
    }
    order
}

/// Names the field of this face for one of the payment service.
fn of_payment(fault: Fault) -> Fault {
    let ours = match fault.field() {
        Some("method" | "paymentMethod") => "payment_method",
        Some("channel" | "paymentChannel") => "payment_channel",
        Some("paymentPassword") => "payment_password",
        _ => return fault,
    };
    let rule = fault.detail().split_once(": ").map_or(fault.detail(), |(_, rule)| rule);
    Fault::new(fault.code(), format!("{ours}: {rule}")).with_field(ours)
}

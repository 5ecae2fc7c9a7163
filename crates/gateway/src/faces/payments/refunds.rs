//! Refunds: asking for one, showing, listing (001-E07, 001-E08, 001-E10).
//!
//! A refund is asynchronous; what it may take back and who may ask is decided by the payment service.

use axum::extract::State;
use proto::payment::v1 as payment;

use super::{
    bodies::refunds::{NewRefund, Refund, RefundRow, RefundsQuery},
    envelope::{Answer, Listing, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::Member,
    extract::{Json, Number, Path},
    peers::{Told as _, at_provider, required},
};

const READ: &str = "payment:read";
const WRITE: &str = "payment:write";

/// Asks for a refund (001-E07). Of holders of `payment:write` it goes to the provider at once; of the payer it waits for
/// approval and is shown `processing`.
#[utoipa::path(post, path = "/api/v1/payments/{paymentId}/refund", tag = "refunds",
    params(("paymentId" = String, Path)), responses((status = OK, body = Answer<Refund>)))]
pub(crate) async fn create(
    caller: Member,
    State(app): State<App>,
    Path(number): Path<Number>,
    Json(body): Json<NewRefund>,
) -> Reply<Refund> {
    caller.acts_for(body.operator_id, WRITE)?;
    if !body.is_of_the_payer() {
        caller.0.require(WRITE)?;
    }
    let request = body.request(number, &app)?;
    let reply = at_provider(app.peers.payment().create_refund(request)).await.told_as(names::of_refund)?;
    let refund = required(reply.refund, "refund")?;
    Ok(Answer::said(Message::RefundRequested, Refund::of(refund, app.zone())))
}

/// Shows a refund (001-E08). For the payer and holders of `payment:read`.
#[utoipa::path(get, path = "/api/v1/payments/refunds/{refundId}", tag = "refunds",
    params(("refundId" = String, Path)), responses((status = OK, body = Answer<RefundRow>)))]
pub(crate) async fn get(
    _: Member,
    State(app): State<App>,
    Path(Number { id, no }): Path<Number>,
) -> Reply<RefundRow> {
    let request = payment::GetRefundRequest { refund_id: id, refund_no: no };
    let reply = app.peers.payment().get_refund(request).await.told_as(names::of_refund)?;
    let refund = required(reply.refund, "refund")?;
    Ok(Answer::said(Message::Found, RefundRow::of(refund, app.zone())))
}

/// Lists refunds (001-E10). For a user those of his own payments, for holders of `payment:read` all.
#[utoipa::path(post, path = "/api/v1/payments/refunds/query", tag = "refunds",
    responses((status = OK, body = Answer<Listing<RefundRow>>)))]
pub(crate) async fn query(
    caller: Member,
    State(app): State<App>,
    Json(query): Json<RefundsQuery>,
) -> Reply<Listing<RefundRow>> {
    caller.acts_for(query.user_id.unwrap_or(caller.0.id), READ)?;
    let zone = app.zone();
    let request = query.request(zone)?;
    let reply = app.peers.payment().list_refunds(request).await.told_as(names::of_refund)?;
    let rows = reply.refunds.into_iter().map(|row| RefundRow::of(row, zone)).collect();
    Ok(Answer::said(Message::Found, Listing::of(rows, reply.page)?))
}

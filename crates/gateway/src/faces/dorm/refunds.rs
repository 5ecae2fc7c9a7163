//! What operators decide about refunds that payers asked for, and the payments that somebody should look at (contract
//! sections 5 and 16).

use axum::extract::State;
use proto::payment::v1::{
    ApproveRefundRequest, GetRefundRequest, RejectRefundRequest, UnfreezePaymentRequest,
};

use super::{
    bodies::{
        payments::OnlinePayment,
        refunds::{ExceptionsQuery, ManagedRefund, PaymentException, RefundsQuery, Rejection, Unfreezing},
    },
    envelope::{Answer, Listing, Reply},
    messages::Message,
};
use crate::{
    app::App,
    callers::{PaymentReader, PaymentWriter},
    extract::{Json, Number, Path, Query},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// Lists refunds, newest first. For holders of `payment:read`.
#[utoipa::path(get, path = "/api/admin/refunds", tag = "admin",
    responses((status = OK, body = Listing<ManagedRefund>)))]
pub(crate) async fn list(
    _: PaymentReader,
    State(app): State<App>,
    Query(query): Query<RefundsQuery>,
) -> Result<Listing<ManagedRefund>, Problem> {
    let reply = app.peers.payment().list_refunds(query.request()).await.told()?;
    Listing::of(reply.refunds.into_iter().map(ManagedRefund::from).collect(), reply.page)
}

/// Lets a refund that waits go its way. For holders of `payment:write`.
#[utoipa::path(post, path = "/api/admin/refunds/{id}/approve", tag = "admin", params(("id" = String, Path)),
    responses((status = OK, body = Answer<ManagedRefund>)))]
pub(crate) async fn approve(
    _: PaymentWriter,
    State(app): State<App>,
    Path(number): Path<Number>,
) -> Reply<ManagedRefund> {
    let request = ApproveRefundRequest { refund_id: id_of(&app, number).await? };
    let reply = at_provider(app.peers.payment().approve_refund(request)).await.told()?;
    Ok(Answer::said(Message::RefundApproved, required(reply.refund, "refund")?.into()))
}

/// Ends a refund that waits. For holders of `payment:write`.
#[utoipa::path(post, path = "/api/admin/refunds/{id}/reject", tag = "admin", params(("id" = String, Path)),
    responses((status = OK, body = Answer<ManagedRefund>)))]
pub(crate) async fn reject(
    _: PaymentWriter,
    State(app): State<App>,
    Path(number): Path<Number>,
    Json(Rejection { reason }): Json<Rejection>,
) -> Reply<ManagedRefund> {
    let request = RejectRefundRequest { refund_id: id_of(&app, number).await?, reason };
    let reply = app.peers.payment().reject_refund(request).await.told()?;
    Ok(Answer::said(Message::RefundRejected, required(reply.refund, "refund")?.into()))
}

/// Lists payments that somebody should look at, newest first: frozen ones, and money that came late, twice or in
/// another amount. For holders of `payment:read`.
#[utoipa::path(get, path = "/api/admin/payment-exceptions", tag = "admin",
    responses((status = OK, body = Listing<PaymentException>)))]
pub(crate) async fn exceptions(
    _: PaymentReader,
    State(app): State<App>,
    Query(query): Query<ExceptionsQuery>,
) -> Result<Listing<PaymentException>, Problem> {
    let reply = app.peers.payment().list_exceptions(query.request()).await.told()?;
    Listing::of(reply.entries.into_iter().map(PaymentException::from).collect(), reply.page)
}

/// Lets a frozen payment go on, after its provider was asked again. `PAYMENT_AMOUNT_ERROR` while it reports another
/// amount. For holders of `payment:write`.
#[utoipa::path(post, path = "/api/admin/payments/{id}/unfreeze", tag = "admin", params(("id" = String, Path)),
    responses((status = OK, body = Answer<OnlinePayment>)))]
pub(crate) async fn unfreeze(
    _: PaymentWriter,
    State(app): State<App>,
    Path(Number { id, no }): Path<Number>,
    Json(Unfreezing { reason }): Json<Unfreezing>,
) -> Reply<OnlinePayment> {
    let request = UnfreezePaymentRequest { payment_id: id, payment_no: no, reason };
    let reply = at_provider(app.peers.payment().unfreeze_payment(request)).await.told()?;
    Ok(Answer::said(Message::PaymentUnfrozen, required(reply.payment, "payment")?.into()))
}

/// Finds the id of a refund: other faces show its number.
async fn id_of(app: &App, Number { id, no }: Number) -> Result<i64, Problem> {
    if id != 0 {
        return Ok(id);
    }
    let request = GetRefundRequest { refund_id: 0, refund_no: no };
    let reply = app.peers.payment().get_refund(request).await.told()?;
    Ok(required(reply.refund, "refund")?.id)
}

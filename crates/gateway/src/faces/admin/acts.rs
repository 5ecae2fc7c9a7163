//! What holders of `payment:write` do to a payment: its end by hand, its money back (002-E07 to E09).
//!
//! The payment service asks the provider first, records who did it, and decides. An end that is another one than was
//! wished for is 6002.

use axum::extract::State;
use fault::{Code, Fault};
use proto::payment::v1::{self as payment, PaymentStatus, RefundStatus};

use super::{
    bodies::payments::{Failure, NewRefund},
    envelope::{Answer, Reply},
    messages::Message,
    names,
};
use crate::{
    app::App,
    callers::PaymentWriter,
    extract::{Path, Query},
    peers::{Told as _, at_provider, required},
    problem::Problem,
};

/// What is written beside a refund for which nobody gave a reason.
const NO_REASON: &str = "退款";

/// Marks a payment as successful, and its order as paid (002-E07).
#[utoipa::path(post, path = "/payments/{id}/success", tag = "payments",
    responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn success(_: PaymentWriter, State(app): State<App>, Path(id): Path<i64>) -> Reply<bool> {
    let request = payment::MarkSuccessRequest { payment_id: id, ..payment::MarkSuccessRequest::default() };
    let reply = at_provider(app.peers.payment().mark_success(request)).await.told_as(names::of_service)?;
    let payment = required(reply.payment, "payment")?;
    let ends = [PaymentStatus::Success, PaymentStatus::Refunding, PaymentStatus::PartiallyRefunded];
    ended(payment.status(), &ends)?;
    Ok(Answer::said(Message::SuccessHandled, true))
}

/// Marks a payment as failed (002-E08).
#[utoipa::path(post, path = "/payments/{id}/fail", tag = "payments",
    responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn fail(
    _: PaymentWriter,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(Failure { fail_reason }): Query<Failure>,
) -> Reply<bool> {
    let request = payment::MarkFailedRequest { payment_id: id, reason: fail_reason.unwrap_or_default() };
    let reply = at_provider(app.peers.payment().mark_failed(request)).await.told_as(names::of_service)?;
    let payment = required(reply.payment, "payment")?;
    ended(payment.status(), &[PaymentStatus::Failed, PaymentStatus::Cancelled])?;
    Ok(Answer::said(Message::FailureHandled, true))
}

/// Gives back a payment or a part of it, at once (002-E09).
#[utoipa::path(post, path = "/payments/{id}/refund", tag = "payments",
    responses((status = OK, body = Answer<bool>)))]
pub(crate) async fn refund(
    _: PaymentWriter,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(NewRefund { refund_amount, refund_reason }): Query<NewRefund>,
) -> Reply<bool> {
    let request = payment::CreateRefundRequest {
        payment_id: id,
        amount_minor: refund_amount.get(),
        reason: refund_reason.unwrap_or_else(|| NO_REASON.to_owned()),
        ..payment::CreateRefundRequest::default()
    };
    let reply = at_provider(app.peers.payment().create_refund(request)).await.told_as(names::of_refund)?;
    went(&required(reply.refund, "refund")?)?;
    Ok(Answer::said(Message::RefundHandled, true))
}

/// Refuses a refund that the provider has refused.
pub(super) fn went(refund: &payment::Refund) -> Result<(), Fault> {
    if refund.status() == RefundStatus::Failed {
        let fault = Fault::new(Code::ThirdPartyError, "the refund failed");
        return Err(fault.with_internal(format!("refund {}: {}", refund.refund_no, refund.failure)));
    }
    Ok(())
}

/// Refuses an end that is none of those that were wished for.
fn ended(status: PaymentStatus, wished: &[PaymentStatus]) -> Result<(), Problem> {
    if wished.contains(&status) {
        return Ok(());
    }
    Err(Fault::new(Code::PaymentStatusError, "the provider says otherwise").into())
}

//! Gives a payment up (001-E03, 002-E15).
//!
//! It is closed at the provider first; one that is paid there is paid here. *Idempotent*: a payment that is cancelled
//! stays so, and says so.

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::payment::v1::{CancelPaymentRequest, CancelPaymentResponse};

use super::{asking, fate::Cause, repeating, seeing::find_to_act};
use crate::{domain::Status, service::Service, store::payments::Row, wire};

/// Gives it up. *Errors*: `PAYMENT_NOT_FOUND`, `PAYMENT_ALREADY_SUCCESS`, `PAYMENT_ALREADY_CANCELLED`,
/// `PAYMENT_STATUS_ERROR`, `THIRD_PARTY_ERROR` while the provider cannot be asked.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &CancelPaymentRequest,
) -> Result<Answer<CancelPaymentResponse>, Fault> {
    if let Some(answer) = repeating::replayed(service, call).await? {
        return Ok(answer);
    }
    let reason = input::lines("cancelReason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let row = {
        let mut conn = service.db.acquire().await?;
        find_to_act(&mut conn, &call.caller, (asked.payment_id, &asked.payment_no)).await?
    };
    open(&row)?;
    let cause = Cause::asked("cancel", call, "");
    let (row, _) = asking::close(service, &row, (Status::Cancelled, &reason), &cause).await?;
    if row.status() != Status::Cancelled {
        open(&row)?;
    }
    repeating::remembered(service, call, CancelPaymentResponse { payment: Some(wire::payment(&row)) }).await
}

/// Passes a payment that can still be given up.
pub(super) fn open(row: &Row) -> Result<(), Fault> {
    match row.status() {
        _ if row.frozen_reason.is_some() => {
            Err(Fault::new(Code::PaymentStatusError, "the payment is in the exception list"))
        }
        status if status.is_open() => Ok(()),
        status if status.is_paid() => Err(Fault::new(Code::PaymentAlreadySuccess, "the payment is paid")),
        Status::Cancelled => Err(Fault::new(Code::PaymentAlreadyCancelled, "the payment is cancelled")),
        other => Err(Fault::new(Code::PaymentStatusError, format!("the payment is {}", other.as_str()))),
    }
}

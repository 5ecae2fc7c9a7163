//! Gives an order up with all its attempts (003-E03, 004-E08).
//!
//! The attempts are closed at their providers first; if one is paid there, the order is paid and stays so. Money that
//! comes all the same goes back. *Idempotent*.

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::{
    bill::v1::OrderStatus,
    payment::v1::{CancelOrderRequest, CancelOrderResponse},
};

use super::{
    asking, cancel_payment,
    fate::Cause,
    repeating,
    seeing::{WRITE, holds, is},
};
use crate::{domain::Status, service::Service, store::payments};

/// Gives it up. *Errors*: `NOT_FOUND`, `PAYMENT_ALREADY_SUCCESS`, `PAYMENT_STATUS_ERROR`, `THIRD_PARTY_ERROR` while a
/// provider cannot be asked.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &CancelOrderRequest,
) -> Result<Answer<CancelOrderResponse>, Fault> {
    if let Some(answer) = repeating::replayed(service, call).await? {
        return Ok(answer);
    }
    let reason = input::lines("reason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let order_id = if asked.order_no.is_empty() { asked.order_id } else { 0 };
    let order = service.partners.order(order_id, &asked.order_no).await?;
    if !is(&call.caller, order.user_id) && !holds(&call.caller, WRITE) {
        return Err(Fault::not_found("order"));
    }
    payable(order.status())?;
    let lease = service.thin_out(&format!("payment:create:{}", order.order_no), 3, 30).await;
    let closed = close_attempts(service, call, order.id, &reason).await;
    lease.release().await;
    closed?;
    let (order, is_closed) = service.partners.close_order(&order.order_no, &reason).await?;
    payable(order.status())?;
    repeating::remembered(
        service,
        call,
        CancelOrderResponse { order_no: order.order_no, order_id: order.id, is_closed },
    )
    .await
}

fn payable(status: OrderStatus) -> Result<(), Fault> {
    match status {
        OrderStatus::Pending | OrderStatus::Cancelled => Ok(()),
        OrderStatus::Paid | OrderStatus::Completed => {
            Err(Fault::new(Code::PaymentAlreadySuccess, "the order is paid"))
        }
        OrderStatus::Refunded | OrderStatus::Unspecified => {
            Err(Fault::new(Code::PaymentStatusError, "the order cannot be cancelled"))
        }
    }
}

async fn close_attempts(service: &Service, call: &Call, order_id: i64, reason: &str) -> Result<(), Fault> {
    let attempts = {
        let mut conn = service.db.acquire().await?;
        payments::of_order(&mut conn, order_id, "").await?
    };
    let cause = Cause::asked("cancel_order", call, "");
    for attempt in attempts {
        if attempt.status().is_paid() {
            cancel_payment::open(&attempt)?;
        }
        if attempt.status().is_open() && attempt.frozen_reason.is_none() {
            let (row, _) = asking::close(service, &attempt, (Status::Cancelled, reason), &cause).await?;
            if row.status().is_paid() {
                cancel_payment::open(&row)?;
            }
        }
    }
    Ok(())
}

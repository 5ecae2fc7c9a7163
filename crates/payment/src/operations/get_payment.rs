//! Shows a payment (001-E02, 002-E02, 004-E03).
//!
//! Payments that have ended are shown from the cache for display (001-C01), which a newer state replaces; without Redis
//! the answer is the same. The rule not to be broken: rights are asked of copies too.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fault::Fault;
use host::{Answer, Call};
use prost::Message as _;
use proto::payment::v1::{GetPaymentRequest, GetPaymentResponse, Payment};

use super::seeing::{find, fresh, is, may_see, missing};
use crate::{service::Service, store::payments::Row, wire, workers};

/// Gives a payment by its id, or by its number if the id is 0. *Errors*: `PAYMENT_NOT_FOUND`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &GetPaymentRequest,
) -> Result<Answer<GetPaymentResponse>, Fault> {
    if let Some(payment) = copy(service, asked.payment_id).await {
        if !may_see(&call.caller, payment.user_id) {
            return Err(missing());
        }
        return Ok(fresh(GetPaymentResponse { payment: Some(payment), is_cached: true }));
    }
    let row = {
        let mut conn = service.db.acquire().await?;
        find(&mut conn, asked.payment_id, &asked.payment_no).await?
    };
    let payment = show(service, call, &row)?;
    workers::copy_new(service, &row).await;
    Ok(fresh(GetPaymentResponse { payment: Some(payment), is_cached: false }))
}

async fn copy(service: &Service, id: i64) -> Option<Payment> {
    if id == 0 {
        return None;
    }
    let (_, text) = service.details.get::<String>(id).await?;
    Payment::decode(STANDARD.decode(text).ok()?.as_slice()).ok()
}

/// Shows a payment to whoever may see it; its owner, and the gateway that sends him on, see how to pay it.
pub(super) fn show(service: &Service, call: &Call, row: &Row) -> Result<Payment, Fault> {
    if !may_see(&call.caller, row.user_id) {
        return Err(missing());
    }
    if is(&call.caller, row.user_id) || call.caller.user.is_none() {
        return Ok(wire::payment_for_owner(row, service.clock.now()));
    }
    Ok(wire::payment(row))
}

//! Sets a payment to success by hand (002-E07, 002-E20, 002-E21).
//!
//! The provider is asked first and its word counts: money that it has not got is not booked. Only where there is nobody to
//! ask does the operator's word count. Recorded with who and why.

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::payment::v1::{MarkSuccessRequest, MarkSuccessResponse};

use super::{
    asking, cancel_payment,
    fate::{self, Cause},
    repeating,
    seeing::{self, find},
};
use crate::{
    domain::Method,
    service::Service,
    store::payments::{Money, Row},
    wire,
};

const TRANSACTION_CHARS_MAX: usize = 64;

/// Sets it. *Errors*: `FORBIDDEN`, `PAYMENT_NOT_FOUND`, `PAYMENT_ALREADY_SUCCESS`, `PAYMENT_ALREADY_CANCELLED`,
/// `PAYMENT_STATUS_ERROR` if the provider has not got the money, `THIRD_PARTY_ERROR` if it does not answer.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &MarkSuccessRequest,
) -> Result<Answer<MarkSuccessResponse>, Fault> {
    seeing::operator(call)?;
    if let Some(answer) = repeating::replayed(service, call).await? {
        return Ok(answer);
    }
    let reason = input::lines("reason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let transaction = input::line("transactionId", &asked.transaction_id, 0..=TRANSACTION_CHARS_MAX)?;
    let lease = service.thin_out(&format!("payment:success:{}", asked.payment_id), 5, 30).await;
    let row = {
        let mut conn = service.db.acquire().await?;
        find(&mut conn, asked.payment_id, "").await?
    };
    cancel_payment::open(&row)?;
    let row = succeed(service, &row, transaction, &Cause::asked("manual", call, &reason)).await;
    lease.release().await;
    repeating::remembered(service, call, MarkSuccessResponse { payment: Some(wire::payment(&row?)) }).await
}

async fn succeed(service: &Service, row: &Row, transaction: String, cause: &Cause) -> Result<Row, Fault> {
    let has_provider = row.method() == Method::Balance || asking::provider_of(service, row.method()).is_ok();
    if has_provider {
        let (row, said) = asking::ask(service, row, cause).await?;
        if said == asking::PAID {
            return Ok(row);
        }
        return Err(Fault::new(Code::PaymentStatusError, "the provider has not got the money"));
    }
    let money = Money {
        amount_minor: row.amount_minor,
        transaction: Some(transaction).filter(|number| !number.is_empty()),
        at: service.clock.now(),
    };
    fate::paid(service, row.id, &money, cause).await
}

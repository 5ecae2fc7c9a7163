//! Sets a payment to failed by hand (002-E08, 002-E22).
//!
//! It is closed at the provider first; one that is paid there is paid here. Recorded with who and why.

use fault::Fault;
use host::{Answer, Call};
use proto::payment::v1::{MarkFailedRequest, MarkFailedResponse};

use super::{
    asking, cancel_payment,
    fate::{self, Cause},
    repeating,
    seeing::{self, find},
};
use crate::{
    domain::{Method, Status},
    service::Service,
    wire,
};

/// Sets it. *Errors*: `FORBIDDEN`, `PAYMENT_NOT_FOUND`, `PAYMENT_ALREADY_SUCCESS`, `PAYMENT_ALREADY_CANCELLED`,
/// `PAYMENT_STATUS_ERROR`, `THIRD_PARTY_ERROR` if the provider does not answer.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &MarkFailedRequest,
) -> Result<Answer<MarkFailedResponse>, Fault> {
    seeing::operator(call)?;
    if let Some(answer) = repeating::replayed(service, call).await? {
        return Ok(answer);
    }
    let reason = input::lines("failReason", &asked.reason, 0..=input::NOTE_CHARS_MAX)?;
    let lease = service.thin_out(&format!("payment:fail:{}", asked.payment_id), 5, 30).await;
    let row = {
        let mut conn = service.db.acquire().await?;
        find(&mut conn, asked.payment_id, "").await?
    };
    cancel_payment::open(&row)?;
    let (cause, to) = (Cause::asked("manual", call, &reason), (Status::Failed, reason.as_str()));
    let has_provider = row.method() == Method::Balance || asking::provider_of(service, row.method()).is_ok();
    let outcome = if has_provider {
        asking::close(service, &row, to, &cause).await.map(|(row, _)| row)
    } else {
        fate::ended(service, row.id, to, &cause).await
    };
    lease.release().await;
    let row = outcome?;
    if row.status() != Status::Failed {
        cancel_payment::open(&row)?;
    }
    repeating::remembered(service, call, MarkFailedResponse { payment: Some(wire::payment(&row)) }).await
}

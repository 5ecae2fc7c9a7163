//! Asks the provider about an open payment and stores what it says (002-E13, 002-E16, 004-E04).
//!
//! A provider that is away leaves the payment as it is, and the answer says so.

use fault::{Code, Fault};
use host::{Answer, Call};
use proto::payment::v1::{QueryPaymentRequest, QueryPaymentResponse};

use super::{
    asking,
    fate::Cause,
    seeing::{find, fresh, may_see, missing},
    showing::show,
};
use crate::service::Service;

/// Gives the payment as it is after the question. *Errors*: `PAYMENT_NOT_FOUND`.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &QueryPaymentRequest,
) -> Result<Answer<QueryPaymentResponse>, Fault> {
    let row = {
        let mut conn = service.db.acquire().await?;
        find(&mut conn, asked.payment_id, &asked.payment_no).await?
    };
    if !may_see(&call.caller, row.user_id) {
        return Err(missing());
    }
    let (row, said) = if row.status().is_open() && row.frozen_reason.is_none() {
        match asking::ask(service, &row, &Cause::asked("query", call, "")).await {
            Ok(answer) => answer,
            Err(fault) if matches!(fault.code(), Code::ThirdPartyError | Code::ServiceUnavailable) => {
                (row, asking::NOTHING)
            }
            Err(fault) => return Err(fault),
        }
    } else {
        (row, asking::NOTHING)
    };
    let reply = QueryPaymentResponse {
        payment: Some(show(service, &call.caller, &row)?),
        was_asked: said != asking::NOTHING,
        provider_state: said.to_owned(),
    };
    Ok(fresh(reply))
}

//! Lets a frozen payment go on after its provider was asked again (contract section 5).
//!
//! The provider is asked before anything changes, so that money which it reports is written in the transaction that
//! unfreezes. Recorded with who and why. The rule not to be broken: a payment whose provider reports another amount, or
//! does not answer, stays frozen.

use fault::{Code, Fault};
use host::{Answer, Call};
use money::Minor;
use proto::payment::v1::{UnfreezePaymentRequest, UnfreezePaymentResponse};

use super::{
    asking,
    fate::{self, Cause},
    repeating,
    seeing::{self, find},
};
use crate::{
    domain::Method,
    providers::PaymentState,
    service::Service,
    store::payments::{Money, Row},
    wire,
};

/// Lets it go on. *Errors*: `FORBIDDEN`, `PAYMENT_NOT_FOUND`, `PAYMENT_STATUS_ERROR` unless it is frozen,
/// `PAYMENT_AMOUNT_ERROR` if the provider reports another amount still, `THIRD_PARTY_ERROR` if it does not answer.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &UnfreezePaymentRequest,
) -> Result<Answer<UnfreezePaymentResponse>, Fault> {
    seeing::operator(call)?;
    if let Some(answer) = repeating::replayed(service, call).await? {
        return Ok(answer);
    }
    let reason = input::lines("reason", &asked.reason, 1..=input::NOTE_CHARS_MAX)?;
    let row = {
        let mut conn = service.db.acquire().await?;
        find(&mut conn, asked.payment_id, &asked.payment_no).await?
    };
    if row.frozen_reason.is_none() {
        return Err(not_frozen());
    }
    let money = reported(service, &row).await?;
    let cause = Cause::asked("unfreeze", call, &reason);
    let row = fate::unfrozen(service, row.id, money.as_ref(), &cause).await?.ok_or_else(not_frozen)?;
    let reply = UnfreezePaymentResponse { payment: Some(wire::payment(&row)) };
    repeating::remembered(service, call, reply).await
}

fn not_frozen() -> Fault {
    Fault::new(Code::PaymentStatusError, "the payment is not frozen")
}

/// Asks for the money of a payment; none if it has not come.
async fn reported(service: &Service, row: &Row) -> Result<Option<Money>, Fault> {
    if row.method() == Method::Balance {
        return service.partners.debit(row).await;
    }
    let outcome = asking::provider_of(service, row.method())?.query(&asking::name(row)).await;
    asking::keep(service, (row.id, None, row.method()), &outcome).await;
    match outcome.result.map_err(|error| asking::trouble(&error))? {
        PaymentState::Paid(paid) if paid.amount.get() != row.amount_minor => {
            let (told, due) = (paid.amount, Minor::new(row.amount_minor));
            let detail = format!("the provider reports {told} still, due is {due}");
            Err(Fault::new(Code::PaymentAmountError, detail))
        }
        PaymentState::Paid(paid) => Ok(Some(asking::money(service, &paid))),
        PaymentState::Pending | PaymentState::Closed | PaymentState::NotFound => Ok(None),
    }
}

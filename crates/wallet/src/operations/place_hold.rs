//! Sets money of an account aside until it is settled, released, or its time is over.
//!
//! *Idempotent* by the hold's key. The rule not to be broken: held money is part of the balance, and nothing but a
//! settlement spends it.

use fault::Fault;
use host::{Answer, timestamp};
use identity::Caller;
use proto::wallet::v1::{PlaceHoldRequest, PlaceHoldResponse};

use crate::{answers, domain::Step, service::Service, wire};

/// Places a hold.
///
/// *Errors*: validation of `account`, `amount_minor`, `expires_at`; `INSUFFICIENT_BALANCE`, `ACCOUNT_FROZEN`;
/// `IDEMPOTENCY_CONFLICT`; `LOCK_TIMEOUT`.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: PlaceHoldRequest,
) -> Result<Answer<PlaceHoldResponse>, Fault> {
    let placement = wire::placement(caller, asked, service.clock.now())?;
    let (placed, is_replay) = answers::placed(&service.ledger.one(Step::Place(placement)).await?)?;
    let expires_at = Some(timestamp(placed.expires_at));
    Ok(Answer { reply: PlaceHoldResponse { hold_id: placed.hold_id, expires_at }, is_replay })
}

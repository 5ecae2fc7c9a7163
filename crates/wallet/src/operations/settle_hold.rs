//! Moves held money to another account, all of it or a part.
//!
//! *Idempotent* by the transfer's key. A freeze that came after the hold does not stop it: the money was promised
//! before. The rule not to be broken: no more is settled than is still held.

use fault::Fault;
use host::Answer;
use identity::Caller;
use proto::wallet::v1::{SettleHoldRequest, SettleHoldResponse};

use super::get_hold;
use crate::{answers, domain::Step, service::Service, wire};

/// Settles a hold; what is left of it stays held or becomes free, as the caller says.
///
/// *Errors*: `NOT_FOUND`; validation of `amount_minor`, `rest`, `to`; `STATE_CONFLICT` for a hold that ended or whose
/// time is over; `IDEMPOTENCY_CONFLICT`; `LOCK_TIMEOUT`.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: SettleHoldRequest,
) -> Result<Answer<SettleHoldResponse>, Fault> {
    // Whose hold it is never changes, so it may be read before the locks.
    let hold = get_hold::find(service, asked.hold_id).await?;
    let settlement = wire::settlement(caller, asked, hold.account)?;
    let (receipt, is_replay) = answers::posted(service.ledger.one(Step::Settle(settlement)).await?)?;
    Ok(Answer { reply: SettleHoldResponse { receipt: Some(receipt) }, is_replay })
}

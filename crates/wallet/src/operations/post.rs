//! Posts one transfer.
//!
//! *Idempotent* by the transfer's key. The rule not to be broken: a refusal writes nothing and leaves the key free.

use fault::Fault;
use host::Answer;
use identity::Caller;
use proto::wallet::v1::{NewTransfer, PostResponse};

use crate::{answers, domain::Step, service::Service, wire};

/// Moves what the legs say.
///
/// *Errors*: validation naming the leg; `INSUFFICIENT_BALANCE`, `ACCOUNT_FROZEN` naming the account;
/// `IDEMPOTENCY_CONFLICT`; `STATE_CONFLICT` for a balance beyond its bound; `LOCK_TIMEOUT`.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: Option<NewTransfer>,
) -> Result<Answer<PostResponse>, Fault> {
    let asked = asked.ok_or_else(|| Fault::validation("transfer", "must be given"))?;
    let transfer = wire::transfer(caller, asked)?;
    let (receipt, is_replay) = answers::posted(service.ledger.one(Step::Transfer(transfer)).await?)?;
    Ok(Answer { reply: PostResponse { receipt: Some(receipt) }, is_replay })
}

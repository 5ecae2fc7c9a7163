//! Gives back what a hold still holds.
//!
//! *Idempotent* by the hold: once it is released or has expired, the answer is the hold as it is.

use fault::Fault;
use host::Answer;
use proto::wallet::v1::ReleaseHoldResponse;

use super::get_hold;
use crate::{
    answers,
    domain::{Ending, Step},
    service::Service,
};

/// Releases a hold.
///
/// *Errors*: `NOT_FOUND`; `STATE_CONFLICT` if it was settled; `LOCK_TIMEOUT`.
pub(crate) async fn run(service: &Service, hold_id: i64) -> Result<Answer<ReleaseHoldResponse>, Fault> {
    let account = get_hold::find(service, hold_id).await?.account;
    let ending = Step::End(Ending { hold_id, account, is_expiry: false });
    let (hold, is_replay) = answers::ended(&service.ledger.one(ending).await?)?;
    let hold = get_hold::shown(service, hold).await?;
    Ok(Answer { reply: ReleaseHoldResponse { hold: Some(hold) }, is_replay })
}

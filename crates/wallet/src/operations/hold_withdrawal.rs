//! Sets money aside that a user withdraws (001-E17, the ledger's side): settled when it was paid out, else released.
//!
//! *Idempotent* by the withdrawal's key. What was asked for counts towards the day, also if it is given back.

use fault::Fault;
use host::{Answer, timestamp};
use identity::Caller;
use proto::wallet::v1::{
    Account as Named, AccountKind, HoldWithdrawalRequest, HoldWithdrawalResponse, PlaceHoldRequest,
};

use super::debits::{self, Needed, Wanted};
use crate::{
    answers,
    domain::{Placement, Step},
    service::Service,
    wire,
};

/// Holds an amount of CNY of the caller's wallet.
///
/// *Errors*: what `place_hold` refuses; those of debits and of the ledger.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: HoldWithdrawalRequest,
) -> Result<Answer<HoldWithdrawalResponse>, Fault> {
    let amount = input::amount("amount", money::Minor::new(asked.amount_minor))?;
    let account = Named {
        kind: AccountKind::User.into(),
        owner: asked.user_id.to_string(),
        asset: money::Currency::CNY.as_str().to_owned(),
    };
    let hold = PlaceHoldRequest {
        idempotency_key: asked.idempotency_key,
        account: Some(account),
        amount_minor: amount.get(),
        reference: asked.reference,
        memo: asked.memo,
        expires_at: asked.expires_at,
    };
    let placement = wire::placement(caller, hold, service.clock.now())?;
    let wanted = Wanted {
        user_id: asked.user_id,
        amount_minor: asked.amount_minor,
        password: &asked.payment_password,
        needed: Needed::Always,
    };
    let step = |debit| Step::Place(Placement { debit: Some(debit), ..placement.clone() });
    let (placed, is_replay) = answers::placed(&debits::carry_out(service, caller, wanted, step).await?)?;
    let expires_at = Some(timestamp(placed.expires_at));
    Ok(Answer { reply: HoldWithdrawalResponse { hold_id: placed.hold_id, expires_at }, is_replay })
}

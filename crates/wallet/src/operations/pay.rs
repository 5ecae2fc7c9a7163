//! Pays out of a user's balance, for the payment service in the user's name.
//!
//! *Idempotent* by the payment's key. Small payments need no password, within the limits of the settings.

use fault::Fault;
use host::Answer;
use identity::Caller;
use proto::wallet::v1::{Account as Named, AccountKind, Leg, NewTransfer, PayRequest, PayResponse};

use super::debits::{self, Needed, Wanted};
use crate::{
    answers,
    domain::{Step, Transfer},
    service::Service,
    wire,
};

const KIND: &str = "payment";

/// Moves an amount of CNY out of the caller's wallet.
///
/// *Errors*: validation of `to` and what `post` refuses; those of debits and of the ledger.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: PayRequest,
) -> Result<Answer<PayResponse>, Fault> {
    let to = wire::account("to", asked.to.as_ref())?;
    if to.is_wallet() {
        return Err(Fault::validation("to", "must not be a user's own account"));
    }
    let amount = asked.amount_minor;
    input::amount("amount", money::Minor::new(amount))?;
    let from = Named {
        kind: AccountKind::User.into(),
        owner: asked.user_id.to_string(),
        asset: money::Currency::CNY.as_str().to_owned(),
    };
    let transfer = NewTransfer {
        idempotency_key: asked.idempotency_key,
        kind: KIND.to_owned(),
        legs: vec![
            Leg { account: Some(from), amount_minor: amount.saturating_neg() },
            Leg { account: asked.to, amount_minor: amount },
        ],
        reference: asked.reference,
        memo: asked.memo,
    };
    let transfer = wire::transfer(caller, transfer)?;
    let wanted = Wanted {
        user_id: asked.user_id,
        amount_minor: amount,
        password: &asked.payment_password,
        needed: Needed::AboveSmall,
    };
    let step = |debit| Step::Transfer(Transfer { debit: Some(debit), ..transfer.clone() });
    let (receipt, is_replay) = answers::posted(debits::carry_out(service, caller, wanted, step).await?)?;
    Ok(Answer { reply: PayResponse { receipt: Some(receipt) }, is_replay })
}

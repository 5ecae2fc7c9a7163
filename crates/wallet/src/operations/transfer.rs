//! Gives money of one user to another (001-E18).
//!
//! *Idempotent* by the caller's key. The rule not to be broken: the giver asks for it himself, with his payment password.

use fault::Fault;
use host::{Answer, timestamp};
use identity::Caller;
use input::NOTE_CHARS_MAX;
use proto::wallet::v1::{Transaction, TransactionType, TransferRequest, TransferResponse};

use super::debits::{self, Needed, Wanted};
use crate::{
    domain::{Account, Asset, Leg, Outcome, Step, Transfer},
    service::Service,
    wire,
};

const KIND: &str = "transfer";
const REASON_CHARS_MAX: usize = 100;

/// Moves an amount of CNY to another user's wallet.
///
/// *Errors*: validation of `to_user_id`, `amount`, `reason`, `description`; `NOT_FOUND` when there is no such user;
/// those of debits and of the ledger.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: TransferRequest,
) -> Result<Answer<TransferResponse>, Fault> {
    super::rights::himself(caller, asked.user_id)?;
    let asset = Asset::Currency(money::Currency::CNY);
    let (from, to) = (Account::user(asked.user_id, asset), Account::user(asked.to_user_id, asset));
    if asked.to_user_id <= 0 {
        return Err(Fault::validation("to_user_id", "must be the id of a user"));
    }
    if from == to {
        return Err(Fault::validation("to_user_id", "must be somebody else"));
    }
    let reference = input::line("reason", &asked.reason, 0..=REASON_CHARS_MAX)?;
    let memo = input::lines("description", &asked.description, 0..=NOTE_CHARS_MAX)?;
    service.people.require(asked.to_user_id).await?;
    let amount = asked.amount_minor;
    let legs = vec![
        Leg { account: from, amount_minor: amount.saturating_neg() },
        Leg { account: to, amount_minor: amount },
    ];
    let note = wire::own_note(service, caller, KIND, (reference, memo), &legs)?;
    let wanted = Wanted {
        user_id: asked.user_id,
        amount_minor: amount,
        password: &asked.payment_password,
        needed: Needed::Always,
    };
    let step =
        |debit| Step::Transfer(Transfer { note: note.clone(), legs: legs.clone(), debit: Some(debit) });
    let Outcome::Posted { receipt, is_replay } = debits::carry_out(service, caller, wanted, step).await?
    else {
        return Err(Fault::internal("a transfer was answered as something else"));
    };
    let given = receipt.legs.first().ok_or_else(|| Fault::internal("a transfer has no legs"))?;
    let transaction = Transaction {
        transfer_id: receipt.transfer_id,
        entry_number: given.entry_number,
        r#type: TransactionType::Transfer.into(),
        kind: KIND.to_owned(),
        amount_minor: amount.saturating_neg(),
        balance_after_minor: given.balance_after_minor,
        at: Some(timestamp(receipt.at)),
        counterparty_user_id: asked.to_user_id,
        reference: note.reference,
        memo: note.memo,
        currency: asset.as_str().to_owned(),
    };
    Ok(Answer { reply: TransferResponse { transaction: Some(transaction) }, is_replay })
}

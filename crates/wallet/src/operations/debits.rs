//! What every debit passes that a user asks for himself, before it gets to the ledger.
//!
//! It must be his own wallet, the amount within the limit of one payment, and the payment password right where it is
//! needed. The limits of the day and whether the password still counts are asked by the ledger, in the transaction that
//! moves the money. The rule not to be broken: no debit skips this.

use fault::{Code, Fault};
use identity::Caller;
use money::Minor;

use super::{check_payment_password, rights};
use crate::{
    domain::{Debit, Outcome, Proof, Step, unproven},
    service::Service,
};

/// When the payment password is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    Always,
    /// Above the limits of small payments.
    AboveSmall,
}

/// A debit that a user asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) user_id: i64,
    pub(super) amount_minor: i64,
    pub(super) password: &'a str,
    pub(super) needed: Needed,
}

/// Passes a debit and has the ledger carry out the step that it is.
///
/// *Errors*: `FORBIDDEN` for somebody else's wallet; validation of `amount`; `PAYMENT_LIMIT_EXCEEDED`;
/// `PAYMENT_PASSWORD_ERROR`; those of the ledger.
pub(super) async fn carry_out(
    service: &Service,
    caller: &Caller,
    wanted: Wanted<'_>,
    step: impl Fn(Debit) -> Step,
) -> Result<Outcome, Fault> {
    rights::himself(caller, wanted.user_id)?;
    let amount = input::amount("amount", Minor::new(wanted.amount_minor))?;
    service.limits.admit(amount)?;
    let debit = |proof| Debit {
        user_id: wanted.user_id,
        amount,
        day: service.today(),
        proof,
        limits: service.limits,
    };
    if wanted.password.is_empty() {
        if wanted.needed == Needed::Always || !service.limits.is_small(amount) {
            return Err(unproven("is required"));
        }
        return service.ledger.one(step(debit(Proof::Nothing))).await;
    }
    let proven = check_payment_password::prove(service, wanted.user_id, wanted.password).await?;
    let done = service.ledger.one(step(debit(Proof::Password { version: proven.version }))).await;
    match done {
        // It may have been proven a while ago: what stands now is asked again.
        Err(fault) if fault.code() == Code::PaymentPasswordError => {
            proven.forget(service).await;
            let proven = check_payment_password::prove(service, wanted.user_id, wanted.password).await?;
            service.ledger.one(step(debit(Proof::Password { version: proven.version }))).await
        }
        done => done,
    }
}

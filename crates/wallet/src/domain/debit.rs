//! The rules of a debit that a user asks for himself: limits of a payment and of a day, and the payment password.
//!
//! What is left of a day stands in the user's allowance. Whether a password is right was found out before; here is asked
//! whether it still counts. The rule not to be broken: without a password no more leaves a wallet in a day than the
//! limits of small payments say.

use chrono::{DateTime, NaiveDate, Utc};
use fault::{Code, Fault};
use money::Minor;

/// How far debits may go. *Units*: hundredths of CNY.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Of one debit.
    pub(crate) each: Minor,
    /// Of all debits of a day.
    pub(crate) day: Minor,
    /// Of one debit without the payment password.
    pub(crate) small_each: Minor,
    /// Of all debits of a day without it.
    pub(crate) small_day: Minor,
}

/// What a debit proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The payment password was right; its version.
    Password { version: i64 },
    /// Nothing; it is a small payment.
    Nothing,
}

/// A debit of a user's own wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Debit {
    pub(crate) user_id: i64,
    pub(crate) amount: Minor,
    /// The business day on which it is asked for.
    pub(crate) day: NaiveDate,
    pub(crate) proof: Proof,
    pub(crate) limits: Limits,
}

/// What is used of a user's day, and how his payment password stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) day: NaiveDate,
    pub(crate) spent: Minor,
    /// Part of what was spent.
    pub(crate) unproven: Minor,
    /// None while no payment password is set.
    pub(crate) password_version: Option<i64>,
    pub(crate) locked_until: Option<DateTime<Utc>>,
}

impl Limits {
    /// Passes an amount that one debit may have. *Errors*: `PAYMENT_LIMIT_EXCEEDED`.
    pub(crate) fn admit(&self, amount: Minor) -> Result<(), Fault> {
        if amount <= self.each {
            return Ok(());
        }
        Err(exceeded(format!("amount: must be at most {}, the limit of one payment", self.each)))
    }

    /// Tells whether an amount may go without the payment password, as far as it alone is concerned.
    pub(crate) fn is_small(&self, amount: Minor) -> bool {
        amount <= self.small_each
    }
}

impl Allowance {
    /// Uses the allowance for a debit at an instant.
    ///
    /// *Errors*: `PAYMENT_PASSWORD_ERROR` when the password was changed or locked meanwhile, or one is needed by now;
    /// `PAYMENT_LIMIT_EXCEEDED`.
    pub(super) fn spend(&mut self, debit: &Debit, at: DateTime<Utc>) -> Result<(), Fault> {
        if debit.day > self.day {
            *self = Self { day: debit.day, spent: Minor::ZERO, unproven: Minor::ZERO, ..*self };
        }
        let limits = &debit.limits;
        let spent = self.spent.checked_add(debit.amount).filter(|spent| *spent <= limits.day);
        self.spent = spent.ok_or_else(|| {
            let left = limits.day.checked_sub(self.spent).unwrap_or_default().max(Minor::ZERO);
            exceeded(format!("amount: must be at most {left}, what is left of the day's {}", limits.day))
        })?;
        match debit.proof {
            Proof::Password { version } => {
                let is_locked = self.locked_until.is_some_and(|until| until > at);
                if is_locked || self.password_version != Some(version) {
                    return Err(unproven("the payment password was changed or locked just now"));
                }
            }
            Proof::Nothing => {
                let sum = self.unproven.checked_add(debit.amount).filter(|sum| *sum <= limits.small_day);
                self.unproven = sum.ok_or_else(|| {
                    unproven("is needed: the small payments of this day have reached their limit")
                })?;
            }
        }
        Ok(())
    }
}

/// Refuses a debit over a limit.
fn exceeded(detail: String) -> Fault {
    Fault::new(Code::PaymentLimitExceeded, detail).with_field("amount")
}

/// Refuses a debit for want of the payment password.
pub(crate) fn unproven(rule: &str) -> Fault {
    Fault::new(Code::PaymentPasswordError, format!("payment_password: {rule}")).with_field("payment_password")
}

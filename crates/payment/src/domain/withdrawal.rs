//! States of a withdrawal, how far its money is, and when the provider's word about it is believed.
//!
//! ```text
//! new -> held -> sent -> paid -> (success)
//!    \      \       \-> refused -> (failed)
//!     \------\-------------^
//! ```
//! The table of steps is the only one: the database's copy is compared with it by a test. The rule not to be broken: as
//! long as a sending may still arrive, no refusal of another one is believed.

use chrono::{DateTime, TimeDelta, Utc};
use fault::{Code, Fault};
use money::Minor;

use super::status::words;

words! {
    /// The state of a withdrawal.
    WithdrawalStatus {
        /// Nothing was sent yet.
        Pending = "pending",
        /// The provider has it, or may have it.
        Processing = "processing",
        /// The money arrived.
        Success = "success",
        /// The money is in the wallet.
        Failed = "failed",
    }
}

/// The legal steps of a withdrawal.
#[cfg(test)]
pub(crate) const WITHDRAWAL_STEPS: &[(WithdrawalStatus, WithdrawalStatus)] = &[
    (WithdrawalStatus::Pending, WithdrawalStatus::Processing),
    (WithdrawalStatus::Pending, WithdrawalStatus::Failed),
    (WithdrawalStatus::Processing, WithdrawalStatus::Success),
    (WithdrawalStatus::Processing, WithdrawalStatus::Failed),
];

impl WithdrawalStatus {
    /// Tells whether nothing more happens.
    pub(crate) const fn has_ended(self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

words! {
    /// How far the money of a withdrawal is.
    PayoutStage {
        /// The wallet may have set it aside, or not.
        New = "new",
        /// It is set aside in the wallet.
        Held = "held",
        /// The provider may have got it.
        Sent = "sent",
        /// The provider paid: the ledger follows.
        Paid = "paid",
        /// Nothing was paid and nothing will be: what was set aside is free again.
        Refused = "refused",
    }
}

words! {
    /// Where a user wants his money.
    WithdrawMethod {
        /// At a bank.
        Bank = "bank",
        /// At Alipay.
        Alipay = "alipay",
        /// At WeChat.
        Wechat = "wechat",
    }
}

/// The least that the channel pays out.
const AMOUNT_MIN: Minor = Minor::new(10);
/// How long after the beginning the wallet is asked to set money aside; later nobody begins with it. *Units*: seconds.
const HOLDING_SECONDS: i64 = 10;
/// How long after the beginning a hold that is not there never will be. *Units*: seconds; more than `HOLDING_SECONDS`
/// and the longest call.
const UNHELD_SECONDS: i64 = 30;
/// How long a sending is left alone before it is sent again. *Units*: seconds; more than one try of a call lasts.
const SENDING_SECONDS: i64 = 10;
/// How long a sending without an answer may still arrive. *Units*: seconds.
const DOUBT_SECONDS: i64 = 60;

/// Passes an amount that can be paid out. *Errors*: `PAYMENT_AMOUNT_ERROR`.
pub(crate) fn payable(amount_minor: i64) -> Result<Minor, Fault> {
    let amount = Minor::new(amount_minor);
    let refuse = |rule: String| Err(Fault::new(Code::PaymentAmountError, rule).with_field("amount"));
    if amount < AMOUNT_MIN {
        return refuse(format!("amount: must be at least {AMOUNT_MIN}"));
    }
    if amount > Minor::MAX_INPUT {
        return refuse(format!("amount: must be at most {}", Minor::MAX_INPUT));
    }
    Ok(amount)
}

/// Tells whether the wallet may still be asked to set money aside for a withdrawal that began then.
pub(crate) fn may_hold(created_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - created_at < TimeDelta::seconds(HOLDING_SECONDS)
}

/// Tells whether a hold that is not there never will be.
pub(crate) fn is_unheld(created_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - created_at >= TimeDelta::seconds(UNHELD_SECONDS)
}

/// Tells whether it may be sent again after a sending of which the provider knows nothing.
pub(crate) fn may_send_again(sent_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - sent_at >= TimeDelta::seconds(SENDING_SECONDS)
}

/// Tells whether a refusal ends it, after an earlier sending without an answer, if there was one.
pub(crate) fn is_refusal_final(earlier: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    earlier.is_none_or(|at| now - at >= TimeDelta::seconds(DOUBT_SECONDS))
}

/// Hides an account's number but for its last four characters.
pub(crate) fn masked(number: &str) -> String {
    const SHOWN: usize = 4;
    let hidden = number.chars().count().saturating_sub(SHOWN);
    let tail: String = number.chars().skip(hidden).collect();
    // A short one would show itself whole.
    if hidden < SHOWN { "****".to_owned() } else { format!("****{tail}") }
}

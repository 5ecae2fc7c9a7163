//! What refunds may be: how much, how often, how long after; and what they make of their payment.
//!
//! The sum is guarded by the database too. Its tables of steps are the only ones: the database's
//! copies are compared with them by a test. The rule not to be broken: never more goes back than came.

use chrono::{DateTime, TimeDelta, Utc};
use fault::{Code, Fault};

use super::status::{Status, words};

/// Partial refunds of one payment that providers carry out.
const PARTIAL_REFUNDS_MAX: i64 = 50;
/// How long after the payment providers refund.
const DAYS_MAX: i64 = 365;

words! {
    /// The state of a refund.
    RefundStatus {
        /// A payer has asked for it.
        WaitingApproval = "waiting_approval",
        /// Under way.
        Processing = "processing",
        /// The money went back.
        Success = "success",
        /// The money did not go back, and never will by this refund.
        Failed = "failed",
    }
}

words! {
    /// How far the money of a refund is.
    Stage {
        /// Nothing was done.
        New = "new",
        /// It is set aside in the ledger.
        Held = "held",
        /// The provider may have got it.
        Sent = "sent",
        /// The provider sent it back: the ledger follows.
        Returned = "returned",
        /// It will not go back: what was set aside is free again.
        Refused = "refused",
    }
}

/// The legal steps of a refund (contract section 5).
pub(crate) const REFUND_STEPS: &[(RefundStatus, RefundStatus)] = &[
    (RefundStatus::WaitingApproval, RefundStatus::Processing),
    (RefundStatus::WaitingApproval, RefundStatus::Failed),
    (RefundStatus::Processing, RefundStatus::Success),
    (RefundStatus::Processing, RefundStatus::Failed),
];

/// The legal steps of its money: what the provider may have got alone comes back or not.
pub(crate) const STAGE_STEPS: &[(Stage, Stage)] = &[
    (Stage::New, Stage::Held),
    (Stage::New, Stage::Refused),
    (Stage::Held, Stage::Sent),
    (Stage::Sent, Stage::Returned),
    (Stage::Sent, Stage::Refused),
];

impl RefundStatus {
    /// Tells whether a step is legal.
    pub(crate) fn may_become(self, next: Self) -> bool {
        REFUND_STEPS.contains(&(self, next))
    }
}

impl Stage {
    /// Tells whether a step is legal.
    pub(crate) fn may_become(self, next: Self) -> bool {
        STAGE_STEPS.contains(&(self, next))
    }
}

/// What a refund is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) status: Status,
    pub(crate) paid_minor: i64,
    pub(crate) refunded_minor: i64,
    pub(crate) reserved_minor: i64,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    /// Refunds that did not fail.
    pub(crate) refunds: i64,
    pub(crate) is_frozen: bool,
    pub(crate) is_extra: bool,
}

/// Says which type a refund is. *Errors*: `PAYMENT_STATUS_ERROR`, `REFUND_NOT_ALLOWED`, `REFUND_AMOUNT_EXCEEDED`,
/// validation of `refundType`.
pub(crate) fn kind_of_refund(
    of: &Standing,
    amount_minor: i64,
    is_full_wanted: Option<bool>,
    now: DateTime<Utc>,
) -> Result<&'static str, Fault> {
    let refuse = |why: &str| Err(Fault::new(Code::RefundNotAllowed, why));
    if of.is_frozen || of.is_extra {
        return refuse("the payment is in the exception list");
    }
    if of.status == Status::Refunded {
        return Err(Fault::new(Code::RefundAmountExceeded, "the payment is refunded already"));
    }
    if !of.status.is_paid() {
        return Err(Fault::new(Code::PaymentStatusError, format!("the payment is {}", of.status.as_str())));
    }
    if of.paid_at.is_none_or(|at| now - at > TimeDelta::days(DAYS_MAX)) {
        return refuse("the payment is older than a year");
    }
    if of.refunds >= PARTIAL_REFUNDS_MAX {
        return refuse("the payment was refunded 50 times already");
    }
    let rest = of.paid_minor.saturating_sub(of.refunded_minor).saturating_sub(of.reserved_minor);
    if amount_minor > rest {
        let detail = format!("at most {} can be refunded", money::Minor::new(rest));
        return Err(Fault::new(Code::RefundAmountExceeded, detail));
    }
    let is_full = amount_minor == of.paid_minor;
    match is_full_wanted {
        Some(true) if amount_minor < rest => {
            Err(Fault::validation("refundType", "a full refund must be of all that is left"))
        }
        Some(true) => Ok("full"),
        Some(false) => Ok("partial"),
        None => Ok(if is_full { "full" } else { "partial" }),
    }
}

/// Says what a payment is once a refund of it has ended.
pub(crate) const fn status_after(paid_minor: i64, refunded_minor: i64, has_others_under_way: bool) -> Status {
    if refunded_minor >= paid_minor {
        Status::Refunded
    } else if has_others_under_way {
        Status::Refunding
    } else if refunded_minor > 0 {
        Status::PartiallyRefunded
    } else {
        Status::Success
    }
}

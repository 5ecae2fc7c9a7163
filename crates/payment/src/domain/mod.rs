//! What is true of payments, refunds and tasks, whoever asks.
//!
//! Pure: nothing is read or written here. The rule not to be broken: the legal steps of a payment stand in `status`
//! alone, those of a withdrawal in `withdrawal`.

mod numbers;
mod refund;
mod status;
mod timetable;
mod withdrawal;

pub(crate) use self::{
    numbers::{TAIL_CHARS, payment_no, refund_no, withdrawal_no},
    refund::{RefundStatus, Stage, Standing, kind_of_refund, status_after},
    status::{Lane, Method, Status, Verdict},
    timetable::{expiry, next_question, next_refund_question},
    withdrawal::{
        PayoutStage, WithdrawMethod, WithdrawalStatus, is_refusal_final, is_unheld, masked, may_hold,
        may_send_again, payable,
    },
};
#[cfg(test)]
pub(crate) use self::{
    refund::{REFUND_STEPS, STAGE_STEPS},
    status::STEPS,
    withdrawal::WITHDRAWAL_STEPS,
};

/// A task around payments (000-E35).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Reminds those who owe shares of bills (000-J01).
    Reminder,
    /// Reconciles offline records with bills (000-J02).
    Sync,
    /// Deletes what has expired (000-J03).
    Cleanup,
}

impl Task {
    /// All of them, in the order of the documents.
    pub(crate) const ALL: [Self; 3] = [Self::Reminder, Self::Sync, Self::Cleanup];

    /// Gives the word of the documents.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reminder => "payment_reminder",
            Self::Sync => "payment_sync",
            Self::Cleanup => "payment_cleanup",
        }
    }

    /// Finds a task by its word.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}

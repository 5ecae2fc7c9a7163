//! How far an approved bill is paid: derived from its shares, never stored.

use chrono::NaiveDate;

/// Derived state of payment (contract section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing of what is owed was handed over.
    Unpaid,
    /// Something was.
    Partial,
    /// Everything was.
    Paid,
    /// Not everything was, and the due date is over.
    Overdue,
}

/// What one share owes to others and what of it was handed over. *Units*: minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    /// Owed to others.
    pub(crate) debt_minor: i64,
    /// Handed over.
    pub(crate) paid_minor: i64,
}

/// Derives how far a bill is paid. A bill in which nobody owes anybody anything is paid.
pub(crate) fn progress(shares: &[Owed], due_date: NaiveDate, today: NaiveDate) -> Progress {
    let is_open = |share: &Owed| share.paid_minor < share.debt_minor;
    if !shares.iter().any(is_open) {
        Progress::Paid
    } else if due_date < today {
        Progress::Overdue
    } else if shares.iter().any(|share| share.paid_minor > 0) {
        Progress::Partial
    } else {
        Progress::Unpaid
    }
}

//! The states of a bill (000-S04, contract section 5). The legal steps between them stand once, in the table
//! `bill_transition`, which the history refers to.

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Its expenses are being allocated; nobody sees it.
    Reserving,
    /// It waits for review.
    Pending,
    /// It was agreed on and its expenses are being divided by it; people see it as pending.
    Approving,
    /// It is agreed on and can be paid.
    Approved,
    /// It was refused; it can be edited and sent again.
    Rejected,
    /// Its allocation did not succeed; nobody sees it.
    Abandoned,
}

impl Status {
    /// Gives the word of the database and of 000.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Reserving => "reserving",
            Self::Pending => "pending",
            Self::Approving => "approving",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Abandoned => "abandoned",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Reserving, Self::Pending, Self::Approving, Self::Approved, Self::Rejected, Self::Abandoned]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

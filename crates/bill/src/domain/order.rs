//! The states and kinds of an order (003-S01, 004-S03, contract section 5), and what becomes of money that comes for
//! it. The legal steps between states stand once, in the table `order_transition`, which the history refers to.

use chrono::{DateTime, Utc};

/// What is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody's share of a bill.
    BillShare,
    /// Time of a membership.
    Membership,
    /// A points pack.
    Points,
    /// The owner's own balance.
    Recharge,
    /// What an outside business sells.
    External,
}

impl Kind {
    /// All kinds.
    pub(crate) const ALL: [Self; 5] =
        [Self::BillShare, Self::Membership, Self::Points, Self::Recharge, Self::External];

    /// Gives the word of the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BillShare => "bill_share",
            Self::Membership => "membership",
            Self::Points => "points",
            Self::Recharge => "recharge",
            Self::External => "external",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Tells whether something is left to be done once the money is there.
    pub(crate) const fn needs_delivery(self) -> bool {
        matches!(self, Self::BillShare | Self::Membership | Self::Points)
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// It waits for money.
    Pending,
    /// The money came.
    Paid,
    /// All of the money went back.
    Refunded,
    /// It is not paid any more.
    Cancelled,
    /// It was closed by hand after delivery.
    Completed,
}

impl Status {
    /// All states.
    pub(crate) const ALL: [Self; 5] =
        [Self::Pending, Self::Paid, Self::Refunded, Self::Cancelled, Self::Completed];

    /// Gives the word of the database and of 003 and 004.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// What is known of an order when money comes for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due<'a> {
    pub(crate) status: Status,
    pub(crate) amount_minor: i64,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) payment_no: Option<&'a str>,
}

/// Money that came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Money<'a> {
    pub(crate) payment_no: &'a str,
    pub(crate) amount_minor: i64,
    /// When the provider got it.
    pub(crate) paid_at: DateTime<Utc>,
}

/// What becomes of money that comes for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It pays the order.
    Accepted,
    /// It has paid the order before.
    Already,
    /// It came after the deadline, or for a cancelled order.
    Late,
    /// Something else has paid.
    Double,
    /// It is another amount than the order's.
    AmountMismatch,
}

/// Says what becomes of money. Only the provider's time counts, however late it is heard of (003-J01, 004-R03).
pub(crate) fn judge(due: Due<'_>, money: Money<'_>) -> Outcome {
    if due.payment_no == Some(money.payment_no) {
        return Outcome::Already;
    }
    if due.amount_minor != money.amount_minor {
        return Outcome::AmountMismatch;
    }
    match due.status {
        Status::Paid | Status::Refunded | Status::Completed => Outcome::Double,
        Status::Cancelled => Outcome::Late,
        Status::Pending if money.paid_at > due.expires_at => Outcome::Late,
        Status::Pending => Outcome::Accepted,
    }
}

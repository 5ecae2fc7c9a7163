//! What callers order, and what they are answered.
//!
//! An order is made of steps, one in most cases. Its texts, keys and amounts were checked when it was read. Balances
//! do not live here. The rule not to be broken: a step's hash covers everything that makes it what it is.

use chrono::{DateTime, Utc};
use fault::{Code, Fault};

use super::{Account, Debit};

/// Legs of one transfer at most.
pub(crate) const LEGS_MAX: usize = 100;

/// The largest amount of a leg or hold, in minor units: ten trillion yuan.
pub(crate) const LEG_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// What an account gets (above 0) or gives (below).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) account: Account,
    pub(crate) amount_minor: i64,
}

/// What is written beside a transfer or hold, and by which key it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) key: String,
    /// SHA-256 of what was asked for.
    pub(crate) hash: [u8; 32],
    /// The kind of transfer; empty for a hold.
    pub(crate) kind: String,
    pub(crate) reference: String,
    pub(crate) memo: String,
    pub(crate) actor: String,
}

/// A transfer of two or more legs. *Shape*: adds up to zero for each asset, no account twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) note: Note,
    pub(crate) legs: Vec<Leg>,
    /// None if no user asks for it himself.
    pub(crate) debit: Option<Debit>,
}

/// Money to be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    pub(crate) note: Note,
    pub(crate) account: Account,
    pub(crate) amount_minor: i64,
    pub(crate) expires_at: DateTime<Utc>,
    /// As of a transfer.
    pub(crate) debit: Option<Debit>,
}

/// What becomes of the part that is not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    Keep,
    Release,
}

/// Held money to be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) note: Note,
    pub(crate) hold_id: i64,
    /// The account of the hold.
    pub(crate) from: Account,
    pub(crate) to: Account,
    /// None is all that is held.
    pub(crate) amount_minor: Option<i64>,
    pub(crate) rest: Rest,
}

/// Held money to be given back: because somebody asks for it, or because its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    pub(crate) hold_id: i64,
    /// The account of the hold.
    pub(crate) account: Account,
    pub(crate) is_expiry: bool,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Transfer(Transfer),
    Place(Placement),
    Settle(Settlement),
    End(Ending),
}

impl Step {
    /// Lists the accounts that it touches.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = Account> + '_ {
        let (legs, pair): (&[Leg], [Option<Account>; 2]) = match self {
            Self::Transfer(transfer) => (&transfer.legs, [None, None]),
            Self::Place(placement) => (&[], [Some(placement.account), None]),
            Self::Settle(settlement) => (&[], [Some(settlement.from), Some(settlement.to)]),
            Self::End(ending) => (&[], [Some(ending.account), None]),
        };
        legs.iter().map(|leg| leg.account).chain(pair.into_iter().flatten())
    }

    /// Gives the note of the transfer that it makes, if it makes one.
    pub(crate) const fn posting(&self) -> Option<&Note> {
        match self {
            Self::Transfer(transfer) => Some(&transfer.note),
            Self::Settle(settlement) => Some(&settlement.note),
            Self::Place(_) | Self::End(_) => None,
        }
    }

    /// Gives the note of the hold that it places, if it places one.
    pub(crate) const fn placing(&self) -> Option<&Note> {
        match self {
            Self::Place(placement) => Some(&placement.note),
            Self::Transfer(_) | Self::Settle(_) | Self::End(_) => None,
        }
    }

    /// Gives the id of the hold that it changes, if it changes one.
    pub(crate) const fn changing(&self) -> Option<i64> {
        match self {
            Self::Settle(settlement) => Some(settlement.hold_id),
            Self::End(ending) => Some(ending.hold_id),
            Self::Transfer(_) | Self::Place(_) => None,
        }
    }

    /// Gives the debit that it is, if a user asks for it himself.
    pub(crate) const fn debit(&self) -> Option<&Debit> {
        match self {
            Self::Transfer(transfer) => transfer.debit.as_ref(),
            Self::Place(placement) => placement.debit.as_ref(),
            Self::Settle(_) | Self::End(_) => None,
        }
    }

    /// Tells how much work it is.
    pub(crate) const fn weight(&self) -> usize {
        match self {
            Self::Transfer(transfer) => transfer.legs.len(),
            Self::Place(_) | Self::Settle(_) | Self::End(_) => 2,
        }
    }
}

/// Steps that one caller hands in together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) steps: Vec<Step>,
    /// Whether all of them succeed or none.
    pub(crate) is_linked: bool,
}

/// The answers to an order: one for each step; of a linked order that was refused, one refusal.
pub(crate) type Replies = Vec<Result<Outcome, Fault>>;

/// What a leg did to its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReceiptLeg {
    pub(crate) entry_number: i64,
    pub(crate) balance_after_minor: i64,
}

/// What a transfer did. *Shape*: legs in the order of the request; of a settlement who gives, who gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) transfer_id: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) legs: Vec<ReceiptLeg>,
}

/// A hold as it was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) hold_id: i64,
    pub(crate) expires_at: DateTime<Utc>,
}

/// How far a hold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldState {
    Open,
    Settled,
    Released,
    Expired,
}

impl HoldState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Settled, Self::Released, Self::Expired]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A hold as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) id: i64,
    pub(crate) account: Account,
    pub(crate) amount_minor: i64,
    pub(crate) settled_minor: i64,
    pub(crate) state: HoldState,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Hold {
    /// Gives what of it is held: nothing once it has ended.
    pub(crate) const fn held_minor(&self) -> i64 {
        match self.state {
            HoldState::Open => self.amount_minor.saturating_sub(self.settled_minor),
            HoldState::Settled | HoldState::Released | HoldState::Expired => 0,
        }
    }
}

/// What a step did; `is_replay` if it was done before and nothing was done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Posted { receipt: Receipt, is_replay: bool },
    Placed { placed: Placed, is_replay: bool },
    Ended { hold: Hold, is_replay: bool },
}

impl Outcome {
    pub(crate) const fn is_replay(&self) -> bool {
        match self {
            Self::Posted { is_replay, .. }
            | Self::Placed { is_replay, .. }
            | Self::Ended { is_replay, .. } => *is_replay,
        }
    }
}

/// Refuses a key that stands for something else.
pub(crate) fn reused(key: &str) -> Fault {
    let detail = format!("idempotency_key: {key} was used with another request");
    Fault::new(Code::IdempotencyConflict, detail).with_field("idempotency_key")
}

//! What is asked of the model and of the real ledger, and what they say.
//!
//! Both sides speak of accounts by their place in [`accounts`], and of holds by their key, so that an answer of one can
//! be compared with an answer of the other.

use fault::Code;
use proto::wallet::v1::{Account, AccountKind, HoldState, Rest};

use super::super::bank::account;

/// Accounts in the first asset: users, a merchant, a channel.
pub(super) const FIRST_ASSET: usize = 7;
pub(super) const CHANNEL: usize = 6;
/// A user and a channel in the second asset.
pub(super) const OTHER_USER: usize = 7;
pub(super) const OTHER_CHANNEL: usize = 8;

/// The accounts of a sequence that has two assets for itself.
pub(super) fn accounts(assets: [&str; 2]) -> Vec<Account> {
    let [first, second] = assets;
    let user = |id: i64, asset| account(AccountKind::User, &id.to_string(), asset);
    let firsts = (7..12).map(|id| user(id, first));
    let others = [
        account(AccountKind::Merchant, "1", first),
        account(AccountKind::Channel, "alipay", first),
        user(7, second),
        account(AccountKind::Channel, "wechat", second),
    ];
    firsts.chain(others).collect()
}

pub(super) fn is_channel(place: usize) -> bool {
    matches!(place, CHANNEL | OTHER_CHANNEL)
}

pub(super) fn is_first_asset(place: usize) -> bool {
    place < FIRST_ASSET
}

/// A leg's account and its amount.
pub(super) type Legs = Vec<(usize, i64)>;
/// The number and balance of each leg.
pub(super) type Lines = Vec<(i64, i64)>;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) key: String,
    pub(super) legs: Legs,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placing {
    pub(super) key: String,
    pub(super) place: usize,
    pub(super) amount: i64,
    /// In minutes after the sequence began.
    pub(super) ends: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settling {
    pub(super) key: String,
    pub(super) hold: String,
    pub(super) amount: i64,
    pub(super) to: usize,
    pub(super) rest: Rest,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    Post(Order),
    Batch(Vec<Order>),
    Linked(Vec<Order>),
    Place(Placing),
    Settle(Settling),
    Release(String),
    Freeze(usize, bool),
}

impl Asked {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Post(_) => "post",
            Self::Batch(_) => "batch",
            Self::Linked(_) => "linked",
            Self::Place(_) => "place",
            Self::Settle(_) => "settle",
            Self::Release(_) => "release",
            Self::Freeze(..) => "freeze",
        }
    }
}

/// An answer; the flag tells whether it was done before.
pub(super) type Posted = Result<(Lines, bool), Code>;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    Posted(Vec<Posted>),
    Linked(Result<(Vec<Lines>, bool), Code>),
    Placed(Result<bool, Code>),
    /// With the hold's state and what was settled of it.
    Ended(Result<(HoldState, i64, bool), Code>),
    Frozen(Result<(), Code>),
}

impl Told {
    /// Names what happened, such as `posted` or `INSUFFICIENT_BALANCE`.
    pub(super) fn words(&self) -> Vec<&'static str> {
        let word = |done: &'static str, is_replay| if is_replay { "repeated" } else { done };
        match self {
            Self::Posted(answers) => {
                let say = |answer: &Posted| match answer {
                    Ok((_, is_replay)) => word("done", *is_replay),
                    Err(code) => code.as_str(),
                };
                answers.iter().map(say).collect()
            }
            Self::Linked(Ok((_, is_replay))) | Self::Ended(Ok((_, _, is_replay))) => {
                vec![word("done", *is_replay)]
            }
            Self::Placed(Ok(is_replay)) => vec![word("done", *is_replay)],
            Self::Frozen(Ok(())) => vec!["done"],
            Self::Linked(Err(code))
            | Self::Placed(Err(code))
            | Self::Ended(Err(code))
            | Self::Frozen(Err(code)) => {
                vec![code.as_str()]
            }
        }
    }

    /// Tells whether nothing was written: it was refused, or done before.
    pub(super) fn is_without_effect(&self) -> bool {
        match self {
            Self::Posted(answers) => {
                answers.iter().all(|answer| answer.as_ref().map_or(true, |(_, is_replay)| *is_replay))
            }
            Self::Linked(answer) => answer.as_ref().map_or(true, |(_, is_replay)| *is_replay),
            Self::Placed(answer) => answer.unwrap_or(true),
            Self::Ended(answer) => answer.map_or(true, |(_, _, is_replay)| is_replay),
            Self::Frozen(answer) => answer.is_err(),
        }
    }
}

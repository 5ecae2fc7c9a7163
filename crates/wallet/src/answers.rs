//! From what the domain knows to messages. The way in is `wire`.
//!
//! Only the form is changed here, nothing is judged.

use fault::Fault;
use host::timestamp;
use proto::wallet::v1::{self as message, AccountKind};

use crate::{
    domain::{Account, Hold, HoldState, Outcome, Placed, Receipt},
    store::{entries::Entry, holds::Written, transfers::Posted},
};

/// Takes the receipt out of what a transfer or settlement did.
pub(crate) fn posted(outcome: Outcome) -> Result<(message::Receipt, bool), Fault> {
    match outcome {
        Outcome::Posted { receipt, is_replay } => Ok((encode(receipt), is_replay)),
        Outcome::Placed { .. } | Outcome::Ended { .. } => Err(unlike()),
    }
}

/// Takes the hold out of what a placement did.
pub(crate) fn placed(outcome: &Outcome) -> Result<(Placed, bool), Fault> {
    match outcome {
        Outcome::Placed { placed, is_replay } => Ok((*placed, *is_replay)),
        Outcome::Posted { .. } | Outcome::Ended { .. } => Err(unlike()),
    }
}

/// Takes the hold out of what an ending did.
pub(crate) fn ended(outcome: &Outcome) -> Result<(Hold, bool), Fault> {
    match outcome {
        Outcome::Ended { hold, is_replay } => Ok((*hold, *is_replay)),
        Outcome::Posted { .. } | Outcome::Placed { .. } => Err(unlike()),
    }
}

fn unlike() -> Fault {
    Fault::internal("the ledger answered something else than was asked")
}

fn encode(receipt: Receipt) -> message::Receipt {
    let legs = receipt.legs.into_iter().map(|leg| message::ReceiptLeg {
        entry_number: leg.entry_number,
        balance_after_minor: leg.balance_after_minor,
    });
    message::Receipt {
        transfer_id: receipt.transfer_id,
        at: Some(timestamp(receipt.at)),
        legs: legs.collect(),
    }
}

fn named(account: Account) -> message::Account {
    let kind = match account.kind() {
        "user" => AccountKind::User,
        "merchant" => AccountKind::Merchant,
        "channel" => AccountKind::Channel,
        "suspense" => AccountKind::Suspense,
        "revenue" => AccountKind::Revenue,
        _ => AccountKind::PointsIssued,
    };
    message::Account { kind: kind.into(), owner: account.owner(), asset: account.asset.as_str().to_owned() }
}

/// Writes a hold.
pub(crate) fn hold(hold: Hold, written: Written) -> message::Hold {
    let state = match hold.state {
        HoldState::Open => message::HoldState::Open,
        HoldState::Settled => message::HoldState::Settled,
        HoldState::Released => message::HoldState::Released,
        HoldState::Expired => message::HoldState::Expired,
    };
    message::Hold {
        id: hold.id,
        account: Some(named(hold.account)),
        amount_minor: hold.amount_minor,
        settled_minor: hold.settled_minor,
        state: state.into(),
        reference: written.reference,
        memo: written.memo,
        actor: written.actor,
        created_at: Some(timestamp(written.created_at)),
        expires_at: Some(timestamp(hold.expires_at)),
    }
}

/// Writes a transfer.
pub(crate) fn stored(posted: Posted) -> message::Transfer {
    let legs = posted.legs.into_iter().map(|leg| message::TransferLeg {
        account: Some(named(leg.account)),
        amount_minor: leg.amount_minor,
        entry_number: leg.entry_number,
        balance_after_minor: leg.balance_after_minor,
    });
    message::Transfer {
        id: posted.id,
        kind: posted.kind,
        idempotency_key: posted.key,
        reference: posted.reference,
        memo: posted.memo,
        actor: posted.actor,
        at: Some(timestamp(posted.at)),
        hold_id: posted.hold_id.unwrap_or_default(),
        legs: legs.collect(),
    }
}

/// Writes a line of a statement.
pub(crate) fn entry(entry: Entry) -> message::Entry {
    message::Entry {
        number: entry.number,
        transfer_id: entry.transfer_id,
        amount_minor: entry.amount_minor,
        balance_after_minor: entry.balance_after_minor,
        at: Some(timestamp(entry.at)),
        kind: entry.kind,
        reference: entry.reference,
        memo: entry.memo,
    }
}

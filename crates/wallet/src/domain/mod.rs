//! What is true of money here: accounts, transfers, holds, debits, and how a batch of them walks over balances.
//!
//! No database, no time of its own, no randomness. Texts of requests are checked in `wire`, which makes these values.
//! The rule not to be broken: what [`Walk`] lets through balances, overdraws nobody, and is numbered without gaps.

mod account;
mod debit;
mod order;
mod row;
mod walk;
mod written;

pub(crate) use self::{
    account::{Account, Asset, Holder},
    debit::{Allowance, Debit, Limits, Proof, unproven},
    order::{
        Ending, Hold, HoldState, LEG_MINOR_MAX, LEGS_MAX, Leg, Note, Order, Outcome, Placed, Placement,
        Receipt, ReceiptLeg, Replies, Rest, Settlement, Step, Transfer, reused,
    },
    row::Row,
    walk::{Stored, Walk},
    written::{NewHold, NewTransfer, Opened, Written},
};

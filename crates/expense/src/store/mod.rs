//! What is remembered: every SQL statement of this service, as plain functions on a connection.
//!
//! Each function is one statement, or two that belong together; who may call it and what it means is decided in
//! `operations`. Rules not to be broken: every write of a room comes after [`ledger::lock`], which makes the
//! writers of one room wait for each other; and no statement counts or sums a room's rows where a count is kept.

pub(crate) mod balances;
pub(crate) mod bill_shares;
pub(crate) mod bills;
pub(crate) mod blocks;
pub(crate) mod changes;
pub(crate) mod disputes;
pub(crate) mod expenses;
pub(crate) mod explanations;
pub(crate) mod history;
pub(crate) mod imports;
pub(crate) mod insertion;
pub(crate) mod ledger;
pub(crate) mod online;
pub(crate) mod pages;
pub(crate) mod records;
pub(crate) mod settlements;
pub(crate) mod statistics;

pub(crate) use self::records::{Action, Expense, Settlement, SettlementKind, Split};

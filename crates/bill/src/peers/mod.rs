//! What this service asks of others: the expense service (shares and what was handed over), the user service
//! (memberships) and the wallet (points).
//!
//! Only calls and their faults; nothing is stored or decided here. The rule not to be broken: each call that changes
//! something names the order or refund that it is for, so that it may be made twice.

mod expenses;
mod memberships;
mod points;

pub(crate) use self::{
    expenses::{Due, Expenses, OnlineMoney, Sending},
    memberships::{Grant, Memberships},
    points::{Hold, Points},
};

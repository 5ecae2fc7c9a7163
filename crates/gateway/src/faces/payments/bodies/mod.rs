//! The bodies of the payments face, one file per resource: what is read and what is printed (checklist 2.2).
//!
//! Requests refuse unknown fields. No rule lives here.

pub(super) mod accounts;
pub(super) mod mock;
pub(super) mod new_payment;
mod paging;
pub(super) mod passwords;
pub(super) mod payments;
pub(super) mod refunds;
pub(super) mod wallets;
pub(super) mod withdrawals;

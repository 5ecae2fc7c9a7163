//! What is remembered: the only SQL of this service.
//!
//! Plain functions on a connection; rights are asked before. The rule not to be broken: accounts are locked before
//! anything of them is read that is written back, in order of id.

pub(crate) mod accounts;
pub(crate) mod allowances;
pub(crate) mod alone;
pub(crate) mod checks;
pub(crate) mod entries;
pub(crate) mod holds;
pub(crate) mod passwords;
pub(crate) mod transactions;
pub(crate) mod transfers;

//! The payments face, document 001: payments, refunds (E01 to E10) and wallets (E15 to E19).
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes, `names`
//! the words of this face for what services call otherwise. Endpoints of later issues answer 404 until then.

pub(crate) mod about;
mod accounts;
mod attempts;
mod bodies;
mod envelope;
mod messages;
mod mocks;
pub(super) mod names;
mod passwords;
mod recharges;
mod refunds;
pub(crate) mod refusal;
mod routes;
mod wallets;
mod withdrawals;

pub(crate) use self::routes::{routes, sandbox_routes};

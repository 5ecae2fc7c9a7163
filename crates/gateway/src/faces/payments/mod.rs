//! The payments face, document 001, begun with its wallet part: E15, E18, E19 and what the contract adds.
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes, `names`
//! the words of this face for what services call otherwise. Endpoints of later issues answer 404 until then.

pub(crate) mod about;
mod accounts;
mod bodies;
mod envelope;
mod messages;
pub(super) mod names;
mod passwords;
pub(crate) mod refusal;
mod routes;
mod wallets;

pub(crate) use self::routes::routes;

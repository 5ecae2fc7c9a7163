//! The dorm face, document 000: users, rooms, expenses, bills, statistics, tasks.
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes. The
//! payment endpoints E26 to E34 come with their own issue and answer 404 until then.

pub(crate) mod about;
mod admin;
mod auth;
mod balances;
mod bills;
pub(crate) mod bodies;
mod disputes;
pub(crate) mod envelope;
mod expenses;
mod imports;
mod members;
mod messages;
mod notifications;
mod pay;
mod refunds;
pub(crate) mod refusal;
mod rooms;
mod routes;
mod settlements;
mod stats;
mod tasks;
mod uploads;
mod users;

pub(crate) use self::routes::routes;

//! PostgreSQL, and what is written in *your* transaction: pool, repeated requests, jobs, audit, schedule.
//!
//! Every transaction begins with [`Database::begin`]; what must happen later is a row of the same transaction.
//! Queries about a subject do not live here: each service has its own store. The rule not to be broken: no
//! other crate calls sqlx's `begin`, because a `begin` that is cancelled half way leaves the pooled connection
//! inside an open transaction, and the writes of whoever borrows it next are acknowledged and lost.

pub mod audit;
mod database;
mod error;
pub mod group;
pub mod idempotency;
mod lane;
mod migrate;
pub mod outbox;
mod pool;
pub mod schedule;
mod settings;
mod tx;

pub use crate::{
    database::{Database, Health},
    error::{OnConstraint, fault_of},
    lane::{Lane, LaneTx},
    migrate::migrate,
    settings::Settings,
    tx::Tx,
};

/// A connection, as functions that write in the caller's transaction take it.
pub use sqlx::PgConnection as Connection;
/// The migrations of one service, as `sqlx::migrate!()` embeds them.
pub use sqlx::migrate::Migrator;

/// The role without login that every pool takes on: it may read and write, but neither change nor delete what
/// is append-only, and it owns nothing.
pub const APP_ROLE: &str = "dormpay_app";

#[cfg(test)]
mod tests;

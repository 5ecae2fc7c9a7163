//! The whole platform, run as its users run it: the real program, real PostgreSQL and Redis, real sockets.
//!
//! Here live the stage (a platform of its own for the tests), a client of the dorm face, a listener to live events and a
//! browser.
//! The stories stand in `tests`. Nothing here reaches into a service or its database.

#![expect(
    clippy::indexing_slicing,
    reason = "a test may panic, and JSON values give null for what is missing"
)]

pub mod browser;
pub mod client;
pub mod proxy;
pub mod socket;
pub mod stage;

#[cfg(test)]
mod tests;

//! The whole platform, run as its users run it: the real program, real PostgreSQL and Redis, real sockets.
//!
//! Here live the stage (a platform of its own for the tests), a client of the dorm face and a listener to live events.
//! The stories stand in `tests`. Nothing here reaches into a service or its database.

pub mod client;
pub mod proxy;
pub mod socket;
pub mod stage;

#[cfg(test)]
mod tests;

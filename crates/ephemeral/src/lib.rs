//! Redis: leases with a fencing number, a versioned cache, a rate limit and fan-out of news.
//!
//! All of it may vanish at any moment: a command takes 150 to 250 ms at most, and after three failures in a row
//! none is sent for a second. What must be true afterwards does not live here but in PostgreSQL. The rule not
//! to be broken: nothing is decided by Redis alone, and "timed out" never means "not done".

mod breaker;
mod cache;
mod fanout;
mod handle;
mod lease;
mod limit;
mod link;
mod local;
mod settings;

pub use crate::{
    cache::VersionedCache,
    fanout::{Event, Fanout},
    handle::Redis,
    lease::Lease,
    limit::{Decision, Limiter},
    settings::Settings,
};

#[cfg(test)]
mod tests;

//! gRPC between our processes: how a server is built, how a client calls, what travels with a request.
//!
//! A [`Server`] has limits, a gate, health and reflection; a [`Channel`] has deadlines, one retry of safe calls and
//! follows DNS. No contract of a service lives here, and no right is decided: that is the [`Gate`]'s. The rules not
//! to be broken: every call has a deadline, which is sent; only calls that change nothing are repeated; an operation
//! that writes runs [`detached`] from the client that waits for it.

mod attempts;
mod channel;
pub mod context;
mod detached;
mod error;
mod gate;
mod joint;
mod listen;
mod meter;
mod server;

pub use crate::{
    attempts::attempts,
    channel::{Channel, channel},
    context::Context,
    detached::{detached, drained},
    error::Error,
    gate::{Credentials, Gate, Open},
    joint::Joint,
    listen::listen,
    server::{Bound, Server},
};

#[cfg(test)]
mod tests;

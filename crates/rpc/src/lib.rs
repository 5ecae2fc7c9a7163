//! gRPC between our services: how a server is built, how a client calls, what travels with a request.
//!
//! Health, reflection, deadlines, limits, the caller's tokens and the trace context are settled here once. No one
//! contract lives here, and no right is decided: that is the [`Gate`]'s. The rule not to be broken: every hop has a
//! deadline, and a client that hangs up never cuts a write in half ([`detached`]).

mod channel;
pub mod context;
mod detach;
mod gate;
mod layer;
mod resolve;
mod server;

pub use crate::{
    channel::{Channel, Credentials, channel},
    context::Context,
    detach::{attempts, detached},
    gate::Gate,
    server::{Readiness, Server},
};

#[cfg(test)]
mod tests;

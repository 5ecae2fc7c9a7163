//! What went wrong, in words a caller can act on, and the form in which it crosses gRPC.
//!
//! A [`Fault`] has a [`Code`], a public detail, sometimes the field at fault, and an internal context for the
//! log. HTTP statuses and translations do not live here: the gateway owns them. The rule not to be broken:
//! internal text never leaves the process, and a private code always carries a constant detail.

mod code;
mod fault;
mod status;

pub use crate::{code::Code, fault::Fault};

#[cfg(test)]
mod tests;

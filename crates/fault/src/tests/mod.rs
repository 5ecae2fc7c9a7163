//! Faults, in sentences.
//!
//! What a caller hears in `public`, what crosses gRPC in `wire`.

mod public;
mod wire;

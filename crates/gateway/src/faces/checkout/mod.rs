//! The checkout face, document 003: ordering a membership or points and paying by scanning a code.
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes. Nothing
//! is decided here.

pub(crate) mod about;
mod assets;
mod bodies;
mod envelope;
mod messages;
mod orders;
pub(crate) mod refusal;
mod routes;

pub(crate) use self::routes::routes;

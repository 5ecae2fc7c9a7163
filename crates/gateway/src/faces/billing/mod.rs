//! The billing face, document 004.
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes, `names`
//! the words of this face for what services call otherwise. Nothing is decided here.

pub(crate) mod about;
mod bodies;
mod envelope;
mod names;
mod orders;
mod payments;
pub(crate) mod refusal;
mod routes;

pub(crate) use self::routes::routes;

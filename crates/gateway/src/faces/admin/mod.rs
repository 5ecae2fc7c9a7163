//! The admin face, document 002.
//!
//! `routes` is the list of everything; one file per resource decodes and prints; `bodies` are the shapes. Nothing
//! is decided here.

pub(crate) mod about;
pub(crate) mod refusal;
mod routes;

pub(crate) use self::routes::routes;

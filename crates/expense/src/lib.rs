//! expense: being written.

pub mod domain;

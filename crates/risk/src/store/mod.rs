//! What is remembered: the only SQL of this service.

pub(crate) mod entries;

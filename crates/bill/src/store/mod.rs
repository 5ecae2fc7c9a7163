//! What is remembered of bills and orders: the only SQL of this service. Plain functions on a connection.
//!
//! A state changes by one conditional update; zero rows mean that somebody else was first. Nothing is decided here.

pub(crate) mod bills;
pub(crate) mod lists;
pub(crate) mod order_parts;
pub(crate) mod order_refunds;
pub(crate) mod orders;
pub(crate) mod parts;
pub(crate) mod reminders;

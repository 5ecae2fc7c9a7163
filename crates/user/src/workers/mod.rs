//! What this service does unasked: it sends notifications live and makes the first administrator.
//!
//! Both are safe to run twice.

pub(crate) mod first_admin;
pub(crate) mod live;

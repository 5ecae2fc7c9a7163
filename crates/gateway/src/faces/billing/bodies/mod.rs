//! The bodies of the billing face, one file per resource: what is read and what is printed (checklist 5.1, 5.2).
//!
//! Requests refuse unknown fields. No rule lives here.

pub(super) mod orders;
pub(super) mod payments;

//! The bodies and parameters of the admin face, one file per resource (checklist 3.2, 3.3).
//!
//! Requests refuse unknown fields. No rule lives here.

pub(super) mod payments;
pub(super) mod trades;

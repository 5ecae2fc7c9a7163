//! What the user service remembers: the only SQL of this crate, plain functions on a connection.
//!
//! Nothing here decides or calls. The rule not to be broken: rows are locked in the order of their primary key,
//! an account before its sessions.

pub(crate) mod accounts;
pub(crate) mod admins;
pub(crate) mod directory;
pub(crate) mod failures;
pub(crate) mod memberships;
pub(crate) mod notifications;
pub(crate) mod purge;
pub(crate) mod refresh;
pub(crate) mod sessions;
pub(crate) mod uploads;

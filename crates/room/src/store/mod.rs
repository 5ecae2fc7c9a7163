//! What is remembered: every SQL statement of this service, as plain functions on a connection.
//!
//! Who may call them and what they mean is decided in `operations`. Rules not to be broken: every write of a room's
//! members comes after [`rooms::lock`]; every write of its events after [`events::lock`], which comes second.

pub(crate) mod events;
pub(crate) mod growth;
pub(crate) mod invites;
pub(crate) mod members;
pub(crate) mod rooms;

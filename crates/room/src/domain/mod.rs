//! What is true of rooms, members, invites and events, whoever asks.
//!
//! Plain values and rules: no database, no network, no clock. The rule not to be broken: a living room has an admin,
//! and its owner is in it.

pub(crate) mod event;
pub(crate) mod invite;
mod room;

pub(crate) use self::room::{Member, Role, Room, Seat, no_room};

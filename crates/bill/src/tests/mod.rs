//! Sentences about bills, through the door, on real PostgreSQL. The other services are puppets on real sockets.

mod confirming;
mod lists;
mod resending;
mod reviewing;
mod sending;
mod stage;
mod strangers;

pub(crate) use stage::Stage;

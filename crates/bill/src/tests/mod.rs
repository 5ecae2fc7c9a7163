//! Sentences about bills, through the door, on real PostgreSQL. The other services are puppets on real sockets.

mod confirming;
mod lists;
mod order_peers;
mod order_stage;
mod orders_closing;
mod orders_making;
mod orders_paying;
mod orders_racing;
mod orders_reading;
mod orders_refunding;
mod orders_stepping;
mod resending;
mod reviewing;
mod sending;
mod stage;
mod strangers;

pub(crate) use stage::Stage;

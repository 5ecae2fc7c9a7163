//! Sentences about the gateway, driven through its listeners with small services behind it.

mod access;
mod bad_input;
mod client;
mod description;
mod faces;
mod fakes;
mod limits;
mod listeners;
mod live_redis;
mod live_rooms;
mod live_sessions;
mod live_wallet;
mod payments_bad_input;
mod payments_printed;
mod printed;
mod problems;
mod sockets;
mod stage;

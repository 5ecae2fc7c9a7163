//! Sentences about the gateway, driven through its listeners with small services behind it.

mod access;
mod bad_input;
mod client;
mod description;
mod fakes;
mod limits;
mod listeners;
mod live_redis;
mod live_rooms;
mod live_sessions;
mod printed;
mod problems;
mod sockets;
mod stage;

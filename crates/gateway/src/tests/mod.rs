//! Sentences about the gateway, driven through its listeners with small services behind it.

mod access;
mod admin_bad_input;
mod admin_printed;
mod alipay_printed;
mod bad_input;
mod billing_bad_input;
mod billing_printed;
mod client;
mod description;
mod every_face;
mod faces;
mod fakes;
mod limits;
mod listeners;
mod live_redis;
mod live_rooms;
mod live_sessions;
mod live_wallet;
mod paid;
mod paying;
mod payments_bad_input;
mod payments_printed;
mod printed;
mod problems;
mod sockets;
mod stage;

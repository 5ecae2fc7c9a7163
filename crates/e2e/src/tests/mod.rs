//! Stories: each starts a platform of its own and plays through it as its users would.

mod additions;
mod bad_input;
mod doors;
mod events;
mod face;
mod grpc;
mod live;
mod once;
mod outage;
mod paying;
mod printed;
mod rights;
mod room;
mod starting;
mod wallet;
mod year;

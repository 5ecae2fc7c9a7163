//! Sentences about the expense service, driven through its door on a real database.

mod access;
mod billing;
mod disputing;
mod fakes;
mod gathering;
mod invariants;
mod paying_online;
mod reading;
mod recording;
mod settling;
mod telling;
mod wandering;
mod world;

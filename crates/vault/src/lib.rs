//! How secrets of people are kept: passwords as hashes, requests and replies that hold secrets behind a veil.
//!
//! Used by the services that know a password of somebody. Whose secret it is, how often somebody may guess, and the keys
//! of tokens do not live here. The rule not to be broken: nothing that leaves here can be tried out without our own key
//! or an Argon2id hash for each guess.

mod passwords;
mod veil;

pub use crate::{
    passwords::{Passwords, Turn},
    veil::Vault,
};

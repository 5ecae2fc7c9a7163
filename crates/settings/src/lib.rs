//! Reading settings once, typed, with every problem told at the same time.
//!
//! A [`Source`] is the process's environment and, outside production, a `.env` file. A [`Reader`] takes
//! variables out of it, remembers each for `dormpay doctor`, and collects what is wrong. The settings
//! themselves do not live here: each crate owns its own struct. The rule not to be broken: a secret's value
//! is never shown, neither in a problem nor in an entry.

mod entry;
mod key;
mod made;
mod mask;
mod problem;
mod reader;
mod source;
mod url;

pub use secrecy::{ExposeSecret, SecretString};

pub use crate::{
    entry::Entry,
    made::made_once,
    problem::{Problem, Problems},
    reader::Reader,
    source::{Profile, Source, Together},
    url::local_url,
};

#[cfg(test)]
mod tests;

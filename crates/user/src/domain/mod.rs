//! What is true of people without looking anything up: names, rights, notices, kinds of files.
//!
//! No async, no database, no clock. The rule not to be broken: a text passes here before it is stored.

pub(crate) mod content;
pub(crate) mod membership;
pub(crate) mod month;
pub(crate) mod notice;
pub(crate) mod permission;
pub(crate) mod text;

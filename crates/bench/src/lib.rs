//! Measures dormpay against yardsticks of the same run.
//!
//! Each figure that has a limit is a ratio between two things measured in turns, on the same machine, against the
//! same PostgreSQL; what is slow today is slow for both. Nothing of the product lives here, and nothing here is
//! a test: tests have no clock. The rule not to be broken: a yardstick does no less than what it is compared with.

mod cpu;
mod creation;
mod databases;
mod dorm;
mod figures;
mod http;
mod load;
mod people;
mod reads;
mod report;
mod seed;
mod seeded;
mod stage;
mod startup;
mod yardstick;

pub use crate::dorm::{Options, dorm};

#[cfg(test)]
mod tests;

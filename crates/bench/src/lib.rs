//! Measures dormpay against yardsticks of the same run.
//!
//! Each figure that has a limit is a ratio between two things measured in turns, on the same machine, against the
//! same PostgreSQL; what is slow today is slow for both. Nothing of the product lives here, and nothing here is
//! a test: tests have no clock. The rule not to be broken: a yardstick does no less than what it is compared with.

mod book;
mod caller;
mod chaos;
mod cpu;
mod creation;
mod databases;
mod dorm;
mod figures;
mod http;
mod ledger;
mod load;
mod payments;
mod people;
mod pgbench;
mod postgres;
mod reads;
mod report;
mod seed;
mod seeded;
mod stage;
mod startup;
mod wallet;
mod yardstick;

pub use crate::{
    chaos::{Options as ChaosOptions, chaos},
    dorm::{Options, dorm},
    ledger::{Options as LedgerOptions, ledger},
    payments::{
        Options as PaymentsOptions,
        chain::{ChainOptions, chain},
        payments,
    },
};

#[cfg(test)]
mod tests;

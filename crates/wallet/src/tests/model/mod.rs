//! A plain model of the ledger and the real one, driven with the same random operations.
//!
//! The model knows nothing of batches, locks or tables: a map of balances, a list of holds, and what each key stands for.
//! Answers must be equal after every operation, balances and holds again and again, statements at the end; what is
//! refused or was done before leaves every row byte by byte as it was. A sequence is named by its seed, which a failure
//! prints. Sixteen sequences share a database and two copies of the service, so that their operations meet in batches;
//! each has two assets for itself, so that it has its answers for itself. `scale` says how many there are.

mod asked;
mod dice;
mod plain;
mod real;
mod sequence;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::join_all;
use testkit::TestDb;

use self::{asked::accounts, real::Real, sequence::Sequence};
use super::{
    bank::{Bank, bank, patient_copy},
    scale,
};
use crate::operations::expire_holds;

/// Two for each of the sequences that share a database.
const ASSETS: [[&str; 2]; 16] = [
    ["AED", "AFN"],
    ["ALL", "AMD"],
    ["ARS", "AUD"],
    ["AZN", "BAM"],
    ["BDT", "BHD"],
    ["BND", "BOB"],
    ["BRL", "CAD"],
    ["CHF", "CLP"],
    ["CNY", "EUR"],
    ["COP", "CRC"],
    ["CZK", "DKK"],
    ["EGP", "GBP"],
    ["HKD", "HUF"],
    ["IDR", "INR"],
    ["JPY", "KRW"],
    ["MXN", "NZD"],
];

/// What a run must have seen to say anything.
const ANSWERS: [(&str, &str); 7] = [
    ("post", "done repeated VALIDATION_ERROR IDEMPOTENCY_CONFLICT INSUFFICIENT_BALANCE ACCOUNT_FROZEN"),
    ("batch", "done repeated VALIDATION_ERROR IDEMPOTENCY_CONFLICT INSUFFICIENT_BALANCE ACCOUNT_FROZEN"),
    ("linked", "done repeated VALIDATION_ERROR IDEMPOTENCY_CONFLICT INSUFFICIENT_BALANCE ACCOUNT_FROZEN"),
    ("place", "done repeated VALIDATION_ERROR IDEMPOTENCY_CONFLICT INSUFFICIENT_BALANCE ACCOUNT_FROZEN"),
    ("settle", "done repeated VALIDATION_ERROR IDEMPOTENCY_CONFLICT STATE_CONFLICT NOT_FOUND"),
    ("release", "done repeated STATE_CONFLICT NOT_FOUND"),
    ("freeze", "done VALIDATION_ERROR NOT_FOUND"),
];

/// Databases at a time.
const FLOORS: usize = 2;

/// Sequences that share a database and its clock. In each round every one of them has its turn, all at once.
struct Floor {
    bank: Bank,
    sequences: Vec<Sequence>,
}

impl Floor {
    async fn new(first_seed: u64) -> Self {
        let mut bank = bank().await;
        bank.service = patient_copy(&bank.test_db, &bank.clock).await;
        let second = patient_copy(&bank.test_db, &bank.clock).await;
        let sequence = |(seed, assets): (u64, [&'static str; 2])| {
            let copies = [bank.service.clone(), second.clone()];
            Sequence::new(seed, assets, Real::new(copies, accounts(assets), bank.clock.now()))
        };
        let sequences = (first_seed..).zip(ASSETS).map(sequence).collect();
        Self { bank, sequences }
    }

    /// Time passes now and then; holds whose time is over are swept some rounds later.
    async fn round(&mut self, round: usize) {
        join_all(self.sequences.iter_mut().map(Sequence::turn)).await;
        if round % 8 == 3 {
            self.bank.clock.advance(TimeDelta::minutes(2));
            self.sequences.iter_mut().for_each(|sequence| sequence.pass(2));
        }
        if round % 8 == 7 {
            let expected: usize = self.sequences.iter_mut().map(Sequence::sweep).sum();
            assert_eq!(self.sweep().await, expected, "holds whose time is over");
        }
        if round % 32 == 31 {
            join_all(self.sequences.iter().map(Sequence::assert_equal)).await;
        }
    }

    async fn sweep(&self) -> usize {
        let mut swept = 0;
        loop {
            match expire_holds::run(&self.bank.service).await.unwrap() {
                0 => return swept,
                ended => swept += ended,
            }
        }
    }
}

/// Runs sixteen sequences; gives the database, to be dropped later, and what happened.
async fn floor(first_seed: u64, rounds: usize) -> (TestDb, BTreeSet<String>) {
    let mut floor = Floor::new(first_seed).await;
    for round in 0..rounds {
        floor.round(round).await;
    }
    for sequence in &floor.sequences {
        sequence.assert_equal().await;
        sequence.assert_equal_statements().await;
    }
    floor.bank.assert_sound().await;
    (floor.bank.test_db, floor.sequences.into_iter().flat_map(|sequence| sequence.seen).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_does_what_a_plain_model_of_it_does() {
    let (sequences, rounds) = scale::of((32, 128), (512, 512));
    let mut seen = BTreeSet::new();
    let seeds: Vec<u64> = (1..=sequences).step_by(ASSETS.len()).collect();
    for seeds in seeds.chunks(FLOORS) {
        let running = seeds.iter().map(|seed| tokio::spawn(floor(*seed, rounds)));
        // Databases are dropped when all have ended: that blocks, and the others need the runtime.
        let ended: Vec<_> = join_all(running).await.into_iter().map(Result::unwrap).collect();
        seen.extend(ended.into_iter().flat_map(|(_, seen)| seen));
    }
    for (asked, answers) in ANSWERS {
        for answer in answers.split(' ') {
            assert!(seen.contains(&format!("{asked}: {answer}")), "{asked} was never answered {answer}");
        }
    }
}

//! TPC-B as `pgbench` has it, round by round: the yardstick of the rates.
//!
//! Each round has one turn with each number of clients; what is compared with is the best of the round. The rule not to
//! be broken: PostgreSQL is measured with the number of clients that suits it best.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::{figures::Spread, pgbench::Pgbench, report::Report};

const CLIENTS: [u32; 3] = [8, 16, 64];

/// Transactions a second of each round, for each number of clients.
#[derive(Debug, Default)]
pub(crate) struct TpcB([Vec<f64>; CLIENTS.len()]);

impl TpcB {
    /// Gives each number of clients its turn.
    pub(crate) async fn round(&mut self, pgbench: &Pgbench, turn: Duration) -> Result<()> {
        for (clients, rates) in CLIENTS.into_iter().zip(&mut self.0) {
            rates.push(pgbench.tpc_b(clients, turn).await?);
        }
        Ok(())
    }

    /// Gives the best rate of each round.
    pub(crate) fn best(&self) -> Vec<f64> {
        best_of_each_round(&self.0)
    }

    /// Tells the rates, under names that begin with `name`.
    pub(crate) fn tell(&self, report: &mut Report, name: &str) -> Result<()> {
        for (clients, rates) in CLIENTS.iter().zip(&self.0) {
            let spread = Spread::of(rates).context("pgbench was not measured")?;
            let note = format!("pgbench TPC-B, {clients} clients; {:.0} to {:.0}", spread.least, spread.most);
            report.figure(format!("{name}_{clients}"), (spread.median, "per_s"), note);
        }
        Ok(())
    }
}

/// Gives the best rate of each round that all had.
pub(crate) fn best_of_each_round(rates: &[Vec<f64>]) -> Vec<f64> {
    let rounds = rates.iter().map(Vec::len).min().unwrap_or_default();
    let of_round = |round: usize| rates.iter().filter_map(move |rates| rates.get(round)).copied();
    (0..rounds).map(|round| of_round(round).fold(f64::NAN, f64::max)).collect()
}

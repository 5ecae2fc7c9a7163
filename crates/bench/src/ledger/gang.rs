//! Gangs of callers: many at once, each asking one thing after the other, for a turn.
//!
//! What a turn gave is kept by gang, round by round. The rule not to be broken: what was refused does not count, and
//! more than a few refusals end the benchmark.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tonic::Code;

use crate::{
    book::{self, BATCH, Pick, Writer},
    caller::{Caller, Keys},
    cpu::{Spent, Used, Watched},
    figures::{Spread, each_us, percentile_ms, rate},
    load::{self, Load, Worker},
    report::Report,
    wallet::Wallet,
};

/// Somebody who sends one transfer at a time.
pub(super) struct Single {
    caller: Caller,
    writer: Writer,
}

impl Worker for Single {
    async fn turn(&mut self) -> Result<bool> {
        match self.caller.post(self.writer.next()).await {
            Ok(_) => Ok(true),
            // Somebody else had the account for too long: said in an orderly way, and counted as refused.
            Err(status) if status.code() == Code::Aborted => Ok(false),
            Err(status) => Err(status.into()),
        }
    }
}

/// Somebody who sends a hundred at a time.
pub(super) struct Batch {
    caller: Caller,
    writer: Writer,
}

impl Worker for Batch {
    async fn turn(&mut self) -> Result<bool> {
        let transfers = (0..BATCH).map(|_| self.writer.next()).collect();
        book::all_posted(&self.caller.post_batch(transfers).await?, BATCH)?;
        Ok(true)
    }
}

/// Makes callers who send single transfers between `accounts` users. `name` is theirs alone.
pub(super) fn singles(
    wallet: &Wallet,
    keys: &Keys,
    (name, count): (&str, usize),
    (accounts, pick): (u32, Pick),
) -> Result<Vec<Single>> {
    let callers = Caller::many(wallet.grpc(), keys, count)?.into_iter().enumerate();
    let single =
        |(number, caller)| Single { caller, writer: Writer::new(format!("{name}-{number}"), accounts, pick) };
    Ok(callers.map(single).collect())
}

/// Makes callers who send batches.
pub(super) fn batches(
    wallet: &Wallet,
    keys: &Keys,
    (name, count): (&str, usize),
    accounts: u32,
) -> Result<Vec<Batch>> {
    let callers = Caller::many(wallet.grpc(), keys, count)?.into_iter().enumerate();
    let batch = |(number, caller)| Batch {
        caller,
        writer: Writer::new(format!("{name}-{number}"), accounts, Pick::Uniform),
    };
    Ok(callers.map(batch).collect())
}

/// Workers of one kind, and what they did in each round.
pub(super) struct Gang<W> {
    workers: Vec<W>,
    /// Transfers of one turn of a worker.
    each: u32,
    /// Transfers a second of each round.
    pub(super) rates: Vec<f64>,
    /// How long each answer took, of all rounds.
    pub(super) times: Vec<Duration>,
    /// Transfers of all rounds.
    pub(super) done: u32,
    /// Processor time of all rounds.
    pub(super) spent: Spent,
}

impl<W: Worker> Gang<W> {
    pub(super) fn new(workers: Vec<W>, each: u32) -> Self {
        let spent = Spent::default();
        Self { workers, each, rates: Vec::new(), times: Vec::new(), done: 0, spent }
    }

    /// Lets them work for a turn, and notes what it gave.
    pub(super) async fn turn(&mut self, time: Duration, watched: Watched) -> Result<()> {
        let before = Used::of(watched);
        let load = self.work(time).await?;
        self.spent = self.spent.plus(Used::of(watched).since(&before));
        let done = load.done.saturating_mul(self.each);
        self.done = self.done.saturating_add(done);
        self.rates.push(rate(done, load.time));
        self.times.extend(load.turns);
        Ok(())
    }

    /// Lets them work for a time without noting anything.
    pub(super) async fn warm_up(&mut self, time: Duration) -> Result<()> {
        self.work(time).await.map(|_| ())
    }

    /// Gives the rate in the middle.
    pub(super) fn median_rate(&self) -> f64 {
        Spread::of(&self.rates).map_or(f64::NAN, |spread| spread.median)
    }

    /// Tells rate, times and processor time, under names that begin with `name`.
    pub(super) fn tell(&self, report: &mut Report, name: &str) -> Result<()> {
        let note = "transfers, answered after their commit";
        report.figure(format!("{name}_rate"), (self.median_rate(), "per_s"), note);
        for percent in [50, 99] {
            let time =
                percentile_ms(&self.times, percent).with_context(|| format!("{name} was not measured"))?;
            report.figure(format!("{name}_p{percent}"), (time, "ms"), "one answer");
        }
        let Spent { program, postgres, bench } = self.spent;
        for (who, time) in [("dormpay", program), ("postgres", postgres), ("client", bench)] {
            let used = each_us(time, self.done);
            report.figure(format!("{name}_cpu_{who}"), (used, "us"), "processor time of one transfer");
        }
        Ok(())
    }

    async fn work(&mut self, time: Duration) -> Result<Load> {
        let (load, workers) = load::run(std::mem::take(&mut self.workers), time).await?;
        self.workers = workers;
        let words = self.workers.iter().find_map(Worker::refusal).unwrap_or_default();
        ensure!(
            load.refused <= load.done / 100,
            "{} were refused and {} done: {words}",
            load.refused,
            load.done
        );
        Ok(load)
    }
}

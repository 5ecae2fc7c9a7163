//! Load: many workers, each doing one thing after the other, for some seconds.
//!
//! What one turn does is the worker's. A closed loop: a worker begins its next turn when the last is answered. The
//! rule not to be broken: only what was answered well counts.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::{task::JoinSet, time::Instant};

/// Somebody who does one thing over and over.
pub(crate) trait Worker: Send + 'static {
    /// Does it once. *Shape*: false when it was refused in an orderly way. *Errors*: end the benchmark.
    fn turn(&mut self) -> impl Future<Output = Result<bool>> + Send;

    /// Gives a refusal in its own words, for messages.
    fn refusal(&self) -> Option<&str> {
        None
    }
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    /// Turns that were answered well.
    pub(crate) done: u32,
    /// Turns that were refused.
    pub(crate) refused: u32,
    /// From the start to the last answer.
    pub(crate) time: Duration,
    /// How long each good turn took.
    pub(crate) turns: Vec<Duration>,
}

/// Lets all workers work at once for a time, and gives them back.
pub(crate) async fn run<W: Worker>(workers: Vec<W>, time: Duration) -> Result<(Load, Vec<W>)> {
    let start = Instant::now();
    let deadline = start + time;
    let mut tasks = JoinSet::new();
    for worker in workers {
        tasks.spawn(work(worker, deadline));
    }
    let (mut load, mut workers) = (Load::default(), Vec::new());
    while let Some(ended) = tasks.join_next().await {
        let (worker, part) = ended.context("a worker panicked")??;
        load.done = load.done.saturating_add(part.done);
        load.refused = load.refused.saturating_add(part.refused);
        load.turns.extend(part.turns);
        workers.push(worker);
    }
    load.time = start.elapsed();
    Ok((load, workers))
}

async fn work<W: Worker>(mut worker: W, deadline: Instant) -> Result<(W, Load)> {
    let mut load = Load::default();
    let mut now = Instant::now();
    while now < deadline {
        let begun = now;
        let is_done = worker.turn().await?;
        now = Instant::now();
        if is_done {
            load.done = load.done.saturating_add(1);
            load.turns.push(now.duration_since(begun));
        } else {
            load.refused = load.refused.saturating_add(1);
        }
    }
    Ok((worker, load))
}

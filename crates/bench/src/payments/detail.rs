//! The detail of a payment out of the cache (001-E02), beside a bare chain that answers with the same bytes.
//!
//! Platform and chain are one process each, with as many threads; the same clients ask them in turns over kept
//! connections. The rule not to be broken: every answer of the platform counted here came out of its cache.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::Instant;

use super::{
    Bench,
    chain::Chain,
    money::{self, PATH, Way},
};
use crate::{
    book::Dice,
    cpu::{Spent, Used, Watched},
    figures::{Spread, each_us, percentile_ms, rate, ratios},
    http::Connection,
    load::{self, Worker},
    report::Report,
};

const CLIENTS: usize = 128;
/// Half a page of a user's payments.
const EACH: usize = 10;
const AT_LEAST: f64 = 1.0;
const WARM_UP: Duration = Duration::from_secs(1);
/// After a longer rest, while others had their turn, a connection may have been closed.
const REST_MAX: Duration = Duration::from_secs(1);

/// Somebody who looks at things.
struct Looker {
    address: SocketAddr,
    token: Option<String>,
    connection: Connection,
    used: Instant,
    paths: Vec<String>,
    dice: Dice,
    /// Whether answers say that they come out of a cache.
    says: bool,
    hits: u32,
}

impl Looker {
    async fn open(
        address: SocketAddr,
        token: Option<String>,
        paths: Vec<String>,
        dice: Dice,
    ) -> Result<Self> {
        let connection = Connection::open(address, token.as_deref()).await?;
        let says = token.is_some();
        Ok(Self { address, token, connection, used: Instant::now(), paths, dice, says, hits: 0 })
    }
}

impl Worker for Looker {
    async fn turn(&mut self) -> Result<bool> {
        if self.used.elapsed() > REST_MAX {
            self.connection = Connection::open(self.address, self.token.as_deref()).await?;
        }
        self.used = Instant::now();
        let place = self.dice.below(u32::try_from(self.paths.len())?);
        let path = self.paths.get(usize::try_from(place)?).context("there is nothing to look at")?;
        let answer = self.connection.get(path).await?;
        ensure!(answer.status == 200, "GET {path}: {}: {}", answer.status, answer.text());
        if self.says && answer.header("x-cache") == Some("hit") {
            self.hits = self.hits.saturating_add(1);
        }
        Ok(true)
    }
}

/// Lookers of one side, and what their turns gave.
struct Side {
    lookers: Vec<Looker>,
    pid: u32,
    rates: Vec<f64>,
    times: Vec<Duration>,
    done: u32,
    spent: Spent,
}

impl Side {
    fn new(lookers: Vec<Looker>, pid: u32) -> Self {
        let spent = Spent::default();
        Self { lookers, pid, rates: Vec::new(), times: Vec::new(), done: 0, spent }
    }

    async fn turn(&mut self, time: Duration) -> Result<()> {
        let watched = Watched { pid: self.pid, server: None };
        let before = Used::of(watched);
        let (load, lookers) = load::run(std::mem::take(&mut self.lookers), time).await?;
        self.spent = self.spent.plus(Used::of(watched).since(&before));
        self.lookers = lookers;
        self.rates.push(rate(load.done, load.time));
        self.times.extend(load.turns);
        self.done = self.done.saturating_add(load.done);
        Ok(())
    }

    /// Forgets what it noted so far.
    fn begin(&mut self) {
        *self = Self::new(std::mem::take(&mut self.lookers), self.pid);
        for looker in &mut self.lookers {
            looker.hits = 0;
        }
    }

    fn tell(&self, report: &mut Report, name: &str) -> Result<()> {
        let rates = Spread::of(&self.rates).context("reads were not measured")?;
        let note = format!("{CLIENTS} kept connections; {:.0} to {:.0}", rates.least, rates.most);
        report.figure(format!("{name}_rate"), (rates.median, "per_s"), note);
        for percent in [50, 99] {
            let time = percentile_ms(&self.times, percent).context("reads were not measured")?;
            report.figure(format!("{name}_p{percent}"), (time, "ms"), "one answer");
        }
        let used = each_us(self.spent.program, self.done);
        report.figure(format!("{name}_cpu"), (used, "us"), "processor time of its process for one answer");
        Ok(())
    }
}

/// Measures both in turns.
#[expect(clippy::float_arithmetic, reason = "a share of answers is no money")]
pub(super) async fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let name = bench.stage.databases.name("chain");
    let mut chain = Chain::start(bench.stage, &bench.options.redis_url, &name).await?;
    let (ours, bare) = lookers(bench, &mut chain).await?;
    let (mut ours, mut bare) = (Side::new(ours, bench.stage.pid()?), Side::new(bare, chain.pid()?));
    // The first answers fill the cache.
    ours.turn(WARM_UP).await?;
    bare.turn(WARM_UP).await?;
    ours.begin();
    bare.begin();
    for _ in 0..bench.options.rounds {
        bare.turn(bench.options.turn).await?;
        ours.turn(bench.options.turn).await?;
    }
    let note =
        "cached detail through the gateway / bare axum, tonic, Redis GET of the same bytes, 128 connections";
    report.median_ratio("detail", (&ratios(&ours.rates, &bare.rates), AT_LEAST), note)?;
    ours.tell(report, "detail")?;
    bare.tell(report, "detail_bare")?;
    let hits: u32 = ours.lookers.iter().map(|looker| looker.hits).sum();
    let note = format!("of {} answers, {hits} out of the cache", ours.done);
    report.ratio("detail_hits", (f64::from(hits) / f64::from(ours.done.max(1)), 0.99), note);
    chain.stop().await
}

/// Makes payments, waits until they have ended, and gives those who look at them here and there.
async fn lookers(bench: &Bench<'_>, chain: &mut Chain) -> Result<(Vec<Looker>, Vec<Looker>)> {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    let mut clients = bench.payers.clients(bench.address(), ("detail", CLIENTS)).await?;
    for client in &mut clients {
        let mut paths = Vec::with_capacity(EACH);
        for _ in 0..EACH {
            client.wake().await?;
            paths.push(format!("{PATH}/{}", client.pay(Way::Balance).await?.no));
        }
        ours.push(paths);
    }
    money::all_settled(bench.stage).await?;
    let mut looking = Vec::new();
    for (client, paths) in clients.into_iter().zip(ours) {
        let mut connection = Connection::open(bench.address(), Some(&client.person.token)).await?;
        let mut same = Vec::with_capacity(EACH);
        for path in &paths {
            let answer = connection.get(path).await?;
            ensure!(answer.status == 200, "GET {path}: {}: {}", answer.status, answer.text());
            same.push(chain.keep(answer.body).await?);
        }
        let dice = client.dice.clone();
        let token = Some(client.person.token);
        looking.push(Looker::open(bench.address(), token, paths, dice.clone()).await?);
        bare.push(Looker::open(chain.http, None, same, dice).await?);
    }
    Ok((looking, bare))
}

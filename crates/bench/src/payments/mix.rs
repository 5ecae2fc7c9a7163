//! Nine reads to one change of state: how often the cache helps, and whether it ever shows the past.
//!
//! Each client pays out of the wallet or at the provider, brings the provider's word, and looks at what it made, or what
//! it had before. The rule not to be broken: a client is never shown a payment older than it was told.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{
    Bench,
    callbacks::{Provider, deliver},
    money::{self, Client, PATH, Way},
};
use crate::{
    figures::{Spread, percentile_ms, rate},
    load::{self, Worker},
    report::Report,
};

const CLIENTS: usize = 64;
const CHANGES_IN_TEN: u32 = 1;
/// What a client looks at: this many of its payments, the newest.
const SHELF: usize = 50;
/// Payments that a client has before.
const BEFORE: usize = 20;
const HITS_MIN: f64 = 0.9;

/// What a client was told or shown of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) status: String,
    /// Local time, as it is printed; empty if only the state was told.
    pub(crate) updated: String,
}

impl Seen {
    /// Passes what is not older than what was told before. *Errors*: names both.
    pub(crate) fn follow(&self, told: &Self) -> Result<()> {
        let (before, now) = (rank(&told.status)?, rank(&self.status)?);
        let is_older = now < before || (now == before && self.status != told.status);
        ensure!(!is_older && self.updated >= told.updated, "told {told:?}, then shown {self:?}");
        Ok(())
    }
}

/// How far a state is from the beginning.
fn rank(status: &str) -> Result<u8> {
    match status {
        "pending" => Ok(0),
        "success" | "failed" | "cancelled" => Ok(1),
        "refunded" => Ok(2),
        other => bail!("the state {other} is not known"),
    }
}

/// Somebody who pays and looks.
struct Visitor {
    client: Client,
    provider: Arc<Provider>,
    shelf: VecDeque<String>,
    told: HashMap<String, Seen>,
    open: Option<(String, u32)>,
    reads: u32,
    hits: u32,
    changes: u32,
}

impl Visitor {
    async fn change(&mut self) -> Result<()> {
        self.changes = self.changes.saturating_add(1);
        if let Some((no, amount_minor)) = self.open.take() {
            let callback = self.provider.paid(&no, amount_minor)?;
            deliver(&mut self.client.connection, &callback).await?;
            return self.hear(&no, Seen { status: "success".to_owned(), updated: String::new() });
        }
        let way = if self.client.dice.below(2) == 0 { Way::Balance } else { Way::Alipay };
        let made = self.client.pay(way).await?;
        if way == Way::Alipay {
            self.open = Some((made.no.clone(), made.amount_minor));
        }
        self.hear(&made.no, Seen { status: made.status, updated: String::new() })?;
        self.shelf.push_back(made.no);
        if self.shelf.len() > SHELF
            && let Some(old) = self.shelf.pop_front()
        {
            self.told.remove(&old);
        }
        Ok(())
    }

    async fn look(&mut self) -> Result<()> {
        let place = self.client.dice.below(u32::try_from(self.shelf.len())?);
        let no = self.shelf.get(usize::try_from(place)?).context("there is nothing to look at")?.clone();
        let path = format!("{PATH}/{no}");
        let answer = self.client.connection.get(&path).await?;
        self.reads = self.reads.saturating_add(1);
        if answer.header("x-cache") == Some("hit") {
            self.hits = self.hits.saturating_add(1);
        }
        let answer = answer.json().with_context(|| format!("GET {path}"))?;
        let text = |name: &str| {
            let value = answer.pointer(&format!("/data/{name}")).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        self.hear(&no, Seen { status: text("status"), updated: text("updateTime") })
    }

    /// Takes what was told or shown. *Errors*: if it is older than what was told before.
    fn hear(&mut self, no: &str, mut seen: Seen) -> Result<()> {
        if let Some(told) = self.told.get(no) {
            if seen.updated.is_empty() {
                seen.updated.clone_from(&told.updated);
            }
            seen.follow(told).with_context(|| format!("payment {no} went back in time"))?;
        }
        self.told.insert(no.to_owned(), seen);
        Ok(())
    }
}

impl Worker for Visitor {
    async fn turn(&mut self) -> Result<bool> {
        self.client.wake().await?;
        if self.client.dice.below(10) < CHANGES_IN_TEN {
            self.change().await?;
        } else {
            self.look().await?;
        }
        Ok(true)
    }
}

/// Measures visitors, round by round.
pub(super) async fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let mut visitors = visitors(bench).await?;
    let (mut rates, mut times) = (Vec::new(), Vec::new());
    for _ in 0..bench.options.rounds {
        let load;
        (load, visitors) = load::run(visitors, bench.options.turn).await?;
        rates.push(rate(load.done, load.time));
        times.extend(load.turns);
    }
    money::all_settled(bench.stage).await?;
    let sum = |of: fn(&Visitor) -> u32| visitors.iter().map(of).sum::<u32>();
    let (reads, hits, changes) =
        (sum(|visitor| visitor.reads), sum(|visitor| visitor.hits), sum(|visitor| visitor.changes));
    let note = format!("out of the cache, of {reads} reads beside {changes} changes of state");
    report.ratio("mix_hits", (share(hits, reads), HITS_MIN), note);
    let spread = Spread::of(&rates).context("the mix was not measured")?;
    report.figure("mix_rate", (spread.median, "per_s"), "reads and changes, 64 clients, none shown the past");
    let p99 = percentile_ms(&times, 99).context("the mix was not measured")?;
    report.figure("mix_p99", (p99, "ms"), "one answer");
    Ok(())
}

#[expect(clippy::float_arithmetic, reason = "a share of answers is no money")]
fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole)
}

async fn visitors(bench: &Bench<'_>) -> Result<Vec<Visitor>> {
    let mut visitors = Vec::with_capacity(CLIENTS);
    for mut client in bench.payers.clients(bench.address(), ("mix", CLIENTS)).await? {
        let mut shelf = VecDeque::with_capacity(SHELF);
        for _ in 0..BEFORE {
            client.wake().await?;
            shelf.push_back(client.pay(Way::Balance).await?.no);
        }
        let provider = Arc::clone(&bench.provider);
        let (told, open) = (HashMap::new(), None);
        visitors.push(Visitor { client, provider, shelf, told, open, reads: 0, hits: 0, changes: 0 });
    }
    money::all_settled(bench.stage).await?;
    Ok(visitors)
}

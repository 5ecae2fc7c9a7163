//! Creating a payment out of the wallet, from the request to the booked order, beside bare SQL.
//!
//! The yardstick is one transaction of a `pgbench` script that writes into one database what the services write into
//! three: its tables come from their own migrations. Both take turns at 32 clients. The rules not to be broken: a payment
//! counts when order and ledger have heard of it; the yardstick writes the rows that a payment leaves.

use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::{Connection as _, Executor as _};
use tokio::time::Instant;

use super::{
    Bench,
    money::{self, Client},
};
use crate::{
    cpu::{Spent, Used},
    databases::PGBENCH,
    figures::{Spread, each_us, percentile_ms, rate, ratios},
    load,
    pgbench::Script,
    report::Report,
    stage::Stage,
};

const CLIENTS: usize = 32;
const AT_LEAST: f64 = 0.35;
const WARM_UP: Duration = Duration::from_secs(2);

/// The migrations that make the yardstick's tables, in their order; what all services share comes once.
const MIGRATIONS: [&str; 8] = [
    include_str!("../../../payment/migrations/0001_durable.sql"),
    include_str!("../../../payment/migrations/0002_payment.sql"),
    include_str!("../../../bill/migrations/0002_bill.sql"),
    include_str!("../../../bill/migrations/0003_order.sql"),
    include_str!("../../../wallet/migrations/0002_account.sql"),
    include_str!("../../../wallet/migrations/0003_ledger.sql"),
    include_str!("../../../wallet/migrations/0004_debit.sql"),
    include_str!("../../../wallet/migrations/0005_names.sql"),
];

/// Bare SQL in one database.
pub(super) struct Yardstick(Script);

impl Yardstick {
    /// Makes database, tables and accounts.
    pub(super) async fn prepare(stage: &Stage) -> Result<Self> {
        stage.databases.create(PGBENCH).await?;
        let mut conn = stage.databases.connect(PGBENCH).await?;
        for migration in MIGRATIONS {
            conn.execute(migration).await?;
        }
        conn.execute(include_str!("accounts.sql")).await?;
        conn.execute("vacuum analyze").await?;
        conn.close().await?;
        let script = include_str!("payment.sql");
        Ok(Self(Script::new(&stage.databases, PGBENCH, (stage.data_dir(), "payment.sql", script))?))
    }
}

/// What a turn of creations gave.
#[derive(Debug, Default)]
struct Turns {
    rates: Vec<f64>,
    times: Vec<Duration>,
    done: u32,
    spent: Spent,
}

/// Measures both in turns.
pub(super) async fn measure(bench: &Bench<'_>, mut yardstick: Yardstick, report: &mut Report) -> Result<()> {
    let turn = bench.options.turn;
    let mut clients = bench.payers.clients(bench.address(), ("creation", CLIENTS)).await?;
    let (mut ours, mut bare) = (Turns::default(), Vec::new());
    clients = create(bench, clients, WARM_UP, &mut Turns::default()).await?;
    yardstick.0.rate(CLIENTS, WARM_UP).await?;
    for _ in 0..bench.options.rounds {
        bare.push(yardstick.0.rate(CLIENTS, turn).await?);
        clients = create(bench, clients, turn, &mut ours).await?;
    }
    let note =
        "balance payments settled, HTTP, 32 clients / transactions of the same rows, pgbench, 32 clients";
    report.median_ratio("creation", (&ratios(&ours.rates, &bare), AT_LEAST), note)?;
    tell(report, &ours, &bare)
}

async fn create(
    bench: &Bench<'_>,
    clients: Vec<Client>,
    time: Duration,
    turns: &mut Turns,
) -> Result<Vec<Client>> {
    let (before, begun) = (Used::of(bench.watched()?), Instant::now());
    let (load, clients) = load::run(clients, time).await?;
    let settled = money::all_settled(bench.stage).await?;
    turns.spent = turns.spent.plus(Used::of(bench.watched()?).since(&before));
    turns.rates.push(rate(load.done, settled.duration_since(begun)));
    turns.done = turns.done.saturating_add(load.done);
    turns.times.extend(load.turns);
    Ok(clients)
}

fn tell(report: &mut Report, ours: &Turns, bare: &[f64]) -> Result<()> {
    let spread = |rates: &[f64]| Spread::of(rates).context("creation was not measured");
    report.figure("creation_rate", (spread(&ours.rates)?.median, "per_s"), "settled, the last one included");
    report.figure(
        "creation_bare_sql",
        (spread(bare)?.median, "per_s"),
        "transactions of pgbench, 32 clients",
    );
    for percent in [50, 99] {
        let time = percentile_ms(&ours.times, percent).context("nothing was created")?;
        report.figure(format!("creation_p{percent}"), (time, "ms"), "one answer, 32 clients");
    }
    let Spent { program, postgres, bench } = ours.spent;
    for (who, time) in [("dormpay", program), ("postgres", postgres), ("client", bench)] {
        let used = each_us(time, ours.done);
        report.figure(format!("creation_cpu_{who}"), (used, "us"), "processor time of one payment");
    }
    Ok(())
}

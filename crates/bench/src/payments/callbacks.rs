//! The provider's callbacks: many identical ones at once, and a stream of duplicates.
//!
//! The provider is one of the run's own: its key signs here and is believed by the platform, and nobody listens at its
//! address. Payments in its app need no call to it. The rule not to be broken: each callback is signed anew where it is
//! another one, and the effect is counted in the payment service's own rows.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use sqlx::Connection as _;
use tokio::{task::JoinSet, time::Instant};
use wire::{Params, alipay::write_notification};

use super::{
    Bench,
    money::{self, Made, Way, amount_text},
};
use crate::{
    databases::Databases,
    figures::{Spread, percentile_ms, rate},
    http::Connection,
    load::{self, Worker},
    report::Report,
};

/// Where the provider calls (001-E04).
pub(super) const PATH: &str = "/api/v1/payments/notify/alipay";
const APP_ID: &str = "2021000000000001";
const SELLER_ID: &str = "2088000000000001";
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9/gateway.do";
const PER_MINUTE: &str = "1000000";
const AT_ONCE: usize = 200;
const ANSWERED_SECONDS_MAX: f64 = 2.0;
const SUSTAINED_CLIENTS: usize = 32;
const SUSTAINED_MIN: f64 = 1_000.0;

/// A provider with keys of the run's own.
pub(crate) struct Provider {
    key: wire::keys::PrivateKey,
    settings: [(&'static str, String); 8],
}

impl Provider {
    /// Makes keys that nobody else has. Takes a second or two.
    pub(crate) fn generate() -> Result<Self> {
        let wrong = |error: wire::Error| anyhow!("a key of the provider: {error}");
        let (own, merchant) =
            (wire::making::private_key().map_err(wrong)?, wire::making::private_key().map_err(wrong)?);
        let public = wire::making::public_pem(&own).map_err(wrong)?;
        let settings = [
            ("ALIPAY_APP_ID", APP_ID.to_owned()),
            ("ALIPAY_SELLER_ID", SELLER_ID.to_owned()),
            ("ALIPAY_PRIVATE_KEY", merchant),
            ("ALIPAY_PUBLIC_KEY", public),
            ("ALIPAY_GATEWAY", NOWHERE.to_owned()),
            ("ALIPAY_NOTIFY_URL", format!("http://127.0.0.1:9{PATH}")),
            ("ALIPAY_ENABLED", "true".to_owned()),
            ("CALLBACKS_PER_MINUTE", PER_MINUTE.to_owned()),
        ];
        Ok(Self { key: wire::keys::PrivateKey::read(&own).map_err(wrong)?, settings })
    }

    /// Gives the settings that make a platform believe it.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        self.settings.clone().into_iter()
    }

    /// Tells, signed, that a payment is paid. *Shape*: a form.
    pub(crate) fn paid(&self, payment_no: &str, amount_minor: u32) -> Result<String> {
        let amount = amount_text(amount_minor);
        let params = [
            ("app_id", APP_ID.to_owned()),
            ("seller_id", SELLER_ID.to_owned()),
            ("notify_id", format!("notify{payment_no}")),
            ("notify_type", "trade_status_sync".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("version", "1.0".to_owned()),
            ("out_trade_no", payment_no.to_owned()),
            ("trade_no", format!("trade{payment_no}")),
            ("trade_status", "TRADE_SUCCESS".to_owned()),
            ("total_amount", amount.clone()),
            ("receipt_amount", amount),
        ];
        let params: Params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        write_notification(&params, &self.key).map_err(|error| anyhow!("signing: {error}"))
    }
}

/// Sends a callback. *Errors*: when the provider would have to send it again.
pub(super) async fn deliver(connection: &mut Connection, callback: &str) -> Result<()> {
    let answer = connection.post_form(PATH, callback).await?;
    let is_taken = answer.status == 200 && answer.body == b"success";
    ensure!(is_taken, "POST {PATH}: {}: {}", answer.status, answer.text());
    Ok(())
}

/// Somebody who sends the same callback over and over.
struct Repeater {
    connection: Connection,
    callback: String,
}

impl Worker for Repeater {
    async fn turn(&mut self) -> Result<bool> {
        deliver(&mut self.connection, &self.callback).await.map(|()| true)
    }
}

/// Measures a volley for each round, and the duplicates of one payment.
pub(super) async fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let mut slowest = Vec::new();
    let mut last = None;
    for _ in 0..bench.options.rounds {
        let made = made(bench).await?;
        slowest.push(volley(bench, &made).await?);
        money::all_settled(bench.stage).await?;
        one_effect(&bench.stage.databases, &made).await?;
        last = Some(made);
    }
    let made = last.context("there was no round")?;
    tell_volley(report, &slowest)?;
    sustained(bench, &made, report).await?;
    one_effect(&bench.stage.databases, &made).await
}

async fn made(bench: &Bench<'_>) -> Result<Made> {
    let mut clients = bench.payers.clients(bench.address(), ("callbacks", 1)).await?;
    let client = clients.first_mut().context("there is no client")?;
    client.pay(Way::Alipay).await
}

/// Sends identical callbacks at once, and gives how long the last answer took.
async fn volley(bench: &Bench<'_>, made: &Made) -> Result<f64> {
    let callback = bench.provider.paid(&made.no, made.amount_minor)?;
    let mut connections = Vec::with_capacity(AT_ONCE);
    for _ in 0..AT_ONCE {
        connections.push(Connection::open(bench.address(), None).await?);
    }
    let (mut sending, begun) = (JoinSet::new(), Instant::now());
    for mut connection in connections {
        let callback = callback.clone();
        sending.spawn(async move { deliver(&mut connection, &callback).await });
    }
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    Ok(begun.elapsed().as_secs_f64())
}

#[expect(clippy::float_arithmetic, reason = "a limit is turned round, so that more is better")]
fn tell_volley(report: &mut Report, slowest: &[f64]) -> Result<()> {
    let spread = Spread::of(slowest).context("no callbacks were sent")?;
    let note = "at most 2 s for 200 identical callbacks at once, turned round: 2 s / the slowest answer of all rounds";
    report.ratio("callbacks_200", (ANSWERED_SECONDS_MAX / spread.most, 1.0), note);
    report.figure(
        "callbacks_200_seconds",
        (spread.most, "s"),
        "until the last of 200 is answered, slowest round",
    );
    Ok(())
}

#[expect(clippy::float_arithmetic, reason = "a rate is no money")]
async fn sustained(bench: &Bench<'_>, made: &Made, report: &mut Report) -> Result<()> {
    let callback = bench.provider.paid(&made.no, made.amount_minor)?;
    let (mut rates, mut times): (Vec<f64>, Vec<Duration>) = (Vec::new(), Vec::new());
    for _ in 0..bench.options.rounds {
        let mut repeaters = Vec::with_capacity(SUSTAINED_CLIENTS);
        for _ in 0..SUSTAINED_CLIENTS {
            let connection = Connection::open(bench.address(), None).await?;
            repeaters.push(Repeater { connection, callback: callback.clone() });
        }
        let (load, _) = load::run(repeaters, bench.options.turn).await?;
        rates.push(rate(load.done, load.time));
        times.extend(load.turns);
    }
    let spread = Spread::of(&rates).context("no callbacks were sent")?;
    let note = "duplicates a second that are verified and answered, 32 connections / 1,000";
    report.ratio("callbacks_sustained", (spread.median / SUSTAINED_MIN, 1.0), note);
    report.figure("callbacks_rate", (spread.median, "per_s"), "duplicates of a payment that is paid");
    let p99 = percentile_ms(&times, 99).context("no callbacks were sent")?;
    report.figure("callbacks_p99", (p99, "ms"), "one answer");
    Ok(())
}

/// Passes if the payment was paid once: one step, one event, one booking.
async fn one_effect(databases: &Databases, made: &Made) -> Result<()> {
    let mut conn = databases.connect("payment").await?;
    let question = "select
                        (select count(*) from payment_history
                         where payment_id = payment.id and to_status = 'success' and from_status = 'processing'),
                        (select count(*) from provider_event where payment_id = payment.id)
                    from payment
                    where payment_no = $1";
    let counts: (i64, i64) = sqlx::query_as(question).bind(&made.no).fetch_one(&mut conn).await?;
    conn.close().await?;
    ensure!(counts == (1, 1), "payment {} was paid {counts:?} times", made.no);
    let mut conn = databases.connect("wallet").await?;
    let question = "select count(*) from transfer where reference = $1";
    let booked: i64 = sqlx::query_scalar(question).bind(&made.no).fetch_one(&mut conn).await?;
    conn.close().await?;
    ensure!(booked == 1, "payment {} was booked {booked} times", made.no);
    Ok(())
}

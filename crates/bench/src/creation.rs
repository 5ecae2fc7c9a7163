//! Creating expenses: through HTTP, gateway, gRPC and commit, against the bare SQL of the same transaction.
//!
//! Sixteen clients each. Both sides take turns of some seconds, changing who begins; before the bare side's turn
//! everything that the other left to be delivered is delivered. The rule not to be broken: only answers of 200
//! count, and both sides write the same rows.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use clock::Clock;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    cpu::{Spent, Used},
    databases::Databases,
    figures::{Spread, each_us, percentile_ms, rate, ratios},
    http::Connection,
    load::{self, Load, Worker},
    people::Dorm,
    report::Report,
    stage::Stage,
    yardstick::{self, Sample, Writer},
};

const CLIENTS: usize = 16;
const ROOMS: usize = 16;
const DORMS: usize = 4;
const ROUNDS: u32 = 5;
const ROUNDS_OF_ONE_ROOM: u32 = 3;
const ROUND: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_secs(2);
const DRAIN_MAX: Duration = Duration::from_mins(3);
const AT_LEAST: f64 = 0.5;
const SHARE_MINOR: i64 = 2_500;

/// Where a client posts: the room, its people, and whose token he has.
#[derive(Clone, Debug)]
struct Seat {
    room_id: i64,
    members: Vec<i64>,
    token: String,
}

/// One client of the public API.
struct Poster {
    connection: Connection,
    body: String,
    refusal: Option<String>,
}

impl Poster {
    async fn open(address: SocketAddr, seat: &Seat, date: NaiveDate) -> Result<Self> {
        let connection = Connection::open(address, Some(&seat.token)).await?;
        let splits: Vec<_> =
            seat.members.iter().map(|id| json!({"user_id": id, "amount": "25.00"})).collect();
        let body = json!({"title": "Groceries 1000", "amount": "100.00", "currency": "CNY", "category": "food",
            "description": "two bags from the market", "date": date.to_string(), "room_id": seat.room_id,
            "split_type": "custom", "splits": splits});
        Ok(Self { connection, body: body.to_string(), refusal: None })
    }
}

impl Worker for Poster {
    async fn turn(&mut self) -> Result<bool> {
        let answer = self.connection.post("/api/expenses", &self.body).await?;
        let is_done = answer.status == 200;
        if !is_done {
            self.refusal = Some(format!("{}: {}", answer.status, answer.text()));
        }
        Ok(is_done)
    }
}

/// What one side did in all rounds.
#[derive(Debug, Default)]
struct Side {
    rates: Vec<f64>,
    loads: Vec<Load>,
    spent: Spent,
    drained: Vec<Duration>,
    waiting: Vec<i64>,
}

impl Side {
    fn done(&self) -> u32 {
        self.loads.iter().fold(0, |sum, load| sum.saturating_add(load.done))
    }

    fn add(&mut self, load: Load, spent: Spent) {
        self.rates.push(rate(load.done, load.time));
        self.spent = self.spent.plus(spent);
        self.loads.push(load);
    }

    fn median_rate(&self) -> f64 {
        Spread::of(&self.rates).map_or(f64::NAN, |spread| spread.median)
    }
}

/// Measures creation in many rooms, and in one.
pub(crate) async fn measure(stage: &Stage, report: &mut Report) -> Result<()> {
    let date = Clock::system().now().date_naive();
    let seats = seats(stage.public()).await?;
    let sample = warm_up(stage, &seats, date).await?;
    let (through, bare) = rounds(stage, (&seats, &sample), ROUNDS).await?;
    tell(report, &through, &bare)?;
    let one_room = one_room(&seats)?;
    let (through, bare) = rounds(stage, (&one_room, &sample), ROUNDS_OF_ONE_ROOM).await?;
    let ratio = Spread::of(&ratios(&through.rates, &bare.rates)).context("nothing was measured")?;
    report.figure("creation_one_room", (through.median_rate(), "per_s"), "16 clients, all in one room");
    report.figure("creation_one_room_bare_sql", (bare.median_rate(), "per_s"), "the same, bare SQL");
    report.figure(
        "creation_one_room_ratio",
        (ratio.median, "x"),
        format!("{:.3} to {:.3}", ratio.least, ratio.most),
    );
    Ok(())
}

/// Makes people and rooms: each client has a room of his own, four rooms share their people.
async fn seats(address: SocketAddr) -> Result<Vec<Seat>> {
    let clock = Clock::system();
    let (name, password) = (clock.code(6).to_lowercase(), clock.token(12));
    let mut dorms = Vec::new();
    for number in 0..DORMS {
        dorms.push(Dorm::found(address, &format!("w{number}_{name}"), &password).await?);
    }
    let mut seats = Vec::new();
    for (number, dorm) in (0..ROOMS).zip(dorms.iter().cycle()) {
        let room_id = dorm.room(address, &format!("room {number}")).await?;
        seats.push(Seat { room_id, members: dorm.ids(), token: dorm.token(number / DORMS)?.to_owned() });
    }
    Ok(seats)
}

/// Puts all clients into the first room, with the tokens of its members.
fn one_room(seats: &[Seat]) -> Result<Vec<Seat>> {
    let first = seats.first().context("no room was made")?;
    let tokens = seats.iter().filter(|seat| seat.members == first.members).map(|seat| &seat.token);
    Ok(tokens.cycle().take(CLIENTS).map(|token| Seat { token: token.clone(), ..first.clone() }).collect())
}

/// Runs the platform warm, and takes from its own writes how large a history entry and a job of news are.
async fn warm_up(stage: &Stage, seats: &[Seat], date: NaiveDate) -> Result<Sample> {
    let databases = stage.databases.clone();
    let news = tokio::spawn(async move { catch_news(&databases).await });
    post(stage.public(), seats, (date, WARM_UP)).await?;
    let news = news.await.context("the sampling panicked")??;
    let mut conn = stage.databases.connect("expense").await?;
    let snapshot =
        sqlx::query_scalar!("select snapshot from expense_history order by expense_id desc limit 1")
            .fetch_one(&mut conn)
            .await
            .context("no history was written")?;
    drain(&stage.databases).await?;
    Ok(Sample { snapshot, news, date, share_minor: SHARE_MINOR })
}

/// Catches a job of news before it is delivered.
async fn catch_news(databases: &Databases) -> Result<Vec<u8>> {
    let mut conn = databases.connect("expense").await?;
    let deadline = Instant::now() + WARM_UP;
    while Instant::now() < deadline {
        let payload =
            sqlx::query_scalar!("select payload from outbox where kind = 'room_news' order by id limit 1");
        if let Some(payload) = payload.fetch_optional(&mut conn).await? {
            return Ok(payload);
        }
        sleep(Duration::from_millis(1)).await;
    }
    anyhow::bail!("no news of an expense was seen: does creation write its outbox?")
}

async fn rounds(stage: &Stage, (seats, sample): (&[Seat], &Sample), rounds: u32) -> Result<(Side, Side)> {
    let (mut through, mut bare) = (Side::default(), Side::default());
    let mut writers = Vec::new();
    for seat in seats {
        let room = (seat.room_id, seat.members.clone());
        writers.push(Writer::open(&stage.databases, room, sample.clone()).await?);
    }
    let (_, warm) = load::run(writers, WARM_UP / 4).await?;
    let mut writers = warm;
    for round in 0..rounds {
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                let before = Used::now(stage.pid()?);
                let load = post(stage.public(), seats, (sample.date, ROUND)).await?;
                through.add(load, Used::now(stage.pid()?).since(&before));
                through.waiting.push(waiting(&stage.databases).await?);
                through.drained.push(drain(&stage.databases).await?);
            } else {
                let before = Used::now(stage.pid()?);
                let (load, back) = load::run(writers, ROUND).await?;
                writers = back;
                bare.add(load, Used::now(stage.pid()?).since(&before));
                yardstick::forget_news(&stage.databases).await?;
            }
        }
    }
    Ok((through, bare))
}

/// Lets all clients post for a time. *Errors*: when more than one in a hundred is refused.
async fn post(address: SocketAddr, seats: &[Seat], (date, time): (NaiveDate, Duration)) -> Result<Load> {
    let mut posters = Vec::new();
    for seat in seats {
        posters.push(Poster::open(address, seat, date).await?);
    }
    let (load, posters) = load::run(posters, time).await?;
    let refusal = posters.into_iter().find_map(|poster| poster.refusal).unwrap_or_default();
    ensure!(load.refused <= load.done / 100, "{} of {} were refused: {refusal}", load.refused, load.done);
    Ok(load)
}

/// Waits until everything that was to be told has been told, and gives how long that took.
async fn drain(databases: &Databases) -> Result<Duration> {
    let start = Instant::now();
    while waiting(databases).await? > 0 {
        ensure!(start.elapsed() < DRAIN_MAX, "news still wait after {} s", DRAIN_MAX.as_secs());
        sleep(Duration::from_millis(50)).await;
    }
    Ok(start.elapsed())
}

/// Counts the jobs that wait in the three databases that an expense concerns.
async fn waiting(databases: &Databases) -> Result<i64> {
    let mut waiting = 0_i64;
    for service in ["expense", "room", "user"] {
        let mut conn = databases.connect(service).await?;
        let count =
            sqlx::query_scalar!(r#"select count(id) as "count!" from outbox"#).fetch_one(&mut conn).await?;
        waiting = waiting.saturating_add(count);
    }
    Ok(waiting)
}

fn tell(report: &mut Report, through: &Side, bare: &Side) -> Result<()> {
    let ratio = Spread::of(&ratios(&through.rates, &bare.rates)).context("nothing was measured")?;
    let note = format!(
        "HTTP to commit / bare SQL; median of {ROUNDS} rounds, {:.3} to {:.3}",
        ratio.least, ratio.most
    );
    report.ratio("creation", (ratio.median, AT_LEAST), note);
    let clients = format!("{CLIENTS} clients in {ROOMS} rooms, four splits");
    report.figure("creation_rate", (through.median_rate(), "per_s"), clients.clone());
    report.figure(
        "creation_bare_sql",
        (bare.median_rate(), "per_s"),
        format!("{clients}, the same transaction"),
    );
    let turns: Vec<Duration> = through.loads.iter().flat_map(|load| load.turns.iter().copied()).collect();
    for percent in [50, 99] {
        let time = percentile_ms(&turns, percent).context("nothing was created")?;
        report.figure(format!("creation_p{percent}"), (time, "ms"), "one request, at that load");
    }
    let (all, bare_all) = (through.done(), bare.done());
    let used = [
        ("creation_cpu_dormpay", through.spent.program, all, "gateway, services and delivery of news"),
        ("creation_cpu_postgres", through.spent.postgres, all, "PostgreSQL, news included"),
        ("creation_cpu_client", through.spent.bench, all, "this benchmark's client"),
        ("creation_bare_cpu_postgres", bare.spent.postgres, bare_all, "PostgreSQL, bare SQL"),
        ("creation_bare_cpu_client", bare.spent.bench, bare_all, "this benchmark, bare SQL"),
    ];
    for (name, time, count, note) in used {
        report.figure(name, (each_us(time, count), "us"), note);
    }
    let waiting: Vec<f64> =
        through.waiting.iter().filter_map(|jobs| u32::try_from(*jobs).ok()).map(f64::from).collect();
    let drained: Vec<f64> = through.drained.iter().map(Duration::as_secs_f64).collect();
    if let (Some(waiting), Some(drained)) = (Spread::of(&waiting), Spread::of(&drained)) {
        report.figure(
            "creation_news_waiting",
            (waiting.median, "jobs"),
            "not yet delivered at the end of a round",
        );
        report.figure("creation_news_drained", (drained.median, "s"), "until they all were");
    }
    let refused = through.loads.iter().fold(0_u32, |sum, load| sum.saturating_add(load.refused));
    report.figure("creation_refused", (f64::from(refused), "requests"), format!("of {all}; do not count"));
    Ok(())
}

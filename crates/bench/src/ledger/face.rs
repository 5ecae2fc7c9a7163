//! The way through HTTP: users with a login pay each other over the public API.
//!
//! In turns with TPC-B, as the gRPC callers. Users, logins and payment passwords are made as anybody would make them;
//! only their first money comes from the ledger's own door. The rule not to be broken: every request carries the token
//! of the user who pays, and only an answer of success counts.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tokio::{task::JoinSet, time::Instant};

use super::{Bench, gang::Gang, tpc_b::TpcB};
use crate::{
    book::{self, Dice},
    caller::Caller,
    figures::ratios,
    http::Connection,
    load::Worker,
    people::{self, Person},
    report::Report,
    wallet::Wallet,
};

const USERS: usize = 1_000;
const CONNECTIONS: usize = 256;
const REGISTRATIONS_AT_ONCE: usize = 8;
const WARM_UP: Duration = Duration::from_secs(1);
/// After a longer rest, while others had their turn, a connection may have been closed.
const REST_MAX: Duration = Duration::from_secs(1);
const AT_LEAST: f64 = 3.0;
/// Made up, for users who are gone with the run.
const PASSWORD: &str = "correct-horse-battery";
const PAYMENT_PASSWORD: &str = "735194";

/// Measures transfers through HTTP against TPC-B. `wallet` is a copy on the database of the platform's own.
pub(super) async fn measure(bench: &mut Bench<'_>, wallet: &Wallet, report: &mut Report) -> Result<()> {
    bench.stage.start().await?;
    let people = register(bench.stage.public()).await?;
    let ids: Vec<i64> = people.iter().map(|person| person.id).collect();
    book::fund(&mut Caller::one(wallet.grpc(), bench.keys)?, &ids).await?;
    let mut payers = payers(bench.stage.public(), &people, &ids).await?;
    for payer in &mut payers {
        payer.prove().await?;
    }
    let mut gang = Gang::new(payers, 1);
    gang.warm_up(WARM_UP).await?;
    let mut tpc_b = TpcB::default();
    for _ in 0..bench.options.rounds {
        tpc_b.round(&bench.pgbench, bench.options.turn).await?;
        gang.turn(bench.options.turn, bench.watched(bench.stage.pid()?)).await?;
    }
    let ratios = ratios(&gang.rates, &tpc_b.best());
    let note = "HTTP, gateway, ledger; 256 connections / best TPC-B of the same rounds";
    report.median_ratio("http_256", (&ratios, AT_LEAST), note)?;
    tpc_b.tell(report, "http_tpc_b")?;
    gang.tell(report, "http_256")?;
    bench.stage.stop().await
}

/// Makes users with a login and a payment password.
async fn register(address: SocketAddr) -> Result<Vec<Person>> {
    let (mut tasks, mut people) = (JoinSet::new(), Vec::with_capacity(USERS));
    for number in 0..USERS {
        if tasks.len() >= REGISTRATIONS_AT_ONCE {
            people.push(tasks.join_next().await.context("nobody registers")???);
        }
        tasks.spawn(register_one(address, format!("payer_{number}")));
    }
    while let Some(person) = tasks.join_next().await {
        people.push(person??);
    }
    Ok(people)
}

async fn register_one(address: SocketAddr, username: String) -> Result<Person> {
    people::register(address, &username, PASSWORD).await?;
    let person = people::login(address, &username, PASSWORD).await?;
    let path = format!("/api/v1/payments/wallet/{}/payment-password", person.id);
    let mut connection = Connection::open(address, Some(&person.token)).await?;
    let answer = connection.put(&path, &json!({"newPassword": PAYMENT_PASSWORD}).to_string()).await?;
    ensure!(answer.status == 200, "PUT {path}: {}: {}", answer.status, answer.text());
    Ok(person)
}

/// Divides users among connections.
async fn payers(address: SocketAddr, people: &[Person], ids: &[i64]) -> Result<Vec<Payer>> {
    let mut payers = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        let mine = people.iter().skip(number).step_by(CONNECTIONS).cloned().collect();
        payers.push(Payer {
            address,
            used: Instant::now(),
            connection: Connection::open(address, None).await?,
            mine,
            others: ids.to_vec(),
            dice: Dice::new(&format!("payer {number}")),
            refusal: None,
        });
    }
    Ok(payers)
}

/// One connection, over which a few users pay.
struct Payer {
    address: SocketAddr,
    connection: Connection,
    used: Instant,
    mine: Vec<Person>,
    others: Vec<i64>,
    dice: Dice,
    refusal: Option<String>,
}

impl Payer {
    /// Lets each user pay once, so that his payment password has been compared: that it was right is remembered for some
    /// minutes, and no load of this kind compares it each time.
    async fn prove(&mut self) -> Result<()> {
        for person in self.mine.clone() {
            let is_done = self.pay(&person).await?;
            ensure!(is_done, "{}", self.refusal.as_deref().unwrap_or_default());
        }
        Ok(())
    }

    async fn pay(&mut self, person: &Person) -> Result<bool> {
        let to = loop {
            let to = *one_of(&mut self.dice, &self.others)?;
            if to != person.id {
                break to;
            }
        };
        let path = format!("/api/v1/payments/wallet/{}/transfer", person.id);
        let amount = self.dice.below(99).saturating_add(1);
        let body =
            format!(r#"{{"toUserId":{to},"amount":0.{amount:02},"paymentPassword":"{PAYMENT_PASSWORD}"}}"#);
        if self.used.elapsed() > REST_MAX {
            self.connection = Connection::open(self.address, None).await?;
        }
        self.connection.authorize(&person.token);
        let answer = self.connection.post(&path, &body).await?;
        self.used = Instant::now();
        if answer.status == 200 {
            return Ok(true);
        }
        self.refusal = Some(format!("POST {path}: {}: {}", answer.status, answer.text()));
        Ok(false)
    }
}

impl Worker for Payer {
    async fn turn(&mut self) -> Result<bool> {
        let person = one_of(&mut self.dice, &self.mine)?.clone();
        self.pay(&person).await
    }

    fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

fn one_of<'a, T>(dice: &mut Dice, list: &'a [T]) -> Result<&'a T> {
    let place = dice.below(u32::try_from(list.len())?);
    list.get(usize::try_from(place)?).context("nobody is there")
}

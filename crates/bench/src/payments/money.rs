//! Payers, their money, and payments that they make out of it through the public API.
//!
//! Each payment is of an order of an outside business that is new, below the amount from which on a password is asked
//! for. The rule not to be broken: a payment is made as anybody would make it; only the first money of a payer comes
//! from the ledger's own door.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    book::{self, Dice},
    caller::{Caller, Keys},
    http::Connection,
    load::Worker,
    people::{self, Person},
    stage::Stage,
    wallet::Wallet,
};

/// Where payments are made and shown (001-E01, 001-E02).
pub(super) const PATH: &str = "/api/v1/payments";
const PAYERS: usize = 64;
const MERCHANTS: u32 = 100;
const REGISTRATIONS_AT_ONCE: usize = 8;
/// Made up, for users who are gone with the run.
const PASSWORD: &str = "correct-horse-battery";
/// After a longer rest, while others had their turn, a connection may have been closed.
const REST_MAX: Duration = Duration::from_secs(1);
const SETTLED_MAX: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(5);

/// Users with a login and money.
#[derive(Clone, Debug)]
pub(super) struct Payers {
    people: Arc<[Person]>,
    orders: Arc<AtomicU64>,
}

impl Payers {
    /// Makes them.
    pub(super) async fn register(stage: &Stage, keys: &Keys) -> Result<Self> {
        let (mut tasks, mut people) = (JoinSet::new(), Vec::with_capacity(PAYERS));
        for number in 0..PAYERS {
            if tasks.len() >= REGISTRATIONS_AT_ONCE {
                people.push(tasks.join_next().await.context("nobody registers")???);
            }
            tasks.spawn(register_one(stage.public(), format!("payer_{number}")));
        }
        while let Some(person) = tasks.join_next().await {
            people.push(person??);
        }
        let ids: Vec<i64> = people.iter().map(|person| person.id).collect();
        let mut wallet = Wallet::started(stage, "wallet_funding", "wallet").await?;
        book::fund(&mut Caller::one(wallet.grpc(), keys)?, &ids).await?;
        wallet.stop().await?;
        Ok(Self { people: people.into(), orders: Arc::default() })
    }

    /// Gives a payer, going round.
    pub(super) fn one(&self, number: usize) -> Result<&Person> {
        self.people.get(number % PAYERS).context("there are no payers")
    }

    /// Opens so many clients, each of a payer.
    pub(super) async fn clients(
        &self,
        address: SocketAddr,
        (name, count): (&str, usize),
    ) -> Result<Vec<Client>> {
        let mut clients = Vec::with_capacity(count);
        for number in 0..count {
            let person = self.one(number)?.clone();
            let connection = Connection::open(address, Some(&person.token)).await?;
            let (orders, dice) = (Arc::clone(&self.orders), Dice::new(&format!("{name} {number}")));
            clients.push(Client { address, person, connection, used: Instant::now(), orders, dice });
        }
        Ok(clients)
    }
}

async fn register_one(address: SocketAddr, username: String) -> Result<Person> {
    people::register(address, &username, PASSWORD).await?;
    people::login(address, &username, PASSWORD).await
}

/// How a payment is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Out of the wallet, at once.
    Balance,
    /// In the provider's app, which a callback tells.
    Alipay,
}

/// A payment that was made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) no: String,
    /// In hundredths.
    pub(super) amount_minor: u32,
    pub(super) status: String,
}

/// Somebody with a kept connection who pays and looks at payments.
#[derive(Debug)]
pub(super) struct Client {
    address: SocketAddr,
    pub(super) person: Person,
    pub(super) connection: Connection,
    used: Instant,
    orders: Arc<AtomicU64>,
    pub(super) dice: Dice,
}

impl Client {
    /// Connects anew after a rest. To be called before a turn.
    pub(super) async fn wake(&mut self) -> Result<()> {
        if self.used.elapsed() > REST_MAX {
            self.connection = Connection::open(self.address, Some(&self.person.token)).await?;
        }
        self.used = Instant::now();
        Ok(())
    }

    /// Makes a payment of a new order. *Errors*: what it was refused with.
    pub(super) async fn pay(&mut self, way: Way) -> Result<Made> {
        let (body, amount_minor) = self.order(way);
        let answer = self.connection.post(PATH, &body).await?;
        ensure!(answer.status == 200, "POST {PATH}: {}: {}", answer.status, answer.text());
        let answer = answer.json()?;
        let text = |name: &str| {
            let value = answer.pointer(&format!("/data/{name}")).and_then(Value::as_str);
            value.map(str::to_owned).with_context(|| format!("the payment has no {name}: {answer}"))
        };
        Ok(Made { no: text("paymentId")?, amount_minor, status: text("status")? })
    }

    fn order(&mut self, way: Way) -> (String, u32) {
        let number = self.orders.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let (amount_minor, merchant) =
            (self.dice.below(99).saturating_add(1), self.dice.below(MERCHANTS).saturating_add(1_000));
        let (method, channel) = match way {
            Way::Balance => ("balance", "web"),
            Way::Alipay => ("alipay", "app"),
        };
        let body = json!({
            "orderId": number, "orderNo": format!("BENCH{number:012}"), "userId": self.person.id,
            "amount": amount_text(amount_minor), "paymentMethod": method, "paymentChannel": channel,
            "subject": "Groceries for the dorm", "extraData": {"merchantId": merchant},
        });
        (body.to_string(), amount_minor)
    }
}

impl Worker for Client {
    /// Pays once out of the wallet.
    async fn turn(&mut self) -> Result<bool> {
        self.wake().await?;
        let made = self.pay(Way::Balance).await?;
        ensure!(made.status == "success", "payment {} is {}", made.no, made.status);
        Ok(true)
    }
}

/// Writes hundredths with two decimals.
pub(super) fn amount_text(minor: u32) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

/// Waits until order and ledger have heard of all money that came, and gives when that was.
pub(super) async fn all_settled(stage: &Stage) -> Result<Instant> {
    let mut conn = stage.databases.connect("payment").await?;
    let question = "select exists (select 1 from payment where paid_minor > 0 and settled_at is null \
                    and next_query_at is not null)";
    let begun = Instant::now();
    loop {
        let is_open: bool = sqlx::query_scalar(question).fetch_one(&mut conn).await?;
        if !is_open {
            return Ok(Instant::now());
        }
        ensure!(begun.elapsed() < SETTLED_MAX, "payments are not settled:\n{}", stage.log_end());
        sleep(POLL).await;
    }
}

//! Hard tests: races, crashes, outages and hostile callers, against a real database, a real Redis and the real sandbox.
//!
//! The order service and the wallet are the puppets of `payments`; the providers are the sandbox, over real sockets with
//! real signatures, and its own book is the witness. Whatever happens, `truth` says what must be true afterwards.
//! `DORMPAY_TEST_SCALE=full` makes the races as large as the issue asks.

mod crashes;
pub(crate) mod cut;
mod disconnects;
mod faults;
mod flows;
mod gateway;
mod history;
mod hostile;
mod outages;
mod races;
mod repeats;
mod truth;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use host::{
    Peer,
    testing::{Served, Visitor},
};
use identity::testing::Keys;
use proto::{bill::v1::Order, payment::v1};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use testkit::TestDb;
use tokio::time::sleep;
use tokio_util::sync::{CancellationToken, DropGuard};

use self::gateway::Gateway;
use super::{
    noon,
    payments::{self, ORDERS, partners, partners::Partners},
    sandbox::Sandbox,
};
use crate::{
    MIGRATIONS, Settings,
    peers::Peers,
    service::Service,
    workers::{self, sweep},
};

/// Methods that go through a provider, as the sandbox calls them.
const METHODS: [(v1::Method, &str); 3] =
    [(v1::Method::Alipay, "alipay"), (v1::Method::Wechat, "wechat"), (v1::Method::Unionpay, "unionpay")];

/// Everything but the service: its database, its clock, its partners and the providers.
struct Site {
    test_db: TestDb,
    clock: Clock,
    keys: Keys,
    partners: Partners,
    gateway: Gateway,
    sandbox: Sandbox,
    redis_url: String,
    /// How long providers are waited for.
    patience: Duration,
}

/// One copy of the service without a door. Its relay runs; its sweeper moves when the test says so.
struct Copy {
    service: Service,
    _relay: DropGuard,
}

impl Site {
    async fn new() -> Self {
        Self::with_redis(&testkit::redis_url()).await
    }

    async fn with_redis(redis_url: &str) -> Self {
        testkit::trace();
        let clock = Clock::manual(noon());
        let (keys, gateway) = (Keys::new(&clock), Gateway::serve().await);
        let addresses = gateway.addresses();
        Self {
            test_db: testkit::database(&MIGRATIONS).await,
            keys,
            partners: Partners::serve(noon()).await,
            sandbox: Sandbox::start(clock.clone(), |_| addresses).await,
            gateway,
            clock,
            redis_url: redis_url.to_owned(),
            patience: Duration::from_secs(5),
        }
    }

    /// One whose copies wait for providers no longer than half a second.
    async fn impatient() -> Self {
        Self { patience: Duration::from_millis(500), ..Self::new().await }
    }

    fn settings(&self) -> Settings {
        let channels = self.sandbox.channels.clone();
        let mut settings =
            payments::settings(&self.test_db, &self.keys, (channels, &self.partners), &self.redis_url);
        settings.provider_limits.attempt = self.patience;
        settings
    }

    async fn host(&self) -> host::Host {
        let clock = self.clock.clone();
        host::testing::host(Peer::Payment, &self.test_db.url, &self.keys, clock).await.unwrap()
    }

    /// A copy that serves, as in production. Callbacks come to it.
    async fn served(&self) -> Served {
        let served =
            Served::start(crate::open(self.host().await, &self.settings()).await.unwrap(), self.keys.clone());
        let (nobody, keys) = (served.nobody(), self.keys.clone());
        let proof = "x-service-authorization";
        self.gateway.lead_to(move || nobody.clone().with(proof, &keys.service("gateway")));
        served
    }

    /// What operations share; nothing runs by itself.
    async fn service(&self) -> Service {
        let (host, settings) = (self.host().await, self.settings());
        let peers = Peers::new(&host, &settings).unwrap();
        Service::new(&host, &settings, workers::schedule(host.db(), &peers, Shanghai)).unwrap()
    }

    async fn copy(&self) -> Copy {
        let (service, stop) = (self.service().await, CancellationToken::new());
        tokio::spawn(workers::relay(&service).run(stop.clone()));
        Copy { service, _relay: stop.drop_guard() }
    }

    /// An order of a user's, in fen.
    fn order(&self, user_id: i64, amount_minor: i64) -> Order {
        let id = ORDERS.fetch_add(1, Ordering::SeqCst);
        let order = partners::order(id, user_id, amount_minor, self.clock.now());
        self.partners.books().orders.insert(order.order_no.clone(), order.clone());
        order
    }

    async fn sql(&self) -> PgConnection {
        PgConnection::connect(&self.test_db.url).await.unwrap()
    }

    /// Counts rows, given as what follows `from`.
    async fn rows(&self, of: &str) -> i64 {
        let statement = format!("select count(*) from {of}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut self.sql().await).await.unwrap()
    }

    /// A question to the sandbox's control interface.
    async fn control(&self, path: &str) -> Value {
        let url = format!("{}/control/{path}", self.sandbox.url);
        self.sandbox.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Sets a fault of the sandbox's.
    async fn fault(&self, fault: Value) {
        let url = format!("{}/control/faults", self.sandbox.url);
        let answer = self.sandbox.http.post(url).body(fault.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    async fn no_faults(&self) {
        let url = format!("{}/control/faults", self.sandbox.url);
        assert!(self.sandbox.http.delete(url).send().await.unwrap().status().is_success());
    }

    /// The payer pays at the provider; false if the trade is closed or was never begun.
    async fn pay(&self, payment_no: &str) -> bool {
        let url = format!("{}/control/trades/{payment_no}/pay", self.sandbox.url);
        self.sandbox.http.post(url).send().await.unwrap().status().is_success()
    }

    /// Does what the payer's browser does with what he was handed: nothing, but for pages that post themselves.
    async fn open(&self, payment: &v1::Payment) {
        let handout = payment.handout.clone().unwrap_or_default();
        if !handout.payment_form.is_empty() {
            self.sandbox.post_form(&handout.payment_form).await;
        } else if !handout.payment_url.is_empty() {
            assert!(self.sandbox.http.get(handout.payment_url).send().await.unwrap().status().is_success());
        }
    }

    /// Lets so many seconds pass. A copy sweeps whenever something is due, and its relay runs.
    async fn pass(&self, copy: &Copy, seconds: i64) {
        let mut left = seconds;
        while left > 0 {
            left -= self.step(copy, left).await;
        }
    }

    /// Lets time pass until the sweeper has something to do, at most so many seconds. Gives how many passed.
    async fn step(&self, copy: &Copy, seconds_max: i64) -> i64 {
        let due: Option<chrono::DateTime<chrono::Utc>> = sqlx::query_scalar(
            "select least((select min(next_query_at) from payment), (select min(next_try_at) from refund))",
        )
        .fetch_one(&mut self.sql().await)
        .await
        .unwrap();
        let until = due.map_or(seconds_max, |due| (due - self.clock.now()).num_seconds());
        let seconds = until.clamp(1, seconds_max.max(1));
        self.clock.advance(TimeDelta::seconds(seconds));
        // What the sandbox does in that time it does a moment after.
        sleep(Duration::from_millis(15)).await;
        sweep::round(&copy.service).await;
        for _ in 0..100 {
            if self.rows("outbox where kind in ('payment_settle', 'payment_refund')").await == 0 {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        seconds
    }

    /// Lets time pass until everything that was begun has ended. Gives the seconds that it took.
    async fn ended(&self, copy: &Copy, seconds_max: i64) -> i64 {
        let mut passed = 0;
        loop {
            if self.is_quiet().await {
                return passed;
            }
            let unrest = self.unrest().await;
            assert!(passed < seconds_max, "it has not ended by itself after {seconds_max} s: {unrest}");
            passed += self.step(copy, seconds_max - passed).await;
        }
    }

    /// Tells whether nothing is under way but payments that nobody has paid.
    async fn is_quiet(&self) -> bool {
        self.unrest().await.is_empty()
    }

    async fn unrest(&self) -> String {
        let unrest: Vec<String> = sqlx::query_scalar(
            "select 'payment ' || payment_no || ' ' || status from payment
             where paid_minor > 0 and settled_at is null and frozen_reason is null
             union all
             select 'refund ' || refund_no || ' ' || stage from refund where status = 'processing'
             union all
             select 'job ' || kind || ' ' || attempts || coalesce(' ' || last_error, '') from outbox
             where kind in ('payment_settle', 'payment_refund')",
        )
        .fetch_all(&mut self.sql().await)
        .await
        .unwrap();
        unrest.join(", ")
    }
}

/// A request to begin a payment. UnionPay has pages alone.
fn wanted(order: &Order, method: v1::Method) -> v1::CreatePaymentRequest {
    let channel = if method == v1::Method::Unionpay { v1::Channel::Web } else { v1::Channel::Qr };
    v1::CreatePaymentRequest { method: method.into(), channel: channel.into(), ..payments::wanted(order) }
}

/// The visitor that a user is, through the gateway.
fn user(served: &Served, id: i64) -> Visitor {
    payments::ThroughGateway::user_via_gateway(served, id)
}

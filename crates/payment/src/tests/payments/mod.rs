//! Payments in sentences, through the door: a bank, an order service and a wallet that keep books, a real database and
//! Redis, and the service's own relay and sweeper.

mod balance;
mod bank;
mod callbacks;
mod creating;
mod late;
pub(super) mod partners;
mod races;
mod records;
mod refunds;
mod rights;
mod states;
mod trouble;
mod unfreezing;

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Shanghai;
use clock::Clock;
use fault::Fault;
use host::{
    Peer,
    testing::{Served, Visitor},
};
use identity::{Role, Subject, testing::Keys};
use money::Minor;
use proto::{
    bill::v1::{Order, OrderStatus},
    payment::v1::{
        self as v1, Channel, CreatePaymentRequest, CreateRefundRequest, HandleCallbackResponse, Method,
        Payment, PaymentStatus, Refund, payment_service_client::PaymentServiceClient,
    },
    wallet::v1::AccountKind,
};
use sqlx::Connection as _;
use testkit::TestDb;
use tokio::time::{sleep, timeout};

use self::{bank::Bank, partners::Partners};
use super::{noon, providers};
use crate::{MIGRATIONS, Rules, Settings};

pub(super) const OWNER: i64 = 12;

pub(in crate::tests) fn rules() -> Rules {
    Rules {
        qr_minutes: 15,
        quick_queries_max: 5,
        each_max: Minor::new(5_000_000),
        day_max: Minor::new(20_000_000),
    }
}

/// Everything a test turns.
struct World {
    test_db: TestDb,
    clock: Clock,
    bank: Bank,
    partners: Partners,
    served: Served,
}

pub(super) static ORDERS: AtomicI64 = AtomicI64::new(1_000);

impl World {
    async fn new() -> Self {
        Self::with_redis(&testkit::redis_url()).await
    }

    async fn with_redis(redis_url: &str) -> Self {
        testkit::trace();
        let test_db = testkit::database(&MIGRATIONS).await;
        let clock = Clock::manual(noon());
        let keys = Keys::new(&clock);
        let (bank, partners) = (Bank::serve().await, Partners::serve(noon()).await);
        let alipay = providers::alipay::settings(&bank.url);
        let channels = crate::providers::Settings { alipay: Some(alipay), ..Default::default() };
        let settings = settings(&test_db, &keys, (channels, &partners), redis_url);
        let host = host::testing::host(Peer::Payment, &test_db.url, &keys, clock.clone()).await.unwrap();
        let open = crate::open(host, &settings).await.unwrap();
        Self { test_db, clock, bank, partners, served: Served::start(open, keys) }
    }

    /// An order of the owner's, in fen.
    fn order(&self, amount_minor: i64) -> Order {
        let id = ORDERS.fetch_add(1, Ordering::SeqCst);
        let order = partners::order(id, OWNER, amount_minor, self.clock.now());
        self.partners.books().orders.insert(order.order_no.clone(), order.clone());
        order
    }

    fn owner(&self) -> Visitor {
        self.served.user_via_gateway(OWNER)
    }

    /// A visitor who holds a permission and is no administrator.
    fn holder(&self, user_id: i64, permission: &str) -> Visitor {
        let subject = Subject {
            user_id,
            role: Role::User,
            permissions: vec![permission.to_owned()],
            session_id: user_id,
            token_version: 1,
        };
        self.served.nobody().with("authorization", &self.served.keys.bearer(&subject))
    }

    async fn create(&self, order: &Order) -> Payment {
        create(&self.owner(), wanted(order)).await.unwrap()
    }

    /// A callback of Alipay's.
    async fn tell(&self, body: Vec<u8>) -> HandleCallbackResponse {
        callback(&self.served.service("gateway"), body).await.unwrap()
    }

    /// A payment that was made, with order and ledger told.
    async fn paid(&self, amount_minor: i64) -> Payment {
        let payment = self.create(&self.order(amount_minor)).await;
        assert!(self.bank.pay(&payment.payment_no));
        let reply = self.tell(self.bank.told(&payment.payment_no, &[])).await;
        assert_eq!(reply.body.as_ref(), b"success");
        self.settled(payment.id).await
    }

    async fn read(&self, id: i64) -> Payment {
        let request = v1::GetPaymentRequest { payment_id: id, ..Default::default() };
        PaymentServiceClient::new(self.served.admin(1).line())
            .get_payment(request)
            .await
            .unwrap()
            .into_inner()
            .payment
            .unwrap()
    }

    /// Waits until a payment is as wanted.
    async fn until(&self, id: i64, is_wanted: impl Fn(&Payment) -> bool) -> Payment {
        let waiting = async {
            loop {
                let payment = self.read(id).await;
                if is_wanted(&payment) {
                    return payment;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        let Ok(payment) = timeout(Duration::from_secs(30), waiting).await else {
            panic!("it stays {:?}", self.read(id).await)
        };
        payment
    }

    async fn settled(&self, id: i64) -> Payment {
        self.until(id, |payment| payment.is_settled).await
    }

    fn balance(&self, kind: AccountKind, owner: &str) -> i64 {
        self.partners.books().balance(kind, owner)
    }

    /// What the ledger says that the bank has, and what the bank says.
    fn both_books(&self) -> (i64, i64) {
        (-self.balance(AccountKind::Channel, "alipay"), self.bank.books().total())
    }

    fn order_status(&self, order: &Order) -> OrderStatus {
        self.partners.books().orders[&order.order_no].status()
    }

    fn pass(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}

/// What a service needs to know whose money comes through these channels.
pub(super) fn settings(
    test_db: &TestDb,
    keys: &Keys,
    (channels, partners): (crate::providers::Settings, &Partners),
    redis_url: &str,
) -> Settings {
    let away = "http://127.0.0.1:9".to_owned();
    Settings {
        host: host::testing::settings(Peer::Payment, &test_db.url, keys),
        zone: Shanghai,
        room_url: away.clone(),
        expense_url: away,
        bill_url: partners.orders_url.clone(),
        wallet_url: partners.wallet_url.clone(),
        redis: ephemeral::Settings::at(redis_url),
        rules: rules(),
        channels,
        provider_limits: crate::providers::Limits { attempt: Duration::from_secs(5), ..providers::limits() },
    }
}

pub(super) trait ThroughGateway {
    fn user_via_gateway(&self, user_id: i64) -> Visitor;
}

impl ThroughGateway for Served {
    fn user_via_gateway(&self, user_id: i64) -> Visitor {
        self.user(user_id).with("x-service-authorization", &self.keys.service("gateway"))
    }
}

pub(super) fn wanted(order: &Order) -> CreatePaymentRequest {
    CreatePaymentRequest {
        order_id: order.id,
        method: Method::Alipay.into(),
        channel: Channel::Qr.into(),
        ..CreatePaymentRequest::default()
    }
}

pub(super) async fn create(visitor: &Visitor, request: CreatePaymentRequest) -> Result<Payment, Fault> {
    let reply = PaymentServiceClient::new(visitor.line()).create_payment(request).await?;
    Ok(reply.into_inner().payment.unwrap())
}

pub(super) async fn callback(visitor: &Visitor, body: Vec<u8>) -> Result<HandleCallbackResponse, Fault> {
    let request =
        v1::HandleCallbackRequest { method: Method::Alipay.into(), headers: Vec::new(), body: body.into() };
    Ok(PaymentServiceClient::new(visitor.line()).handle_callback(request).await?.into_inner())
}

pub(super) async fn cancel(visitor: &Visitor, id: i64) -> Result<Payment, Fault> {
    let request = v1::CancelPaymentRequest { payment_id: id, reason: "no".to_owned(), ..Default::default() };
    Ok(PaymentServiceClient::new(visitor.line()).cancel_payment(request).await?.into_inner().payment.unwrap())
}

pub(super) async fn query(visitor: &Visitor, id: i64) -> Result<v1::QueryPaymentResponse, Fault> {
    let request = v1::QueryPaymentRequest { payment_id: id, ..Default::default() };
    Ok(PaymentServiceClient::new(visitor.line()).query_payment(request).await?.into_inner())
}

pub(super) async fn refund(visitor: &Visitor, payment_id: i64, amount_minor: i64) -> Result<Refund, Fault> {
    let request =
        CreateRefundRequest { payment_id, amount_minor, reason: "back".to_owned(), ..Default::default() };
    Ok(PaymentServiceClient::new(visitor.line()).create_refund(request).await?.into_inner().refund.unwrap())
}

pub(super) async fn exceptions(visitor: &Visitor) -> Result<Vec<v1::ExceptionEntry>, Fault> {
    let request = v1::ListExceptionsRequest::default();
    Ok(PaymentServiceClient::new(visitor.line()).list_exceptions(request).await?.into_inner().entries)
}

fn at(payment: &Payment) -> DateTime<Utc> {
    host::instant(&payment.expires_at.unwrap()).unwrap()
}

/// How many rows a table has.
async fn rows(world: &World, table: &str) -> i64 {
    let mut conn = sqlx::PgConnection::connect(&world.test_db.url).await.unwrap();
    let statement = format!("select count(*) from {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut conn).await.unwrap()
}

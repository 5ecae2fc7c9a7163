//! The provider clients over real sockets, against puppets that play the provider with the other side of `wire`.
//!
//! A puppet answers whatever a test says and remembers what it was sent.

pub(super) mod alipay;
mod alipay_callbacks;
mod settings;
mod unionpay;
mod wechat;
mod wechat_callbacks;

use std::{
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, Response, Uri},
};
use chrono::{DateTime, Utc};
use clock::Clock;
use money::Minor;
use wire::{
    keys::PrivateKey,
    making::{self, Authority, Wanted},
};

use crate::providers::{
    Channel, Limits, Order, Outcome, PaymentRef, Product, Provider, Providers, Refund, Settings, Trouble,
};

/// Ours and the provider's. PKCS#8 PEM.
static PEMS: LazyLock<[String; 2]> =
    LazyLock::new(|| [making::private_key().unwrap(), making::private_key().unwrap()]);

pub(super) fn our_key() -> PrivateKey {
    PrivateKey::read(&PEMS[0]).unwrap()
}

pub(super) fn their_key() -> PrivateKey {
    PrivateKey::read(&PEMS[1]).unwrap()
}

fn wanted<'a>(common_name: &'a str, serial: &'a [u8]) -> Wanted<'a> {
    Wanted { name: ["CN", "Test", "", common_name], serial, years: (2024, 2049) }
}

fn root() -> Authority {
    Authority::root(&wanted("Test Root", &[1]), &PEMS[1]).unwrap()
}

fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// What a puppet was sent.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Seen {
    fn path_and_query(&self) -> &str {
        self.uri.path_and_query().unwrap().as_str()
    }
}

/// What a puppet does.
pub(super) enum Act {
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    Hang,
}

pub(super) fn answer(status: u16, body: impl Into<Vec<u8>>) -> Act {
    Act::Answer(status, Vec::new(), body.into())
}

type Script = dyn Fn(&Seen) -> Act + Send + Sync;

/// A provider that a test plays.
pub(super) struct Puppet {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Puppet {
    pub(super) async fn serve(script: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log): (Arc<Script>, _) = (Arc::new(script), seen.clone());
        let router =
            Router::new().fallback(move |request: Request<Body>| play(script.clone(), log.clone(), request));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.seen().len()
    }
}

async fn play(script: Arc<Script>, log: Arc<Mutex<Vec<Seen>>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let seen = Seen { method: parts.method, uri: parts.uri, headers: parts.headers, body };
    log.lock().unwrap().push(seen.clone());
    match script(&seen) {
        Act::Answer(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(body.into()).unwrap()
        }
        Act::Hang => std::future::pending().await,
    }
}

type MakeAct = Box<dyn Fn() -> Act + Send + Sync>;

/// The answers that prove nothing, whatever they say: each with how it is called.
fn worthless() -> Vec<(&'static str, MakeAct)> {
    let redirect =
        || Act::Answer(302, vec![("location", "http://127.0.0.1:9/elsewhere".to_owned())], Vec::new());
    vec![
        ("500", Box::new(|| answer(500, "{\"code\":\"SYSTEM_ERROR\"}"))),
        ("503", Box::new(|| answer(503, ""))),
        ("429", Box::new(|| answer(429, "{\"code\":\"FREQUENCY_LIMITED\"}"))),
        ("silence", Box::new(|| Act::Hang)),
        ("a huge body", Box::new(|| answer(200, vec![b' '; 2 << 20]))),
        ("a redirect", Box::new(redirect)),
        ("nothing", Box::new(|| answer(200, ""))),
        ("a page", Box::new(|| answer(200, "<html>busy</html>"))),
    ]
}

pub(super) fn limits() -> Limits {
    Limits {
        attempt: Duration::from_millis(400),
        bill: Duration::from_secs(5),
        pause: Duration::from_millis(1),
    }
}

/// One provider with a clock that stands still.
struct Held(Providers, Channel);

impl Held {
    fn new(settings: Settings, channel: Channel, clock: &Clock) -> Self {
        Self(Providers::new(settings, clock, limits()).unwrap(), channel)
    }
}

impl std::ops::Deref for Held {
    type Target = Provider;

    fn deref(&self) -> &Provider {
        self.0.get(self.1).unwrap()
    }
}

fn order(product: Product) -> Order {
    Order {
        out_no: "PAY2026010100000001".to_owned(),
        amount: Minor::new(8_888),
        subject: "宿舍 & 电费=1".to_owned(),
        product,
        created_at: now(),
        expires_at: now() + chrono::Duration::minutes(15),
        payer_id: Some("oPayer".to_owned()),
        payer_ip: Some([192, 0, 2, 1].into()),
        return_url: None,
    }
}

fn payment() -> PaymentRef {
    PaymentRef {
        out_no: "PAY2026010100000001".to_owned(),
        created_at: now(),
        expires_at: now() + chrono::Duration::minutes(15),
        transaction: Some("T1".to_owned()),
    }
}

fn refund() -> Refund {
    Refund {
        payment: payment(),
        payment_amount: Minor::new(8_888),
        out_refund_no: "REF2026010100000001".to_owned(),
        amount: Minor::new(888),
        reason: "退款".to_owned(),
        created_at: now(),
    }
}

fn is_unknown<T: std::fmt::Debug>(outcome: &Outcome<T>) -> bool {
    matches!(outcome.result, Err(Trouble::Unknown { .. }))
}

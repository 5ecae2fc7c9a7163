//! Calling WeChat Pay.
//!
//! Every request is signed over the very bytes that leave; a success counts once its signature is verified with the key
//! that it names. Platform certificates are fetched when a serial is new, at most once in a while whoever asks, and by
//! [`Client::refresh_certificates`]. What the words mean stands in `wire`.

mod wire;

use std::sync::{PoisonError, RwLock};

use ::wire::{
    Error, Explanation, Mistake,
    wechat::{self, Keys, Notification, SignedHeaders},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use clock::Clock;
use http::HeaderMap;
use reqwest::{
    Method, Request, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tracing::warn;

use self::wire::Created;
use super::{
    settings::WechatSettings,
    text,
    transport::{Failure, Received, Transport, aside},
    vocabulary::{
        BadCallback, BillLine, Handout, Notice, Order, Outcome, PaymentRef, PaymentState, Product, Record,
        Refund, RefundState, Reply, Trouble,
    },
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");
const NONCE_BYTES: usize = 16;
/// Whoever sends unknown serials cannot make us ask more often.
const REFRESH_PAUSE: Duration = Duration::seconds(60);

/// Calls WeChat Pay for one merchant.
#[derive(Debug)]
pub struct Client {
    settings: WechatSettings,
    /// What WeChat Pay signs with; it grows by certificates.
    trust: RwLock<Keys>,
    /// When certificates were last asked for.
    asked_at: Mutex<Option<DateTime<Utc>>>,
    transport: Transport,
    clock: Clock,
    explains: bool,
}

/// A request before it is signed.
struct Call {
    operation: &'static str,
    method: Method,
    /// Path and query as they travel.
    path: String,
    body: Vec<u8>,
}

impl Call {
    fn get(operation: &'static str, path: String) -> Self {
        Self { operation, method: Method::GET, path, body: Vec::new() }
    }

    fn post(operation: &'static str, path: String, body: &Value) -> Self {
        Self { operation, method: Method::POST, path, body: body.to_string().into_bytes() }
    }
}

impl Client {
    pub(super) fn new(settings: WechatSettings, transport: Transport, clock: Clock, explains: bool) -> Self {
        let trust = RwLock::new(settings.trust.clone());
        Self { settings, trust, asked_at: Mutex::new(None), transport, clock, explains }
    }

    pub(super) async fn create(&self, order: &Order) -> Outcome<Handout> {
        let operation = "pay.transactions";
        let (path, body) = match wire::creation(order, &self.settings) {
            Ok(creation) => creation,
            Err(trouble) => return Record::nothing(operation).with(Err(trouble)),
        };
        let outcome = self.call(&Call::post(operation, path.to_owned(), &body), false).await;
        let created = outcome.result.and_then(|answer| wire::created(&answer, order));
        let handout = match created {
            Ok(Created::Ready(handout)) => Ok(handout),
            Ok(Created::Prepared(id)) => self.client_params(order.product, id).await,
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(handout)
    }

    pub(super) async fn query(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        let path = wire::query_path(&payment.out_no, &self.settings.mch_id);
        let outcome = self.call(&Call::get("pay.query", path), true).await;
        let result = match outcome.result {
            Ok(answer) => wire::payment_state(answer, &payment.out_no),
            Err(trouble) if wire::is_no_payment(&trouble) => Ok(PaymentState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn close(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        let body = json!({ "mchid": self.settings.mch_id });
        let outcome =
            self.call(&Call::post("pay.close", wire::close_path(&payment.out_no), &body), true).await;
        let result = match outcome.result {
            Ok(_) => Ok(PaymentState::Closed),
            Err(trouble) if wire::is_no_payment(&trouble) => Ok(PaymentState::NotFound),
            Err(trouble) if wire::is_state(&trouble) => return self.query(payment).await,
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn refund(&self, refund: &Refund) -> Outcome<RefundState> {
        let body = wire::refund(refund, &self.settings);
        let outcome = self.call(&Call::post("refund", wire::REFUNDS.to_owned(), &body), false).await;
        outcome.and_then(|answer| wire::refund_state(answer, &refund.out_refund_no))
    }

    pub(super) async fn query_refund(&self, refund: &Refund) -> Outcome<RefundState> {
        let path = wire::refund_path(&refund.out_refund_no);
        let outcome = self.call(&Call::get("refund.query", path), true).await;
        let result = match outcome.result {
            Ok(answer) => wire::refund_state(answer, &refund.out_refund_no),
            Err(trouble) if wire::is_no_refund(&trouble) => Ok(RefundState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn bill(&self, day: NaiveDate) -> Outcome<Vec<BillLine>> {
        let outcome = self.call(&Call::get("bill", wire::bill_path(day)), true).await;
        let lines = match outcome.result {
            Ok(answer) => match wire::bill_file(&answer) {
                Ok((url, hash)) => self.bill_lines(&url, hash).await,
                Err(trouble) => Err(trouble),
            },
            Err(trouble) if wire::is_empty_bill(&trouble) => Ok(Vec::new()),
            Err(trouble) => Err(wire::bill_trouble(trouble)),
        };
        outcome.record.with(lines)
    }

    pub(super) async fn read_callback(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Notice, BadCallback> {
        let signed = signed_headers(headers).map_err(BadCallback::signature)?;
        let mut read = self.read_notification(&signed, body);
        if matches!(read, Err(Error::UnknownSerial(_))) && self.refresh_for(&signed.serial).await {
            read = self.read_notification(&signed, body);
        }
        let notification = read.map_err(|error| {
            self.explain(&signed, body, &error, "a notification does not verify");
            BadCallback::signature(error)
        })?;
        wire::notice(&self.settings, &notification)
    }

    pub(super) fn explain_callback(&self, headers: &HeaderMap, body: &[u8]) -> Explanation {
        match signed_headers(headers) {
            Ok(signed) => self.explanation(&signed, body),
            Err(_) => Explanation { tried: vec![(Mistake::Unsigned, true)] },
        }
    }

    /// Fetches the platform certificates. *Errors*: unknown; what was known stays in force.
    pub(super) async fn refresh_certificates(&self) -> Result<(), Trouble> {
        *self.asked_at.lock().await = Some(self.clock.now());
        self.fetch_certificates().await
    }

    async fn fetch_certificates(&self) -> Result<(), Trouble> {
        let call = Call::get("certificates", wire::CERTIFICATES.to_owned());
        let received = self.exchange(&call, true).await?;
        if !received.is_success() {
            return Err(wire::trouble(received.status, &received.body));
        }
        let headers = SignedHeaders::read(|name| received.header(name)).map_err(Trouble::unknown)?;
        let (api_key, now) = (&self.settings.api_key, self.clock.now().timestamp());
        let known = self.trust();
        let (trust, all) = wechat::read_certificates(&headers, &received.body, api_key, &known, now)
            .map_err(Trouble::unknown)?;
        tracing::info!(channel = "wechat", certificates = all.len(), "platform certificates were fetched");
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = trust;
        Ok(())
    }

    /// Fetches certificates for a serial that is not known, unless that was tried a moment ago. Tells whether the
    /// serial is known now.
    async fn refresh_for(&self, serial: &str) -> bool {
        let mut asked_at = self.asked_at.lock().await;
        if self.trust().get(serial).is_ok() {
            return true;
        }
        let now = self.clock.now();
        if asked_at.is_some_and(|at| now.signed_duration_since(at) < REFRESH_PAUSE) {
            return false;
        }
        *asked_at = Some(now);
        if let Err(trouble) = self.fetch_certificates().await {
            warn!(channel = "wechat", ?trouble, "platform certificates were not fetched");
        }
        self.trust().get(serial).is_ok()
    }

    /// Signs what the payer's client program is handed.
    async fn client_params(&self, product: Product, prepay_id: String) -> Result<Handout, Trouble> {
        let (key, app_id, mch_id) =
            (self.settings.key.clone(), self.settings.app_id.clone(), self.settings.mch_id.clone());
        let (now, nonce) = (self.clock.now().timestamp(), self.clock.token(NONCE_BYTES));
        let params = aside(move || match product {
            Product::App => wechat::app_params(&key, (&app_id, &mch_id), &prepay_id, (now, &nonce)),
            _ => wechat::jsapi_params(&key, &app_id, &prepay_id, (now, &nonce)),
        });
        params.await.map(Handout::AppParams)
    }

    async fn bill_lines(&self, url: &str, hash: String) -> Result<Vec<BillLine>, Trouble> {
        let address = url.parse::<Url>().map_err(Trouble::unknown)?;
        let path = match address.query() {
            Some(query) => format!("{}?{query}", address.path()),
            None => address.path().to_owned(),
        };
        let call = Call::get("bill.file", path);
        let received = self.transport.repeat(|| async {
            let mut request = self.request(&call).await?;
            *request.url_mut() = address.clone();
            self.transport.fetch_bill(request).await
        });
        let received = received.await?;
        if !received.is_success() {
            return Err(wire::trouble(received.status, &received.body));
        }
        let rows = aside(move || wechat::read_bill(&wechat::unpack_bill(&received.body, &hash)?)).await?;
        Ok(rows.into_iter().filter_map(wire::bill_line).collect())
    }

    /// Calls and gives the verified answer; null if it has no body.
    async fn call(&self, call: &Call, is_repeatable: bool) -> Outcome<Value> {
        let received = match self.exchange(call, is_repeatable).await {
            Ok(received) => received,
            Err(trouble) => return Record::nothing(call.operation).with(Err(trouble)),
        };
        let answer: Value = serde_json::from_slice(&received.body).unwrap_or_default();
        let record = Record {
            operation: call.operation,
            http_status: Some(received.status),
            answer: text::masked(answer.clone()),
        };
        let result = if !received.is_success() {
            Err(wire::trouble(received.status, &received.body))
        } else if received.status == ACCEPTED {
            Err(Trouble::unknown("accepted, not yet done"))
        } else {
            self.check(&received).await.map(|()| answer)
        };
        record.with(result)
    }

    /// Verifies a success.
    async fn check(&self, received: &Received) -> Result<(), Trouble> {
        let headers = SignedHeaders::read(|name| received.header(name)).map_err(Trouble::unknown)?;
        let verify = || wechat::verify(&headers, &received.body, &self.trust(), self.clock.now().timestamp());
        let mut checked = verify();
        if matches!(checked, Err(Error::UnknownSerial(_))) && self.refresh_for(&headers.serial).await {
            checked = verify();
        }
        checked.map_err(|error| {
            self.explain(&headers, &received.body, &error, "an answer does not verify");
            Trouble::unknown(error)
        })
    }

    async fn exchange(&self, call: &Call, is_repeatable: bool) -> Result<Received, Trouble> {
        let send = || async { self.transport.send(self.request(call).await?).await };
        let received = if is_repeatable { self.transport.repeat(send).await } else { send().await };
        Ok(received?)
    }

    /// Makes the signed request; each try has its own time and nonce.
    async fn request(&self, call: &Call) -> Result<Request, Failure> {
        let of = &self.settings;
        let (now, nonce) = (self.clock.now().timestamp(), self.clock.token(NONCE_BYTES));
        let message = wechat::request_message(call.method.as_str(), &call.path, now, &nonce, &call.body);
        let (key, mch_id, serial) = (of.key.clone(), of.mch_id.clone(), of.serial.clone());
        let header =
            aside(move || wechat::authorization(&key, &mch_id, &serial, (now, &nonce), &message)).await;
        let header = header.ok().and_then(|header| HeaderValue::from_str(&header).ok());
        let header = header.ok_or_else(|| Failure::local("the request could not be signed"))?;
        let address = format!("{}{}", of.base_url, call.path).parse::<Url>();
        let address = address.map_err(|_| Failure::local("the address of WeChat Pay is none"))?;
        let mut request = Request::new(call.method.clone(), address);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, header);
        headers.insert(ACCEPT, JSON);
        if let Some(id) = self.trust().public_key_id().and_then(|id| HeaderValue::from_str(id).ok()) {
            headers.insert(SERIAL, id);
        }
        if call.method == Method::POST {
            headers.insert(CONTENT_TYPE, JSON);
            *request.body_mut() = Some(call.body.clone().into());
        }
        Ok(request)
    }

    fn read_notification(&self, headers: &SignedHeaders, body: &[u8]) -> Result<Notification, Error> {
        let now = self.clock.now().timestamp();
        wechat::read_notification(headers, body, &self.trust(), &self.settings.api_key, now)
    }

    fn explain(&self, headers: &SignedHeaders, body: &[u8], error: &Error, what: &'static str) {
        if self.explains {
            let found = self.explanation(headers, body);
            warn!(channel = "wechat", %error, explanation = %found, "{what}");
        }
    }

    fn explanation(&self, headers: &SignedHeaders, body: &[u8]) -> Explanation {
        let (own, now) = ([self.settings.key.public()], self.clock.now().timestamp());
        wechat::explain_signed(headers, body, &self.trust(), &own, now)
    }

    fn trust(&self) -> Keys {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn signed_headers(headers: &HeaderMap) -> Result<SignedHeaders, Error> {
    SignedHeaders::read(|name| headers.get(name).and_then(|value| value.to_str().ok()))
}

const ACCEPTED: u16 = 202;

pub(super) const fn reply(is_taken: bool) -> Reply {
    if is_taken {
        Reply { status: 204, content_type: "application/json", body: "" }
    } else {
        let body = "{\"code\":\"FAIL\",\"message\":\"not accepted\"}";
        Reply { status: 401, content_type: "application/json", body }
    }
}

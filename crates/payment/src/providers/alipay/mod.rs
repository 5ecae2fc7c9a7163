//! Calling Alipay.
//!
//! Pages and app strings are only signed here; everything else is a signed POST whose answer counts once it is
//! verified. What the words mean stands in `wire`.

mod wire;

use std::sync::{PoisonError, RwLock};

use ::wire::{
    Error, Explanation, Params,
    alipay::{self, Answer, Keys},
    keys::PublicKey,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::NaiveDate;
use clock::Clock;
use reqwest::{
    Method, Request,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};
use tracing::warn;

use super::{
    beijing,
    settings::AlipaySettings,
    text,
    transport::{Received, Transport, aside},
    vocabulary::{
        BadCallback, BillLine, Handout, Notice, Order, Outcome, PaymentRef, PaymentState, Payout,
        PayoutState, Product, Record, Refund, RefundState, Refusal, Reply, Trouble,
    },
};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded;charset=utf-8");

/// Calls Alipay for one application.
#[derive(Debug)]
pub struct Client {
    settings: AlipaySettings,
    /// What Alipay signs with; in certificate mode it grows.
    trust: RwLock<Keys>,
    transport: Transport,
    clock: Clock,
    explains: bool,
}

/// Whether a call may be sent again by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tries {
    One,
    Several,
}

impl Client {
    pub(super) fn new(settings: AlipaySettings, transport: Transport, clock: Clock, explains: bool) -> Self {
        let trust = RwLock::new(settings.trust.clone());
        Self { settings, trust, transport, clock, explains }
    }

    pub(super) async fn create(&self, order: &Order) -> Outcome<Handout> {
        let Some((method, biz)) = wire::creation(order) else {
            let refused = Trouble::here(Refusal::NotOffered, "Alipay has no such product");
            return Record::nothing("alipay.trade").with(Err(refused));
        };
        if order.product == Product::Qr {
            return self.call(method, &biz, Tries::One).await.and_then(|answer| wire::qr_code(&answer));
        }
        let mut params = self.params(method, &biz);
        if order.product != Product::App {
            let back = order.return_url.clone().or_else(|| self.settings.return_url.clone());
            params.insert("return_url".to_owned(), back.unwrap_or_default());
        }
        let gateway = &self.settings.gateway;
        let handout = self.signed(params).await.map(|params| match order.product {
            Product::App => {
                let order = alipay::order_string(&params);
                Handout::AppParams([("orderString".to_owned(), order)].into())
            }
            Product::PageForm => Handout::Form(alipay::auto_post_page(gateway, &params)),
            _ => Handout::Redirect(alipay::url(gateway, &params)),
        });
        Record::nothing(method).with(handout)
    }

    pub(super) async fn query(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        let outcome = self.call(wire::QUERY, &wire::payment_ref(payment), Tries::Several).await;
        let result = match outcome.result {
            Ok(answer) => wire::payment_state(&answer, &payment.out_no),
            Err(trouble) if wire::is_not_there(&trouble) => Ok(PaymentState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn close(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        let outcome = self.call(wire::CLOSE, &wire::payment_ref(payment), Tries::Several).await;
        let result = match outcome.result {
            Ok(_) => Ok(PaymentState::Closed),
            Err(trouble) if wire::is_not_there(&trouble) => Ok(PaymentState::NotFound),
            Err(trouble) if wire::is_state(&trouble) => return self.query(payment).await,
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn refund(&self, refund: &Refund) -> Outcome<RefundState> {
        let outcome = self.call(wire::REFUND, &wire::refund(refund), Tries::One).await;
        outcome.and_then(|answer| Ok(wire::refund_state(&answer)))
    }

    pub(super) async fn query_refund(&self, refund: &Refund) -> Outcome<RefundState> {
        let outcome = self.call(wire::REFUND_QUERY, &wire::refund_ref(refund), Tries::Several).await;
        let result = match outcome.result {
            Ok(answer) => wire::refund_found(&answer),
            Err(trouble) if wire::is_not_there(&trouble) => Ok(RefundState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn bill(&self, day: NaiveDate) -> Outcome<Vec<BillLine>> {
        let outcome = self.call(wire::BILL, &wire::bill(day), Tries::Several).await;
        let url = match outcome.result {
            Ok(answer) => wire::bill_url(&answer).map(Some),
            Err(trouble) => wire::bill_trouble(trouble),
        };
        let lines = match url {
            Ok(Some(url)) => self.bill_lines(&url).await,
            Ok(None) => Ok(Vec::new()),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(lines)
    }

    pub(super) async fn payout(&self, payout: &Payout) -> Outcome<PayoutState> {
        if self.settings.serials.is_none() {
            let refused = Trouble::here(Refusal::NotOffered, "payouts need certificate mode");
            return Record::nothing(wire::TRANSFER).with(Err(refused));
        }
        let outcome = self.call(wire::TRANSFER, &wire::payout(payout), Tries::One).await;
        let result =
            outcome.result.map_err(wire::payout_trouble).and_then(|answer| wire::payout_state(&answer));
        outcome.record.with(result)
    }

    pub(super) async fn query_payout(&self, out_no: &str) -> Outcome<PayoutState> {
        let outcome = self.call(wire::TRANSFER_QUERY, &wire::payout_ref(out_no), Tries::Several).await;
        let result = match outcome.result {
            Ok(answer) => wire::payout_state(&answer),
            Err(trouble) if wire::is_no_payout(&trouble) => Ok(PayoutState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) fn read_callback(&self, body: &[u8]) -> Result<Notice, BadCallback> {
        let fields = alipay::read_notification(body, &self.trust()).map_err(|error| {
            if self.explains {
                let found = self.explain_callback(body);
                warn!(channel = "alipay", %error, explanation = %found, "a notification does not verify");
            }
            BadCallback::signature(error)
        })?;
        wire::notice(&fields, &self.settings.app_id, self.settings.seller_id.as_deref())
    }

    pub(super) fn explain_callback(&self, body: &[u8]) -> Explanation {
        alipay::explain_notification(body, &self.trust(), &self.own_keys())
    }

    async fn bill_lines(&self, url: &str) -> Result<Vec<BillLine>, Trouble> {
        let address = url.parse::<reqwest::Url>().map_err(Trouble::unknown)?;
        let request = || self.transport.fetch_bill(Request::new(Method::GET, address.clone()));
        let received = self.transport.repeat(request).await?;
        if !received.is_success() {
            return Err(Trouble::unknown(format!("the bill came with the status {}", received.status)));
        }
        let rows = aside(move || alipay::read_bill(&received.body)).await;
        rows.map(|rows| rows.into_iter().map(wire::bill_line).collect())
    }

    /// Calls and gives the verified contents of the answer, if the call was understood.
    async fn call(&self, method: &'static str, biz: &Value, tries: Tries) -> Outcome<Value> {
        let (received, record) = match self.exchange(method, biz, tries).await {
            Ok(received) => {
                let record = recorded(method, &received);
                (received, record)
            }
            Err(trouble) => return Record::nothing(method).with(Err(trouble)),
        };
        let result = match self.verified(method, &received).await {
            Ok(content) => wire::understood(content),
            Err(trouble) => Err(trouble),
        };
        record.with(result)
    }

    async fn exchange(&self, method: &'static str, biz: &Value, tries: Tries) -> Result<Received, Trouble> {
        let params = self.signed(self.params(method, biz)).await?;
        let (body, query): (Params, Params) = params.into_iter().partition(|(name, _)| name == "biz_content");
        let address = alipay::url(&self.settings.gateway, &query);
        let address = address.parse::<reqwest::Url>().map_err(Trouble::unknown)?;
        let body = alipay::order_string(&body);
        let send = || {
            let mut request = Request::new(Method::POST, address.clone());
            request.headers_mut().insert(CONTENT_TYPE, FORM);
            *request.body_mut() = Some(body.clone().into());
            self.transport.send(request)
        };
        let received = if tries == Tries::One { send().await } else { self.transport.repeat(send).await };
        Ok(received?)
    }

    /// Verifies an answer, after fetching the certificate that it names if that is a new one.
    async fn verified(&self, method: &'static str, received: &Received) -> Result<Value, Trouble> {
        if !received.is_success() {
            return Err(Trouble::unknown(format!("the status {}", received.status)));
        }
        let answer = Answer::read(&received.body, method).map_err(Trouble::unknown)?;
        let mut checked = answer.verify(&self.trust());
        if let Err(Error::UnknownSerial(serial)) = &checked {
            match Box::pin(self.fetch_certificate(serial)).await {
                Ok(()) => checked = answer.verify(&self.trust()),
                Err(trouble) => warn!(channel = "alipay", ?trouble, "a new certificate was not taken"),
            }
        }
        if let Err(error) = checked {
            if self.explains {
                let found = alipay::explain_answer(&received.body, method, &self.trust(), &self.own_keys());
                warn!(channel = "alipay", method, %error, explanation = %found, "an answer does not verify");
            }
            return Err(Trouble::unknown(error));
        }
        serde_json::from_str(answer.content).map_err(Trouble::unknown)
    }

    /// Fetches a certificate. It counts if it chains to our root file and signed the very answer that brought it.
    async fn fetch_certificate(&self, serial: &str) -> Result<(), Trouble> {
        let received =
            self.exchange(wire::CERTIFICATE, &json!({ "alipay_cert_sn": serial }), Tries::Several).await?;
        let answer = Answer::read(&received.body, wire::CERTIFICATE).map_err(Trouble::unknown)?;
        let content: Value = serde_json::from_str(answer.content).map_err(Trouble::unknown)?;
        let pem = STANDARD.decode(wire::certificate(&content)?).map_err(Trouble::unknown)?;
        let mut trust = self.trust();
        trust.add_certificates(&String::from_utf8_lossy(&pem)).map_err(Trouble::unknown)?;
        answer.verify(&trust).map_err(Trouble::unknown)?;
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = trust;
        Ok(())
    }

    fn params(&self, method: &str, biz: &Value) -> Params {
        let mut all = [
            ("app_id", self.settings.app_id.clone()),
            ("method", method.to_owned()),
            ("format", "JSON".to_owned()),
            ("charset", "utf-8".to_owned()),
            ("timestamp", beijing::spaced(self.clock.now())),
            ("version", "1.0".to_owned()),
            ("biz_content", biz.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect::<Params>();
        if wire::is_notified(method) {
            all.insert("notify_url".to_owned(), self.settings.notify_url.clone());
        }
        if let Some((app, roots)) = &self.settings.serials {
            all.insert("app_cert_sn".to_owned(), app.clone());
            all.insert("alipay_root_cert_sn".to_owned(), roots.clone());
        }
        all
    }

    async fn signed(&self, mut params: Params) -> Result<Params, Trouble> {
        let key = self.settings.key.clone();
        aside(move || {
            alipay::sign(&mut params, &key)?;
            Ok(params)
        })
        .await
    }

    fn trust(&self) -> Keys {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn own_keys(&self) -> [PublicKey; 1] {
        [self.settings.key.public()]
    }
}

fn recorded(operation: &'static str, received: &Received) -> Record {
    let answer = serde_json::from_slice(&received.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&received.body).into_owned()));
    Record { operation, http_status: Some(received.status), answer: text::masked(answer) }
}

pub(super) const fn reply(is_taken: bool) -> Reply {
    let body = if is_taken { "success" } else { "failure" };
    Reply { status: 200, content_type: "text/plain; charset=utf-8", body }
}

//! Calling UnionPay.
//!
//! A payment begins with a signed form in the payer's browser; everything else is a signed POST whose answer counts once
//! it and the certificate that came along are verified. What the words mean stands in `wire`.

mod wire;

use ::wire::{
    Explanation, Params,
    unionpay::{self, Signer},
};
use chrono::NaiveDate;
use clock::Clock;
use reqwest::{
    Method, Request, Url,
    header::{CONTENT_TYPE, HeaderValue},
};
use tracing::warn;

use super::{
    settings::UnionpaySettings,
    text,
    transport::{Received, Transport, aside},
    vocabulary::{
        BadCallback, BillLine, Handout, Notice, Order, Outcome, PaymentRef, PaymentState, Record, Refund,
        RefundState, Reply, Trouble,
    },
};

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded;charset=UTF-8");
const FRONT: &str = "/gateway/api/frontTransReq.do";
const BACK: &str = "/gateway/api/backTransReq.do";
const QUERY: &str = "/gateway/api/queryTrans.do";

/// Calls UnionPay for one merchant.
#[derive(Debug)]
pub struct Client {
    settings: UnionpaySettings,
    transport: Transport,
    clock: Clock,
    explains: bool,
}

impl Client {
    pub(super) const fn new(
        settings: UnionpaySettings,
        transport: Transport,
        clock: Clock,
        explains: bool,
    ) -> Self {
        Self { settings, transport, clock, explains }
    }

    pub(super) async fn create(&self, order: &Order) -> Outcome<Handout> {
        let signed = match wire::creation(order, &self.settings) {
            Ok(params) => self.signed(params).await,
            Err(trouble) => Err(trouble),
        };
        let address = format!("{}{FRONT}", self.settings.base_url);
        let form = signed.map(|params| Handout::Form(unionpay::auto_post_page(&address, &params)));
        Record::nothing("frontTransReq").with(form)
    }

    pub(super) async fn query(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        let outcome = self.call("queryTrans", QUERY, wire::payment_query(payment, &self.settings)).await;
        let understood = outcome.result.and_then(wire::understood);
        let result = match understood {
            Ok(answer) => wire::payment_state(&answer, payment, self.clock.now()),
            Err(trouble) if wire::is_not_there(&trouble) => Ok(PaymentState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn close(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        self.query(payment).await
    }

    pub(super) async fn refund(&self, refund: &Refund) -> Outcome<RefundState> {
        let outcome = self.call("backTransReq", BACK, wire::refund(refund, &self.settings)).await;
        // Accepted is all that it says.
        outcome.and_then(|answer| wire::understood(answer).map(|_| RefundState::Pending))
    }

    pub(super) async fn query_refund(&self, refund: &Refund) -> Outcome<RefundState> {
        let outcome = self.call("queryTrans", QUERY, wire::refund_query(refund, &self.settings)).await;
        let understood = outcome.result.and_then(wire::understood);
        let result = match understood {
            Ok(answer) => wire::refund_state(&answer, &refund.out_refund_no),
            Err(trouble) if wire::is_not_there(&trouble) => Ok(RefundState::NotFound),
            Err(trouble) => Err(trouble),
        };
        outcome.record.with(result)
    }

    pub(super) async fn bill(&self, day: NaiveDate) -> Outcome<Vec<BillLine>> {
        let params = wire::bill(day, &self.settings, self.clock.now());
        let outcome = self.call("fileDownload", "", Ok(params)).await;
        let content = outcome.result.and_then(wire::bill_content);
        let rows = match content {
            Ok(Some(content)) => aside(move || unionpay::read_file(&content)).await,
            Ok(None) => Ok(Vec::new()),
            Err(trouble) => Err(trouble),
        };
        let lines = rows.map(|rows| rows.into_iter().filter_map(|row| wire::bill_line(row, day)).collect());
        outcome.record.with(lines)
    }

    pub(super) fn read_callback(&self, body: &[u8]) -> Result<Notice, BadCallback> {
        let params = unionpay::read_form(body).map_err(BadCallback::signature)?;
        self.check(&params, "a notification does not verify").map_err(BadCallback::signature)?;
        wire::notice(&params, &self.settings)
    }

    /// Calls and gives the verified answer.
    async fn call(
        &self,
        operation: &'static str,
        path: &'static str,
        params: Result<Params, Trouble>,
    ) -> Outcome<Params> {
        let received = match self.exchange(path, params).await {
            Ok(received) => received,
            Err(trouble) => return Record::nothing(operation).with(Err(trouble)),
        };
        let answer = unionpay::read_answer(&received.body);
        let shown = answer.as_ref().map(text::masked_params).unwrap_or_default();
        let record = Record { operation, http_status: Some(received.status), answer: shown };
        let result = match answer {
            _ if received.status != OK => Err(Trouble::unknown(format!("the status {}", received.status))),
            Ok(answer) => {
                self.check(&answer, "an answer does not verify").map(|()| answer).map_err(Trouble::unknown)
            }
            Err(error) => Err(Trouble::unknown(error)),
        };
        record.with(result)
    }

    async fn exchange(
        &self,
        path: &'static str,
        params: Result<Params, Trouble>,
    ) -> Result<Received, Trouble> {
        let body = unionpay::write_form(&self.signed(params?).await?);
        let address = match path {
            "" => self.settings.file_url.clone(),
            path => format!("{}{path}", self.settings.base_url),
        };
        let address = address.parse::<Url>().map_err(Trouble::unknown)?;
        let request = || {
            let mut request = Request::new(Method::POST, address.clone());
            request.headers_mut().insert(CONTENT_TYPE, FORM);
            *request.body_mut() = Some(body.clone().into());
            request
        };
        let received = match path {
            QUERY => self.transport.repeat(|| self.transport.send(request())).await,
            "" => self.transport.repeat(|| self.transport.fetch_bill(request())).await,
            _ => self.transport.send(request()).await,
        };
        Ok(received?)
    }

    fn check(&self, params: &Params, what: &'static str) -> Result<(), ::wire::Error> {
        let (trust, now) = (&self.settings.trust, self.clock.now().timestamp());
        unionpay::verify(params, trust, now).inspect_err(|error| {
            if self.explains {
                let found = self.explanation(params);
                warn!(channel = "unionpay", %error, explanation = %found, "{what}");
            }
        })
    }

    pub(super) fn explain_callback(&self, body: &[u8]) -> Explanation {
        unionpay::read_form(body).map(|params| self.explanation(&params)).unwrap_or_default()
    }

    fn explanation(&self, params: &Params) -> Explanation {
        let own = [self.settings.signer.public()];
        unionpay::explain(params, &self.settings.trust, &own, self.clock.now().timestamp())
    }

    async fn signed(&self, mut params: Params) -> Result<Params, Trouble> {
        let signer: Signer = self.settings.signer.clone();
        aside(move || {
            signer.sign_request(&mut params)?;
            Ok(params)
        })
        .await
    }
}

const OK: u16 = 200;

pub(super) const fn reply(is_taken: bool) -> Reply {
    if is_taken {
        Reply { status: 200, content_type: "text/plain; charset=utf-8", body: "ok" }
    } else {
        Reply { status: 400, content_type: "text/plain; charset=utf-8", body: "fail" }
    }
}

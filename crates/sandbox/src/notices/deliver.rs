//! Sending one notification once: signing, the faults asked for, and whether the merchant acknowledged it.
//!
//! When to send is the worker's business. The rules not to be broken: a wait and an answer have a bound; redirects are
//! not followed; what is forged or altered is so only because a fault asks for it.

use chrono::{DateTime, Utc};
use clock::Clock;
use fault::Fault;
use http::{HeaderName, HeaderValue};
use reqwest::{Client, header::CONTENT_TYPE, redirect::Policy};

use super::{Attempt, Content, Notice, schedule::patience};
use crate::{alipay, faults::Kind, keys::Keys, trades::Provider, unionpay, wechat};

const ANSWER_BYTES_MAX: usize = 4 * 1024;
const DETAIL_CHARS: usize = 200;

/// A message that is ready to leave.
pub(crate) struct Message {
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// How a message is made wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    /// Not at all.
    None,
    /// Signed with another key.
    Forged,
    /// One fen more than was paid.
    WrongAmount,
    /// With the signature by which WeChat Pay finds out who verifies.
    Probe,
}

impl Twist {
    pub(super) const fn of(kind: Option<Kind>) -> Self {
        match kind {
            Some(Kind::Forged) => Self::Forged,
            Some(Kind::WrongAmount) => Self::WrongAmount,
            Some(Kind::Probe) => Self::Probe,
            _ => Self::None,
        }
    }

    /// Tells whether it comes beside the true one, so that what is answered to it does not count.
    pub(super) const fn is_extra(self) -> bool {
        matches!(self, Self::Forged | Self::Probe)
    }
}

/// Sends. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Client,
    clock: Clock,
}

impl Sender {
    /// Makes one. *Errors*: internal.
    pub(crate) fn new(clock: Clock) -> Result<Self, Fault> {
        // Already installed by another part of the program: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client =
            Client::builder().no_proxy().redirect(Policy::none()).build().map_err(Fault::internal)?;
        Ok(Self { client, clock })
    }

    /// Sends a notice once and tells what came of it.
    pub(super) async fn send(
        &self,
        keys: &Keys,
        notice: &Notice,
        twist: Twist,
        fault: Option<Kind>,
    ) -> Attempt {
        let at = self.clock.now();
        let outcome = match message(keys, notice, twist, &self.clock, at) {
            Ok(message) => self.post(notice, message).await,
            Err(error) => Err(error.to_string()),
        };
        let (http_status, is_acknowledged, detail) = match outcome {
            Ok((status, body)) => (Some(status), is_acknowledged(notice.provider, status, &body), body),
            Err(text) => (None, false, text),
        };
        let detail = detail.chars().take(DETAIL_CHARS).collect();
        Attempt { at, fault: fault.map(|kind| kind.word().to_owned()), http_status, is_acknowledged, detail }
    }

    async fn post(&self, notice: &Notice, message: Message) -> Result<(u16, String), String> {
        let mut request = self
            .client
            .post(&notice.url)
            .timeout(patience(notice.provider))
            .header(CONTENT_TYPE, message.content_type);
        for (name, value) in message.headers {
            let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
            let value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
            request = request.header(name, value);
        }
        let sent = request.body(message.body).send().await;
        let mut answer = sent.map_err(|error| describe(&error))?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| describe(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err("the answer is longer than 4 KiB".to_owned());
            }
        }
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

fn message(
    keys: &Keys,
    notice: &Notice,
    twist: Twist,
    clock: &Clock,
    now: DateTime<Utc>,
) -> Result<Message, wire::Error> {
    match &notice.content {
        Content::Alipay(params) => alipay::notice::message(keys, params, &notice.uid, twist, now),
        Content::Wechat { event, summary, kind, plain, is_by_public_key } => {
            let said =
                wechat::notice::Said { event, summary, kind, plain, is_by_public_key: *is_by_public_key };
            wechat::notice::message(keys, &said, &notice.uid, twist, clock)
        }
        Content::Unionpay(params) => unionpay::notice::message(keys, params, twist),
    }
}

/// Tells what counts as received: Alipay wants a word, the others a status.
fn is_acknowledged(provider: Provider, status: u16, body: &str) -> bool {
    match provider {
        Provider::Alipay => status == 200 && body == "success",
        Provider::Wechat => status == 200 || status == 204,
        Provider::Unionpay => status == 200,
    }
}

fn describe(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "nobody listens there".to_owned()
    } else {
        format!("the exchange broke off: {error}")
    }
}

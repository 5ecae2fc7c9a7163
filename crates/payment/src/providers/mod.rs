//! The payment providers as the service sees them: Alipay, WeChat Pay, UnionPay.
//!
//! One [`Provider`] for each channel that is switched on, all answering in the words of [`vocabulary`]. In every
//! provider's folder `wire.rs` translates and `mod.rs` calls; formats and signatures are the crate `wire`. What follows
//! from an answer is decided by operations.
//!
//! Rules not to be broken: a provider's word stays in its `wire.rs`; what cannot be verified is an unknown effect; a
//! private key is never used on a thread that serves; nothing here touches the database.

mod alipay;
mod beijing;
pub(crate) mod settings;
mod text;
mod transport;
mod unionpay;
mod vocabulary;
mod wechat;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clock::Clock;
use fault::Fault;
use http::HeaderMap;
use wire::Explanation;

pub use self::{
    settings::{AlipaySettings, Settings, UnionpaySettings, WechatSettings},
    transport::Limits,
    vocabulary::{
        BadCallback, BillLine, Channel, Handout, Notice, Order, Outcome, Paid, PaymentRef, PaymentState,
        Payout, PayoutState, Product, Record, Refund, RefundState, Refunded, Refusal, Reply, Trouble,
    },
};
use self::{transport::Transport, vocabulary::Record as Kept};

/// The channels that are switched on.
#[derive(Debug)]
pub struct Providers(BTreeMap<Channel, Provider>);

impl Providers {
    /// Makes the clients; nobody needs to be there yet. *Errors*: internal, if there is nothing to trust.
    pub fn new(settings: Settings, clock: &Clock, limits: Limits) -> Result<Self, Fault> {
        let transport = Transport::new(limits)?;
        let mut all = BTreeMap::new();
        let explains = settings.explains;
        if let Some(settings) = settings.alipay {
            let client = alipay::Client::new(settings, transport.clone(), clock.clone(), explains);
            all.insert(Channel::Alipay, Provider::Alipay(Box::new(client)));
        }
        if let Some(settings) = settings.wechat {
            let client = wechat::Client::new(settings, transport.clone(), clock.clone(), explains);
            all.insert(Channel::Wechat, Provider::Wechat(Box::new(client)));
        }
        if let Some(settings) = settings.unionpay {
            let client = unionpay::Client::new(settings, transport, clock.clone(), explains);
            all.insert(Channel::Unionpay, Provider::Unionpay(Box::new(client)));
        }
        Ok(Self(all))
    }

    /// Gives the provider of a channel, if it is switched on.
    pub fn get(&self, channel: Channel) -> Option<&Provider> {
        self.0.get(&channel)
    }

    /// Gives all that are switched on.
    pub fn iter(&self) -> impl Iterator<Item = (Channel, &Provider)> {
        self.0.iter().map(|(channel, provider)| (*channel, provider))
    }
}

/// A provider.
#[derive(Debug)]
pub enum Provider {
    /// Alipay.
    Alipay(Box<alipay::Client>),
    /// WeChat Pay.
    Wechat(Box<wechat::Client>),
    /// UnionPay.
    Unionpay(Box<unionpay::Client>),
}

/// Asks whichever provider it is.
macro_rules! ask {
    ($provider:expr, $client:ident => $call:expr) => {
        match $provider {
            Self::Alipay($client) => $call,
            Self::Wechat($client) => $call,
            Self::Unionpay($client) => $call,
        }
    };
}

impl Provider {
    /// Begins a payment and gives what leads the payer to it. *Idempotent* by `out_no` with the same contents, except
    /// for the handout, which may be a new one.
    pub async fn create(&self, order: &Order) -> Outcome<Handout> {
        ask!(self, client => client.create(order).await)
    }

    /// Asks what became of a payment. Repeated by itself if there is no answer.
    pub async fn query(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        ask!(self, client => client.query(payment).await)
    }

    /// Closes a payment and says what became of it: one that is paid stays paid. UnionPay cannot close; there the
    /// payment ends at the time it was begun with, and this asks.
    pub async fn close(&self, payment: &PaymentRef) -> Outcome<PaymentState> {
        ask!(self, client => client.close(payment).await)
    }

    /// Sends money back. *Idempotent* by `out_refund_no`. Not repeated by itself: after an unknown effect the refund is
    /// asked about first.
    pub async fn refund(&self, refund: &Refund) -> Outcome<RefundState> {
        ask!(self, client => client.refund(refund).await)
    }

    /// Asks what became of a refund. Repeated by itself if there is no answer.
    pub async fn query_refund(&self, refund: &Refund) -> Outcome<RefundState> {
        ask!(self, client => client.query_refund(refund).await)
    }

    /// Fetches the provider's book of a day, Beijing time. *Shape*: empty if there was no trade. *Errors*: refused with
    /// [`Refusal::NotReady`] if it does not exist yet.
    pub async fn bill(&self, day: NaiveDate) -> Outcome<Vec<BillLine>> {
        ask!(self, client => client.bill(day).await)
    }

    /// Sends money to an account; only Alipay with certificates can. *Idempotent* by `out_no`. Not repeated by itself.
    pub async fn payout(&self, payout: &Payout) -> Outcome<PayoutState> {
        match self {
            Self::Alipay(client) => client.payout(payout).await,
            _ => not_offered("payout"),
        }
    }

    /// Asks what became of a payout.
    pub async fn query_payout(&self, out_no: &str) -> Outcome<PayoutState> {
        match self {
            Self::Alipay(client) => client.query_payout(out_no).await,
            _ => not_offered("payout"),
        }
    }

    /// Verifies and reads what the provider tells us unasked, over the raw body. *Errors*: [`BadCallback`], to be
    /// answered by [`Provider::reply`] with `false`; no state may change.
    pub async fn read_callback(&self, headers: &HeaderMap, body: &[u8]) -> Result<Notice, BadCallback> {
        match self {
            Self::Alipay(client) => client.read_callback(body),
            Self::Wechat(client) => client.read_callback(headers, body).await,
            Self::Unionpay(client) => client.read_callback(body),
        }
    }

    /// Looks into a callback that does not verify, or says that it does: for `dormpay doctor`. Nothing follows from it.
    pub fn explain_callback(&self, headers: &HeaderMap, body: &[u8]) -> Explanation {
        match self {
            Self::Alipay(client) => client.explain_callback(body),
            Self::Wechat(client) => client.explain_callback(headers, body),
            Self::Unionpay(client) => client.explain_callback(body),
        }
    }

    /// Says what the provider wants to hear: that a callback was taken, or that it must come again.
    pub const fn reply(&self, is_taken: bool) -> Reply {
        match self {
            Self::Alipay(_) => alipay::reply(is_taken),
            Self::Wechat(_) => wechat::reply(is_taken),
            Self::Unionpay(_) => unionpay::reply(is_taken),
        }
    }

    /// Fetches what the provider signs with, where it changes by itself; to be called at least every 12 hours.
    /// *Errors*: unknown, if it could not be fetched; what was known stays in force.
    pub async fn refresh_trust(&self) -> Result<(), Trouble> {
        match self {
            Self::Wechat(client) => client.refresh_certificates().await,
            _ => Ok(()),
        }
    }
}

fn not_offered<T>(operation: &'static str) -> Outcome<T> {
    Kept::nothing(operation)
        .with(Err(Trouble::here(Refusal::NotOffered, "this channel has no such operation")))
}

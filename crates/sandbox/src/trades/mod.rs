//! Trades, refunds and transfers, whatever the provider: what is true of them and what may become of them.
//!
//! How a provider names and words things stands in its own room. The rules not to be broken: paid wins over everything
//! that comes later; never is more given back than was paid; a number means one thing only; every step is written to the
//! book in its own transaction.

mod book;
mod create;
mod jobs;
mod pay;
mod refund;
mod transfer;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fault::Fault;
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    book::{Book, Line, LineKind, lines_of},
    create::{New, NotCreated, create, newest},
    jobs::{Due, Job, due_at, put_due, take_due},
    pay::{NotClosed, NotPaid, close, close_by_token, expire, open, pay, pay_by_token},
    refund::{NewRefund, NotRefunded, Refund, RefundStatus, finish, refund},
    transfer::{NewTransfer, NotTransferred, Transfer, transfer},
};
use crate::store::{Record, Tx};

/// Trades that are kept; beyond it the oldest go.
pub(crate) const TRADES_MAX: u64 = 100_000;

/// Whose wire a trade is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    /// 支付宝.
    Alipay,
    /// 微信支付.
    Wechat,
    /// 银联.
    Unionpay,
}

impl Provider {
    pub(crate) const ALL: [Self; 3] = [Self::Alipay, Self::Wechat, Self::Unionpay];

    /// Gives the word that the control interface uses.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Wechat => "wechat",
            Self::Unionpay => "unionpay",
        }
    }
}

/// Where a trade stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Not paid yet.
    Waiting,
    /// Paid; what was given back of it says `refunded_fen`.
    Paid,
    /// Closed or expired without having been paid.
    Closed,
}

/// One trade.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Trade {
    pub(crate) id: i64,
    pub(crate) provider: Provider,
    pub(crate) out_trade_no: String,
    /// UnionPay's second half of the number; empty elsewhere.
    pub(crate) txn_time: String,
    /// Leads to the cashier.
    pub(crate) token: String,
    /// The provider's word for how it is paid.
    pub(crate) product: String,
    pub(crate) amount_fen: i64,
    pub(crate) subject: String,
    /// What must be the same when the number comes again.
    pub(crate) terms: String,
    pub(crate) status: Status,
    /// Whether a payer has seen it; before that Alipay does not know it.
    pub(crate) is_opened: bool,
    /// The provider's number.
    pub(crate) transaction_id: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) paid_at: Option<DateTime<Utc>>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// Given back, or on its way back.
    pub(crate) refunded_fen: i64,
    pub(crate) refunds: u32,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    /// The merchant's own data, given back as they came.
    pub(crate) attach: Option<String>,
    pub(crate) payer: String,
    /// What only its provider knows the use of.
    pub(crate) extra: BTreeMap<String, String>,
}

impl Record for Trade {
    const TABLE: &'static str = "trades";

    fn key(&self) -> String {
        trade_key(self.provider, &self.out_trade_no, &self.txn_time)
    }
}

impl Trade {
    /// Gives one of the things that only its provider knows the use of.
    pub(crate) fn extra(&self, name: &str) -> Option<&str> {
        self.extra.get(name).map(String::as_str)
    }

    /// Tells whether all was given back.
    pub(crate) const fn is_all_refunded(&self) -> bool {
        self.refunded_fen >= self.amount_fen
    }
}

/// Gives the key of a trade. `txn_time` is empty but for UnionPay.
pub(crate) fn trade_key(provider: Provider, out_trade_no: &str, txn_time: &str) -> String {
    format!("{}/{out_trade_no}/{txn_time}", provider.word())
}

/// Leads from another name of a trade, such as its token, to the trade.
#[derive(Serialize, Deserialize)]
pub(super) struct Pointer {
    pub(super) name: String,
    pub(super) trade: String,
}

impl Record for Pointer {
    const TABLE: &'static str = "pointers";

    fn key(&self) -> String {
        self.name.clone()
    }
}

/// Finds a trade as it stands now: one whose time is over is closed.
pub(crate) fn find(tx: &Tx, key: &str, now: DateTime<Utc>) -> Result<Option<Trade>, Fault> {
    let Some(trade) = tx.get::<Trade>(key)? else { return Ok(None) };
    if trade.status == Status::Waiting && trade.expires_at <= now {
        expire(tx, trade).map(Some)
    } else {
        Ok(Some(trade))
    }
}

/// Finds a trade by the token of its cashier page.
pub(crate) fn by_token(tx: &Tx, token: &str, now: DateTime<Utc>) -> Result<Option<Trade>, Fault> {
    by_pointer(tx, &token_name(token), now)
}

/// Finds a trade by the provider's number.
pub(crate) fn by_transaction(
    tx: &Tx,
    provider: Provider,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Trade>, Fault> {
    by_pointer(tx, &transaction_name(provider, id), now)
}

/// Finds a trade by the merchant's number alone; of several the one begun last.
pub(crate) fn by_number(
    tx: &Tx,
    provider: Option<Provider>,
    number: &str,
    now: DateTime<Utc>,
) -> Result<Option<Trade>, Fault> {
    let mut found: Option<Trade> = None;
    for of in Provider::ALL.into_iter().filter(|of| provider.is_none_or(|wanted| wanted == *of)) {
        for trade in tx.scan::<Trade>(&trade_key(of, number, ""), NAMESAKES_MAX)? {
            if found.as_ref().is_none_or(|other| other.id < trade.id) {
                found = Some(trade);
            }
        }
    }
    found.map_or(Ok(None), |trade| find(tx, &trade.key(), now))
}

const NAMESAKES_MAX: usize = 20;

fn by_pointer(tx: &Tx, name: &str, now: DateTime<Utc>) -> Result<Option<Trade>, Fault> {
    tx.get::<Pointer>(name)?.map_or(Ok(None), |pointer| find(tx, &pointer.trade, now))
}

fn token_name(token: &str) -> String {
    format!("token/{token}")
}

fn transaction_name(provider: Provider, id: &str) -> String {
    format!("{}/{id}", provider.word())
}

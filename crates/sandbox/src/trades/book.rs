//! The providers' books: what they received, gave back and paid out for the merchant; and the lines of each day's bill.
//!
//! How a bill is written stands with each provider. The rule not to be broken: the book changes in the transaction of
//! the movement and never forgets, whatever becomes of the trade's record.

use chrono::{DateTime, NaiveDate, Utc};
use fault::Fault;
use serde::{Deserialize, Serialize};

use super::{Provider, Refund, Trade};
use crate::{
    beijing,
    store::{Record, Tx},
};

/// Lines of bills that are kept; beyond it the provider's oldest go.
const LINES_MAX: u64 = 300_000;
const LINES_OF_DAY_MAX: usize = 200_000;

/// What moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LineKind {
    /// Money came in.
    Payment,
    /// Money went back.
    Refund,
    /// Money was paid out.
    Transfer,
}

/// One provider's book. *Units*: fen.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) provider: Provider,
    pub(crate) received_fen: i64,
    pub(crate) refunded_fen: i64,
    pub(crate) paid_out_fen: i64,
    pub(crate) payments: u64,
    pub(crate) refunds: u64,
    pub(crate) payouts: u64,
}

impl Record for Book {
    const TABLE: &'static str = "books";

    fn key(&self) -> String {
        self.provider.word().to_owned()
    }
}

impl Book {
    /// Gives a provider's book.
    pub(crate) fn of(tx: &Tx, provider: Provider) -> Result<Self, Fault> {
        let empty = Self {
            provider,
            received_fen: 0,
            refunded_fen: 0,
            paid_out_fen: 0,
            payments: 0,
            refunds: 0,
            payouts: 0,
        };
        Ok(tx.get::<Self>(provider.word())?.unwrap_or(empty))
    }

    /// Books a movement. *Errors*: internal, if the book is full.
    pub(super) fn add(tx: &Tx, provider: Provider, kind: LineKind, amount_fen: i64) -> Result<(), Fault> {
        let mut book = Self::of(tx, provider)?;
        let (sum, count) = match kind {
            LineKind::Payment => (&mut book.received_fen, &mut book.payments),
            LineKind::Refund => (&mut book.refunded_fen, &mut book.refunds),
            LineKind::Transfer => (&mut book.paid_out_fen, &mut book.payouts),
        };
        *sum = sum.checked_add(amount_fen).ok_or_else(|| Fault::internal("the provider's book is full"))?;
        *count = count.saturating_add(1);
        tx.put(&book)
    }

    /// Gives what the provider holds for the merchant.
    pub(crate) const fn net_fen(&self) -> i64 {
        self.received_fen.saturating_sub(self.refunded_fen).saturating_sub(self.paid_out_fen)
    }
}

/// One line of a bill, with all that any provider writes there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) provider: Provider,
    pub(crate) kind: LineKind,
    pub(crate) at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) amount_fen: i64,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) txn_time: String,
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
    pub(crate) product: String,
    pub(crate) subject: String,
    pub(crate) attach: String,
    pub(crate) payer: String,
}

impl Record for Line {
    const TABLE: &'static str = "lines";

    fn key(&self) -> String {
        format!("{}{:016}", prefix(self.provider, beijing::day(self.at)), self.id)
    }
}

impl Line {
    pub(super) fn of_payment(trade: &Trade, at: DateTime<Utc>) -> Self {
        Self {
            id: trade.id,
            provider: trade.provider,
            kind: LineKind::Payment,
            at,
            created_at: trade.created_at,
            amount_fen: trade.amount_fen,
            out_trade_no: trade.out_trade_no.clone(),
            transaction_id: trade.transaction_id.clone(),
            txn_time: trade.txn_time.clone(),
            out_refund_no: String::new(),
            refund_id: String::new(),
            product: trade.product.clone(),
            subject: trade.subject.clone(),
            attach: trade.attach.clone().unwrap_or_default(),
            payer: trade.payer.clone(),
        }
    }

    pub(super) fn of_refund(trade: &Trade, refund: &Refund, at: DateTime<Utc>) -> Self {
        Self {
            id: refund.id,
            kind: LineKind::Refund,
            created_at: refund.created_at,
            amount_fen: refund.amount_fen,
            txn_time: refund.txn_time.clone(),
            out_refund_no: refund.out_refund_no.clone(),
            refund_id: refund.refund_id.clone(),
            ..Self::of_payment(trade, at)
        }
    }

    pub(super) fn put(&self, tx: &Tx) -> Result<(), Fault> {
        if tx.count::<Self>()? >= LINES_MAX {
            let oldest = tx.scan::<Self>(&format!("{}/", self.provider.word()), 1)?;
            for line in oldest {
                tx.remove::<Self>(&line.key())?;
            }
        }
        tx.put(self)
    }
}

/// Gives the lines of a day of Beijing, in the order in which the trades began.
pub(crate) fn lines_of(tx: &Tx, provider: Provider, day: NaiveDate) -> Result<Vec<Line>, Fault> {
    tx.scan::<Line>(&prefix(provider, day), LINES_OF_DAY_MAX)
}

fn prefix(provider: Provider, day: NaiveDate) -> String {
    format!("{}/{}/", provider.word(), day.format("%Y%m%d"))
}

//! Giving back: one number gives back once, the sum never exceeds what was paid.

use chrono::{DateTime, Days, Utc};
use clock::Clock;
use fault::Fault;
use serde::{Deserialize, Serialize};

use super::{Book, Job, Line, LineKind, Provider, Status, Trade, create::number_of, find, put_due};
use crate::{
    notices,
    store::{Record, Tx},
};

/// Refunds of one trade.
const REFUNDS_MAX: u32 = 50;
const WINDOW: Days = Days::new(365);

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RefundStatus {
    /// Accepted.
    Processing,
    /// The money is back.
    Success,
}

/// One refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: i64,
    pub(crate) provider: Provider,
    /// The trade's key.
    pub(crate) trade: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) out_refund_no: String,
    /// UnionPay's second half of the number.
    pub(crate) txn_time: String,
    /// The provider's number.
    pub(crate) refund_id: String,
    pub(crate) amount_fen: i64,
    /// UnionPay's kind: a refund, or the undoing of the whole.
    pub(crate) kind: String,
    pub(crate) reason: Option<String>,
    pub(crate) status: RefundStatus,
    pub(crate) notify_url: Option<String>,
    pub(crate) attach: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) done_at: Option<DateTime<Utc>>,
}

impl Record for Refund {
    const TABLE: &'static str = "refunds";

    fn key(&self) -> String {
        Self::key_of(self.provider, &self.out_trade_no, &self.out_refund_no, &self.txn_time)
    }
}

/// Finds the refunds of a trade.
#[derive(Serialize, Deserialize)]
struct OfTrade {
    trade: String,
    id: i64,
    refund: String,
}

impl Record for OfTrade {
    const TABLE: &'static str = "refunds_of_trades";

    fn key(&self) -> String {
        format!("{}#{:016}", self.trade, self.id)
    }
}

impl Refund {
    /// Gives the key of a refund: at Alipay a number belongs to its trade, elsewhere to the merchant.
    pub(crate) fn key_of(
        provider: Provider,
        out_trade_no: &str,
        out_refund_no: &str,
        txn_time: &str,
    ) -> String {
        match provider {
            Provider::Alipay => format!("alipay/{out_trade_no}/{out_refund_no}"),
            Provider::Wechat => format!("wechat/{out_refund_no}"),
            Provider::Unionpay => format!("unionpay/{out_refund_no}/{txn_time}"),
        }
    }

    /// Gives the refunds of a trade, oldest first.
    pub(crate) fn all_of(tx: &Tx, trade: &Trade) -> Result<Vec<Self>, Fault> {
        let of = Self::listed(tx, trade)?;
        let all = of.iter().map(|of| tx.get::<Self>(&of.refund)).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// Forgets the refunds of a trade.
    pub(super) fn forget_all_of(tx: &Tx, trade: &Trade) -> Result<(), Fault> {
        for of in Self::listed(tx, trade)? {
            tx.remove::<Self>(&of.refund)?;
            tx.remove::<OfTrade>(&of.key())?;
        }
        Ok(())
    }

    fn listed(tx: &Tx, trade: &Trade) -> Result<Vec<OfTrade>, Fault> {
        let limit = usize::try_from(REFUNDS_MAX).unwrap_or(usize::MAX);
        tx.scan::<OfTrade>(&format!("{}#", trade.key()), limit)
    }
}

/// What a new refund is about.
#[derive(Clone, Debug)]
pub(crate) struct NewRefund {
    pub(crate) out_refund_no: String,
    pub(crate) txn_time: String,
    pub(crate) amount_fen: i64,
    pub(crate) kind: String,
    pub(crate) reason: Option<String>,
    pub(crate) notify_url: Option<String>,
    pub(crate) attach: Option<String>,
    /// When the money is back; at once if not said.
    pub(crate) done_at: Option<DateTime<Utc>>,
}

/// Why nothing was given back.
#[derive(Debug)]
pub(crate) enum NotRefunded {
    /// There is no such trade.
    NotThere,
    /// It was never paid.
    NotPaid,
    /// More than is left.
    TooMuch,
    /// All has been given back.
    AllBack,
    /// The number gave back something else.
    OtherTerms,
    /// Fifty times were enough.
    TooOften,
    /// A year has passed.
    TooLate,
    /// It could not be stored.
    Fault(Fault),
}

impl From<Fault> for NotRefunded {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Gives back. The flag says whether this call did it. *Idempotent* by number and amount.
pub(crate) fn refund(
    tx: &Tx,
    clock: &Clock,
    key: &str,
    new: NewRefund,
) -> Result<(Refund, bool), NotRefunded> {
    let now = clock.now();
    let mut trade = find(tx, key, now)?.ok_or(NotRefunded::NotThere)?;
    let known = Refund::key_of(trade.provider, &trade.out_trade_no, &new.out_refund_no, &new.txn_time);
    if let Some(known) = tx.get::<Refund>(&known)? {
        let is_same = known.trade == key && known.amount_fen == new.amount_fen && known.kind == new.kind;
        return if is_same { Ok((known, false)) } else { Err(NotRefunded::OtherTerms) };
    }
    check(&trade, new.amount_fen, now)?;
    let refund = refund_of(&trade, new, clock);
    trade.refunded_fen = trade.refunded_fen.saturating_add(refund.amount_fen);
    trade.refunds = trade.refunds.saturating_add(1);
    tx.put(&trade)?;
    tx.put(&OfTrade { trade: key.to_owned(), id: refund.id, refund: refund.key() })?;
    tx.put(&refund)?;
    if let Some(at) = refund.done_at {
        put_due(tx, at, Job::Finish { refund: refund.key() })?;
        return Ok((refund, true));
    }
    Ok((finish(tx, &refund.key(), now)?.unwrap_or(refund), true))
}

/// Lets an accepted refund succeed, books it and has its notification sent. *Idempotent*.
pub(crate) fn finish(tx: &Tx, key: &str, now: DateTime<Utc>) -> Result<Option<Refund>, Fault> {
    let Some(mut refund) = tx.get::<Refund>(key)? else { return Ok(None) };
    if refund.status == RefundStatus::Success {
        return Ok(Some(refund));
    }
    refund.status = RefundStatus::Success;
    refund.done_at = Some(now);
    tx.put(&refund)?;
    Book::add(tx, refund.provider, LineKind::Refund, refund.amount_fen)?;
    if let Some(trade) = tx.get::<Trade>(&refund.trade)? {
        Line::of_refund(&trade, &refund, now).put(tx)?;
        notices::refunded(tx, &trade, &refund, now)?;
    }
    Ok(Some(refund))
}

fn check(trade: &Trade, amount_fen: i64, now: DateTime<Utc>) -> Result<(), NotRefunded> {
    let (Status::Paid, Some(paid_at)) = (trade.status, trade.paid_at) else {
        return Err(NotRefunded::NotPaid);
    };
    if trade.is_all_refunded() {
        return Err(NotRefunded::AllBack);
    }
    if trade.refunds >= REFUNDS_MAX {
        return Err(NotRefunded::TooOften);
    }
    if paid_at.checked_add_days(WINDOW).is_some_and(|last| last < now) {
        return Err(NotRefunded::TooLate);
    }
    if amount_fen > trade.amount_fen.saturating_sub(trade.refunded_fen) {
        return Err(NotRefunded::TooMuch);
    }
    Ok(())
}

fn refund_of(trade: &Trade, new: NewRefund, clock: &Clock) -> Refund {
    let (now, id) = (clock.now(), clock.new_id());
    let number = number_of(trade.provider, now, id);
    Refund {
        id,
        provider: trade.provider,
        trade: trade.key(),
        out_trade_no: trade.out_trade_no.clone(),
        transaction_id: trade.transaction_id.clone(),
        refund_id: if trade.provider == Provider::Wechat { number.replacen("42", "50", 1) } else { number },
        out_refund_no: new.out_refund_no,
        txn_time: new.txn_time,
        amount_fen: new.amount_fen,
        kind: new.kind,
        reason: new.reason,
        status: RefundStatus::Processing,
        notify_url: new.notify_url,
        attach: new.attach,
        created_at: now,
        done_at: new.done_at,
    }
}

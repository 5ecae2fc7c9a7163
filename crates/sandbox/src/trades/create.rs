//! Beginning a trade. The same number with the same terms gives the same trade; with other terms it is refused.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use clock::Clock;
use fault::Fault;
use serde::{Deserialize, Serialize};

use super::{
    Job, Pointer, Provider, Refund, Status, TRADES_MAX, Trade, find, put_due, token_name, trade_key,
    transaction_name,
};
use crate::{
    beijing,
    notices::Notice,
    store::{Record, Tx},
};

const TOKEN_BYTES: usize = 18;
const NUMBER_DIGITS: usize = 10;

/// What a new trade is about.
#[derive(Clone, Debug)]
pub(crate) struct New {
    pub(crate) provider: Provider,
    pub(crate) out_trade_no: String,
    pub(crate) txn_time: String,
    pub(crate) product: String,
    pub(crate) amount_fen: i64,
    pub(crate) subject: String,
    pub(crate) terms: String,
    pub(crate) is_opened: bool,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) attach: Option<String>,
    pub(crate) payer: String,
    pub(crate) extra: BTreeMap<String, String>,
}

/// Why a trade was not begun.
#[derive(Debug)]
pub(crate) enum NotCreated {
    /// The number has other terms.
    OtherTerms,
    /// The number is paid.
    Paid,
    /// The number is closed.
    Closed,
    /// It could not be stored.
    Fault(Fault),
}

impl From<Fault> for NotCreated {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Where a trade stands in the order of time, so that the oldest can go.
#[derive(Serialize, Deserialize)]
struct Age {
    id: i64,
    trade: String,
}

impl Record for Age {
    const TABLE: &'static str = "ages";

    fn key(&self) -> String {
        format!("{:016}", self.id)
    }
}

/// Begins a trade. *Idempotent* by number and terms.
pub(crate) fn create(tx: &Tx, clock: &Clock, new: New) -> Result<Trade, NotCreated> {
    let now = clock.now();
    let key = trade_key(new.provider, &new.out_trade_no, &new.txn_time);
    if let Some(known) = find(tx, &key, now)? {
        return match known.status {
            Status::Paid => Err(NotCreated::Paid),
            Status::Closed => Err(NotCreated::Closed),
            Status::Waiting if known.terms != new.terms => Err(NotCreated::OtherTerms),
            Status::Waiting => Ok(known),
        };
    }
    let trade = trade_of(new, clock);
    tx.put(&trade)?;
    for name in [token_name(&trade.token), transaction_name(trade.provider, &trade.transaction_id)] {
        tx.put(&Pointer { name, trade: key.clone() })?;
    }
    tx.put(&Age { id: trade.id, trade: key.clone() })?;
    put_due(tx, trade.expires_at, Job::Expire { trade: key })?;
    if tx.count::<Age>()? > TRADES_MAX {
        forget_oldest(tx)?;
    }
    Ok(trade)
}

/// Gives the trades begun last, newest first.
pub(crate) fn newest(tx: &Tx, limit: usize) -> Result<Vec<Trade>, Fault> {
    let ages = tx.last::<Age>(limit)?;
    let trades = ages.iter().map(|age| tx.get::<Trade>(&age.trade)).collect::<Result<Vec<_>, _>>()?;
    Ok(trades.into_iter().flatten().collect())
}

fn trade_of(new: New, clock: &Clock) -> Trade {
    let (now, id) = (clock.now(), clock.new_id());
    let token = match new.provider {
        // A client program is handed it as the number of its order.
        Provider::Wechat => format!("wx{}{}", beijing::compact(now), clock.token(TOKEN_BYTES)),
        _ => clock.token(TOKEN_BYTES),
    };
    Trade {
        id,
        token,
        transaction_id: number_of(new.provider, now, id),
        status: Status::Waiting,
        created_at: now,
        paid_at: None,
        closed_at: None,
        refunded_fen: 0,
        refunds: 0,
        provider: new.provider,
        out_trade_no: new.out_trade_no,
        txn_time: new.txn_time,
        product: new.product,
        amount_fen: new.amount_fen,
        subject: new.subject,
        terms: new.terms,
        is_opened: new.is_opened,
        expires_at: new.expires_at,
        notify_url: new.notify_url,
        return_url: new.return_url,
        attach: new.attach,
        payer: new.payer,
        extra: new.extra,
    }
}

/// Makes a number as long as the provider's: 28 digits, at UnionPay 21.
pub(super) fn number_of(provider: Provider, now: DateTime<Utc>, id: i64) -> String {
    let last: String = {
        let digits = format!("{id:0>20}");
        digits.chars().skip(digits.len().saturating_sub(NUMBER_DIGITS)).collect()
    };
    match provider {
        Provider::Alipay => format!("{}220014{last:0>14}", beijing::written(now, "%Y%m%d")),
        Provider::Wechat => format!("4200000{}{last:0>13}", beijing::written(now, "%Y%m%d")),
        Provider::Unionpay => {
            format!("{}{}", beijing::written(now, "%y%m%d%H%M%S"), last.get(1..).unwrap_or_default())
        }
    }
}

/// Forgets the trade that was begun first, with its refunds and notices. The book keeps what it counted.
fn forget_oldest(tx: &Tx) -> Result<(), Fault> {
    let Some(age) = tx.scan::<Age>("", 1)?.into_iter().next() else { return Ok(()) };
    if let Some(trade) = tx.get::<Trade>(&age.trade)? {
        tx.remove::<Pointer>(&token_name(&trade.token))?;
        tx.remove::<Pointer>(&transaction_name(trade.provider, &trade.transaction_id))?;
        for notice in Notice::all_of(tx, &age.trade)? {
            tx.remove::<Notice>(&notice.key())?;
        }
        Refund::forget_all_of(tx, &trade)?;
    }
    tx.remove::<Trade>(&age.trade)?;
    tx.remove::<Age>(&age.key())
}

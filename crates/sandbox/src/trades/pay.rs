//! Paying, closing and expiring a trade.

use chrono::{DateTime, Utc};
use fault::Fault;

use super::{Book, Line, LineKind, Status, Trade, by_token, find};
use crate::{
    notices,
    store::{Record as _, Tx},
};

/// Why a trade was not paid.
#[derive(Debug)]
pub(crate) enum NotPaid {
    /// There is none.
    NotThere,
    /// It is closed.
    Closed,
    /// It could not be stored.
    Fault(Fault),
}

/// Why a trade was not closed.
#[derive(Debug)]
pub(crate) enum NotClosed {
    /// There is none.
    NotThere,
    /// It is paid.
    Paid,
    /// It could not be stored.
    Fault(Fault),
}

impl From<Fault> for NotPaid {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Fault> for NotClosed {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Pays a trade, books it and has its notification sent. *Idempotent*: a paid trade is given as it is.
pub(crate) fn pay(tx: &Tx, key: &str, now: DateTime<Utc>) -> Result<Trade, NotPaid> {
    let mut trade = find(tx, key, now)?.ok_or(NotPaid::NotThere)?;
    match trade.status {
        Status::Paid => return Ok(trade),
        Status::Closed => return Err(NotPaid::Closed),
        Status::Waiting => {}
    }
    trade.status = Status::Paid;
    trade.is_opened = true;
    trade.paid_at = Some(now);
    tx.put(&trade)?;
    Book::add(tx, trade.provider, LineKind::Payment, trade.amount_fen)?;
    Line::of_payment(&trade, now).put(tx)?;
    notices::paid(tx, &trade, now)?;
    Ok(trade)
}

/// Notes that a payer has seen a trade.
pub(crate) fn open(tx: &Tx, mut trade: Trade) -> Result<Trade, Fault> {
    if !trade.is_opened {
        trade.is_opened = true;
        tx.put(&trade)?;
    }
    Ok(trade)
}

/// Pays the trade of a cashier page, as [`pay`] does.
pub(crate) fn pay_by_token(tx: &Tx, token: &str, now: DateTime<Utc>) -> Result<Trade, NotPaid> {
    let trade = by_token(tx, token, now)?.ok_or(NotPaid::NotThere)?;
    pay(tx, &trade.key(), now)
}

/// Closes the trade of a cashier page, as [`close`] does.
pub(crate) fn close_by_token(tx: &Tx, token: &str, now: DateTime<Utc>) -> Result<Trade, NotClosed> {
    let trade = by_token(tx, token, now)?.ok_or(NotClosed::NotThere)?;
    close(tx, &trade.key(), now)
}

/// Closes a trade that is not paid. *Idempotent*.
pub(crate) fn close(tx: &Tx, key: &str, now: DateTime<Utc>) -> Result<Trade, NotClosed> {
    let trade = find(tx, key, now)?.ok_or(NotClosed::NotThere)?;
    match trade.status {
        Status::Paid => Err(NotClosed::Paid),
        Status::Closed => Ok(trade),
        Status::Waiting => Ok(closed(tx, trade, now)?),
    }
}

/// Closes a trade whose time is over.
pub(crate) fn expire(tx: &Tx, trade: Trade) -> Result<Trade, Fault> {
    let at = trade.expires_at;
    closed(tx, trade, at)
}

fn closed(tx: &Tx, mut trade: Trade, at: DateTime<Utc>) -> Result<Trade, Fault> {
    trade.status = Status::Closed;
    trade.closed_at = Some(at);
    tx.put(&trade)?;
    notices::closed(tx, &trade, at)?;
    Ok(trade)
}

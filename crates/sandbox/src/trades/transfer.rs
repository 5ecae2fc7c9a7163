//! Paying out to an account.

use chrono::{DateTime, Utc};
use clock::Clock;
use fault::Fault;
use serde::{Deserialize, Serialize};

use super::{Book, LineKind, Provider, create::number_of};
use crate::store::{Record, Tx};

/// Transfers that are kept; beyond it no more are taken.
const TRANSFERS_MAX: u64 = 1_000_000;

/// One transfer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) out_biz_no: String,
    pub(crate) order_id: String,
    pub(crate) amount_fen: i64,
    pub(crate) payee: String,
    /// What must be the same when the number comes again.
    pub(crate) terms: String,
    pub(crate) done_at: DateTime<Utc>,
}

impl Record for Transfer {
    const TABLE: &'static str = "transfers";

    fn key(&self) -> String {
        self.out_biz_no.clone()
    }
}

/// What a new transfer is about.
#[derive(Clone, Debug)]
pub(crate) struct NewTransfer {
    pub(crate) out_biz_no: String,
    pub(crate) amount_fen: i64,
    pub(crate) payee: String,
    pub(crate) terms: String,
}

/// Why nothing was paid out.
#[derive(Debug)]
pub(crate) enum NotTransferred {
    /// The number paid out something else.
    OtherTerms,
    /// It could not be stored.
    Fault(Fault),
}

impl From<Fault> for NotTransferred {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Pays out. *Idempotent* by number and terms.
pub(crate) fn transfer(tx: &Tx, clock: &Clock, new: NewTransfer) -> Result<Transfer, NotTransferred> {
    if let Some(known) = tx.get::<Transfer>(&new.out_biz_no)? {
        return if known.terms == new.terms { Ok(known) } else { Err(NotTransferred::OtherTerms) };
    }
    if tx.count::<Transfer>()? >= TRANSFERS_MAX {
        return Err(Fault::unavailable("too many transfers are kept").into());
    }
    let now = clock.now();
    let made = Transfer {
        order_id: number_of(Provider::Alipay, now, clock.new_id()),
        out_biz_no: new.out_biz_no,
        amount_fen: new.amount_fen,
        payee: new.payee,
        terms: new.terms,
        done_at: now,
    };
    tx.put(&made)?;
    Book::add(tx, Provider::Alipay, LineKind::Transfer, made.amount_fen)?;
    Ok(made)
}

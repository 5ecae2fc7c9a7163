//! What a walk wants written: transfers, entries, holds, and accounts as they are afterwards.
//!
//! Entries stand in columns, as the one statement that inserts them takes them. How they are written lives in
//! `store`. The rule not to be broken: the columns of entries are equally long, and a transfer's legs lie side by side.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Account, Allowance, Hold, Note, Row};

/// A transfer to be inserted. *Shape*: its legs are the entries `first_leg` to `last_leg`, counted from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewTransfer<'a> {
    pub(crate) id: i64,
    pub(crate) note: &'a Note,
    pub(crate) hold_id: Option<i64>,
    pub(crate) first_leg: usize,
    pub(crate) last_leg: usize,
}

/// A hold to be inserted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewHold<'a> {
    pub(crate) id: i64,
    pub(crate) note: &'a Note,
    pub(crate) account_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) expires_at: DateTime<Utc>,
}

/// An account to be opened with what is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened {
    pub(crate) account: Account,
    pub(crate) row: Row,
}

/// Everything that is to be written in one transaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written<'a> {
    pub(crate) transfers: Vec<NewTransfer<'a>>,
    pub(crate) placed: Vec<NewHold<'a>>,
    pub(crate) changed_holds: Vec<Hold>,
    pub(crate) opened: Vec<Opened>,
    pub(crate) changed: Vec<Row>,
    pub(crate) entries: Entries,
    /// By user.
    pub(crate) allowances: BTreeMap<i64, Allowance>,
    /// Wallets of users as they are afterwards, of those that were opened or changed.
    pub(crate) wallets: Vec<(Account, Row)>,
}

/// The columns of new entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    pub(crate) account_id: Vec<i64>,
    pub(crate) number: Vec<i64>,
    pub(crate) transfer_id: Vec<i64>,
    pub(crate) amount_minor: Vec<i64>,
    pub(crate) balance_after_minor: Vec<i64>,
    /// Not a column: what the assets of transfers are made of.
    pub(crate) accounts: Vec<Account>,
}

impl Entries {
    pub(crate) fn push(&mut self, account: Account, row: &Row, transfer_id: i64, amount_minor: i64) {
        self.account_id.push(row.id);
        self.number.push(row.last_entry_number);
        self.transfer_id.push(transfer_id);
        self.amount_minor.push(amount_minor);
        self.balance_after_minor.push(row.balance_minor);
        self.accounts.push(account);
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.account_id.truncate(length);
        self.number.truncate(length);
        self.transfer_id.truncate(length);
        self.amount_minor.truncate(length);
        self.balance_after_minor.truncate(length);
        self.accounts.truncate(length);
    }

    pub(crate) const fn len(&self) -> usize {
        self.account_id.len()
    }
}

impl Written<'_> {
    /// Tells whether there is nothing to write.
    pub(crate) const fn is_empty(&self) -> bool {
        self.transfers.is_empty() && self.placed.is_empty() && self.changed_holds.is_empty()
    }
}

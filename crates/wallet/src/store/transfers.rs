//! The statements of transfers and what they did.
//!
//! A batch is written by one statement. The rule not to be broken: transfers and entries are inserted and read, never
//! changed.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use money::Minor;
use sqlx::PgConnection;

use crate::domain::{Account, Allowance, Asset, NewTransfer, Receipt, ReceiptLeg, Row, Written};

/// Writes transfers, their entries, the accounts as they are afterwards, and what is used of users' days; tells whether
/// every key was free.
///
/// *Shape*: the rows of `written.changed` were locked by this transaction, with the accounts of whoever spent; holds and
/// new accounts are written elsewhere. If a key was used the transaction must be rolled back.
pub(crate) async fn write(
    conn: &mut PgConnection,
    written: &Written<'_>,
    at: DateTime<Utc>,
) -> Result<bool, Fault> {
    let new = Columns::of(written)?;
    let entries = &written.entries;
    let row = |of: fn(&Row) -> i64| -> Vec<i64> { written.changed.iter().map(of).collect() };
    let used = &written.allowances;
    let spent = |of: fn(&Allowance) -> Minor| -> Vec<i64> { used.values().map(|it| of(it).get()).collect() };
    let made = sqlx::query_file_scalar!(
        "src/store/write_batch.sql",
        at,
        &new.id,
        &new.kind as _,
        &new.key as _,
        &new.hash as _,
        &new.reference as _,
        &new.memo as _,
        &new.actor as _,
        &new.hold_id as _,
        &new.assets as _,
        &new.first_leg,
        &entries.account_id,
        &entries.number,
        &entries.transfer_id,
        &entries.amount_minor,
        &entries.balance_after_minor,
        &new.last_leg,
        &row(|row| row.id),
        &row(|row| row.balance_minor),
        &row(|row| row.held_minor),
        &row(|row| row.version),
        &row(|row| row.last_entry_number),
        &used.keys().copied().collect::<Vec<i64>>(),
        &used.values().map(|it| it.day).collect::<Vec<NaiveDate>>(),
        &spent(|it| it.spent),
        &spent(|it| it.unproven),
    )
    .fetch_one(conn)
    .await
    .or_fault()?;
    Ok(usize::try_from(made).is_ok_and(|made| made == written.transfers.len()))
}

/// The columns of new transfers, as the statement takes them.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<i64>,
    kind: Vec<&'a str>,
    key: Vec<&'a str>,
    hash: Vec<&'a [u8]>,
    reference: Vec<&'a str>,
    memo: Vec<&'a str>,
    actor: Vec<&'a str>,
    hold_id: Vec<Option<i64>>,
    assets: Vec<String>,
    first_leg: Vec<i32>,
    last_leg: Vec<i32>,
}

impl<'a> Columns<'a> {
    fn of(written: &Written<'a>) -> Result<Self, Fault> {
        let mut columns = Self::default();
        for NewTransfer { id, note, hold_id, first_leg, last_leg } in &written.transfers {
            let legs = written.entries.accounts.get(first_leg.saturating_sub(1)..*last_leg);
            let assets = legs.unwrap_or_default().iter().map(|account| account.asset);
            columns.id.push(*id);
            columns.kind.push(&note.kind);
            columns.key.push(&note.key);
            columns.hash.push(&note.hash);
            columns.reference.push(&note.reference);
            columns.memo.push(&note.memo);
            columns.actor.push(&note.actor);
            columns.hold_id.push(*hold_id);
            columns.assets.push(array(&names(assets)));
            columns.first_leg.push(i32::try_from(*first_leg).map_err(Fault::internal)?);
            columns.last_leg.push(i32::try_from(*last_leg).map_err(Fault::internal)?);
        }
        Ok(columns)
    }
}

/// Names the assets of legs: one for all, or one for each.
pub(super) fn names(assets: impl Iterator<Item = Asset>) -> Vec<&'static str> {
    let mut names: Vec<&str> = assets.map(Asset::as_str).collect();
    if names.iter().all(|name| names.first() == Some(name)) {
        names.truncate(1);
    }
    names
}

/// Writes an array of assets as text; they are made of letters alone.
fn array(names: &[&str]) -> String {
    format!("{{{}}}", names.join(","))
}

/// Reads what transfers with these keys did, each with the hash of its request. *Shape*: no key twice.
pub(crate) async fn receipts(
    conn: &mut PgConnection,
    keys: &[&str],
) -> Result<HashMap<String, ([u8; 32], Receipt)>, Fault> {
    let legs = sqlx::query!(
        r#"select posted.id as "id!", used.key as "key!", posted.request_hash as "request_hash!",
                posted.at as "at!", leg.number as "number!", line.balance_after_minor as "balance_after_minor!"
         from unnest($1::text[]) as used (key)
         cross join lateral (
             select id, request_hash, at, account_ids, entry_numbers
             from transfer
             where idempotency_key = used.key
             limit 1
         ) as posted
         cross join lateral unnest(posted.account_ids, posted.entry_numbers)
             with ordinality as leg (account_id, number, place)
         cross join lateral (
             select balance_after_minor
             from entry
             where account_id = leg.account_id
               and number = leg.number
             limit 1
         ) as line
         order by posted.id, leg.place"#,
        keys as _,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let mut found: HashMap<String, ([u8; 32], Receipt)> = HashMap::new();
    for leg in legs {
        let hash = leg.request_hash.try_into().map_err(|_| Fault::internal("a hash is not 32 bytes long"))?;
        let empty = Receipt { transfer_id: leg.id, at: leg.at, legs: Vec::new() };
        let (_, receipt) = found.entry(leg.key).or_insert((hash, empty));
        receipt
            .legs
            .push(ReceiptLeg { entry_number: leg.number, balance_after_minor: leg.balance_after_minor });
    }
    Ok(found)
}

/// A transfer with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posted {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) reference: String,
    pub(crate) memo: String,
    pub(crate) actor: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) hold_id: Option<i64>,
    pub(crate) legs: Vec<PostedLeg>,
}

/// A leg of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PostedLeg {
    pub(crate) account: Account,
    pub(crate) amount_minor: i64,
    pub(crate) entry_number: i64,
    pub(crate) balance_after_minor: i64,
}

/// Reads one transfer by its id or its key.
pub(crate) async fn find(conn: &mut PgConnection, id: i64, key: &str) -> Result<Option<Posted>, Fault> {
    let legs = sqlx::query!(
        r#"select transfer.id, transfer.kind, transfer.idempotency_key, transfer.reference, transfer.memo,
                transfer.actor, transfer.at, transfer.hold_id, entry.number, entry.amount_minor,
                entry.balance_after_minor, account.kind as account_kind, account.owner, account.asset
         from transfer
         cross join lateral unnest(transfer.account_ids, transfer.entry_numbers)
             with ordinality as leg (account_id, number, place)
         join entry on entry.account_id = leg.account_id and entry.number = leg.number
         join account on account.id = leg.account_id
         where transfer.id = coalesce((select id from transfer where idempotency_key = $2), $1)
         order by leg.place"#,
        id,
        key,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let mut found: Option<Posted> = None;
    for leg in legs {
        let account = Account::parse("account", &leg.account_kind, &leg.owner, &leg.asset);
        let posted = found.get_or_insert_with(|| Posted {
            id: leg.id,
            kind: leg.kind,
            key: leg.idempotency_key,
            reference: leg.reference,
            memo: leg.memo,
            actor: leg.actor,
            at: leg.at,
            hold_id: leg.hold_id,
            legs: Vec::new(),
        });
        posted.legs.push(PostedLeg {
            account: account.map_err(Fault::internal)?,
            amount_minor: leg.amount_minor,
            entry_number: leg.number,
            balance_after_minor: leg.balance_after_minor,
        });
    }
    Ok(found)
}

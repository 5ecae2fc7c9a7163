//! Lists the transactions of a wallet (001-E19), by page.
//!
//! Read only. Instants are found by halving, so that a page of a day costs the same in a long history.

use chrono::{DateTime, TimeDelta, Utc};
use fault::Fault;
use host::{Page, timestamp};
use identity::Caller;
use proto::wallet::v1::{
    ListTransactionsRequest, ListTransactionsResponse, Transaction as Line, TransactionOrder, TransactionType,
};

use super::rights;
use crate::{
    domain::{Account, Asset},
    service::Service,
    store::{
        accounts, entries,
        transactions::{self, Choice, Range, Transaction},
    },
};

/// The kinds of transfers behind the types that are not "everything else".
const TYPES: [(TransactionType, &str); 3] = [
    (TransactionType::Recharge, "recharge"),
    (TransactionType::Withdraw, "withdraw"),
    (TransactionType::Transfer, "transfer"),
];

/// Lists one page. *Errors*: `FORBIDDEN` for somebody else's wallet; validation of `page`, `limit`, `from`, `to`.
pub(crate) async fn run(
    service: &Service,
    caller: &Caller,
    asked: &ListTransactionsRequest,
) -> Result<ListTransactionsResponse, Fault> {
    rights::himself_or_admin(caller, asked.user_id)?;
    let page = Page::of(asked.page)?;
    let (from, to) = (instant("from", asked.from.as_ref())?, instant("to", asked.to.as_ref())?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Fault::validation("to", "must not lie before from"));
    }
    let account = Account::user(asked.user_id, Asset::Currency(money::Currency::CNY));
    let Some(range) = range(service, account, (from, to)).await? else {
        return Ok(ListTransactionsResponse { transactions: Vec::new(), page: Some(page.info(0)) });
    };
    let (found, total) = read(service, range, asked, page).await?;
    let transactions = found.into_iter().map(|row| line(row, account)).collect();
    Ok(ListTransactionsResponse { transactions, page: Some(page.info(total)) })
}

fn instant(field: &str, at: Option<&prost_types::Timestamp>) -> Result<Option<DateTime<Utc>>, Fault> {
    let read = at.map(|at| host::instant(at).ok_or_else(|| Fault::validation(field, "must be an instant")));
    read.transpose()
}

/// Finds the entries between two instants, both inclusive; none if there are none.
async fn range(
    service: &Service,
    account: Account,
    (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
) -> Result<Option<Range>, Fault> {
    let mut conn = service.db.acquire().await?;
    let Some((_, account_id)) = accounts::ids(&mut conn, &[account]).await?.into_iter().next() else {
        return Ok(None);
    };
    let last = entries::last_at(&mut conn, account, to.unwrap_or(DateTime::<Utc>::MAX_UTC)).await?;
    let before = match from {
        Some(from) => entries::last_at(&mut conn, account, just_before(from)).await?,
        None => None,
    };
    let first = before.map_or(1, |(number, _)| number.saturating_add(1));
    let last = last.map_or(0, |(number, _)| number);
    Ok((first <= last).then_some(Range { account_id, first, last }))
}

fn just_before(at: DateTime<Utc>) -> DateTime<Utc> {
    at.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(at)
}

async fn read(
    service: &Service,
    range: Range,
    asked: &ListTransactionsRequest,
    page: Page,
) -> Result<(Vec<Transaction>, i64), Fault> {
    let is_by_amount = asked.order() == TransactionOrder::Amount;
    let mut conn = service.db.acquire().await?;
    if asked.r#type() != TransactionType::Unspecified || is_by_amount {
        let choice = choice(asked.r#type(), is_by_amount, asked.ascending);
        return transactions::chosen(&mut conn, range, &choice, (page.limit(), page.offset())).await;
    }
    let total = range.last.saturating_sub(range.first).saturating_add(1);
    let Some(part) = part(range, page, asked.ascending) else { return Ok((Vec::new(), total)) };
    let mut found = transactions::all(&mut conn, part).await?;
    if !asked.ascending {
        found.reverse();
    }
    Ok((found, total))
}

/// Cuts a page out of a range; none if it lies beyond.
fn part(range: Range, page: Page, is_ascending: bool) -> Option<Range> {
    let (offset, more) = (page.offset(), page.limit().saturating_sub(1));
    let (first, last) = if is_ascending {
        let first = range.first.saturating_add(offset);
        (first, first.saturating_add(more).min(range.last))
    } else {
        let last = range.last.saturating_sub(offset);
        (last.saturating_sub(more).max(range.first), last)
    };
    (first <= last).then_some(Range { first, last, ..range })
}

fn choice(wanted: TransactionType, is_by_amount: bool, is_ascending: bool) -> Choice {
    let all = || TYPES.iter().map(|(_, kind)| (*kind).to_owned()).collect();
    let (kinds, is_other) = match wanted {
        // No kind is among none.
        TransactionType::Unspecified => (Vec::new(), true),
        TransactionType::Payment => (all(), true),
        one => {
            (TYPES.iter().filter(|(of, _)| *of == one).map(|(_, kind)| (*kind).to_owned()).collect(), false)
        }
    };
    Choice { kinds, is_other, is_by_amount, is_ascending }
}

fn line(row: Transaction, account: Account) -> Line {
    let known = TYPES.iter().find(|(_, kind)| *kind == row.kind);
    Line {
        transfer_id: row.transfer_id,
        entry_number: row.number,
        r#type: known.map_or(TransactionType::Payment, |(of, _)| *of).into(),
        kind: row.kind,
        amount_minor: row.amount_minor,
        balance_after_minor: row.balance_after_minor,
        at: Some(timestamp(row.at)),
        counterparty_user_id: row.counterparty.and_then(|owner| owner.parse().ok()).unwrap_or_default(),
        reference: row.reference,
        memo: row.memo,
        currency: account.asset.as_str().to_owned(),
    }
}

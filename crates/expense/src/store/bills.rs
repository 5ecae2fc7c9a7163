//! What bills take from expenses, and how sealed bills divide them.
//!
//! What a bill is beyond that is the bill service's. The rules not to be broken: what bills take of an expense
//! never exceeds it, and the parts of a sealed bill add up to its items and to its shares.

use std::collections::BTreeMap;

use durable::OnConstraint as _;
use fault::Fault;
use money::{Currency, Minor};
use sqlx::PgConnection;

use super::records;
use crate::domain::Part;

/// A bill as far as expenses are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) currency: Currency,
    pub(crate) state: State,
    /// Grows with each sending of the bill.
    pub(crate) version: i32,
    /// In the order asked for.
    pub(crate) items: Vec<Item>,
}

/// How far a bill has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It waits for review.
    Allocated,
    /// It is approved and its division is fixed.
    Sealed,
    /// It was rejected.
    Released,
}

/// How much of an expense a bill takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) expense_id: i64,
    pub(crate) amount: Minor,
}

/// A user's part of the billed part of an expense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BillPart {
    pub(crate) expense_id: i64,
    pub(crate) user_id: i64,
    /// What of the billed part he laid out.
    pub(crate) laid_out: Minor,
    /// What of it he consumed.
    pub(crate) share: Minor,
    /// What of his share he owes to others.
    pub(crate) debt: Minor,
    /// What of that he has handed over.
    pub(crate) paid: Minor,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Allocated => "allocated",
            Self::Sealed => "sealed",
            Self::Released => "released",
        }
    }

    fn parse(name: &str) -> Result<Self, Fault> {
        [Self::Allocated, Self::Sealed, Self::Released]
            .into_iter()
            .find(|state| state.as_str() == name)
            .ok_or_else(|| Fault::internal(format!("a bill has the unknown state {name}")))
    }
}

/// Reads a bill with its items.
pub(crate) async fn find(conn: &mut PgConnection, bill_id: i64) -> Result<Option<Bill>, Fault> {
    let row = sqlx::query!("select id, room_id, currency, state, version from bill where id = $1", bill_id)
        .fetch_optional(&mut *conn)
        .await
        .or_fault()?;
    let Some(row) = row else { return Ok(None) };
    let items = sqlx::query!(
        "select expense_id, amount_minor from bill_item where bill_id = $1 order by position",
        bill_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    Ok(Some(Bill {
        id: row.id,
        room_id: row.room_id,
        currency: records::currency(&row.currency)?,
        state: State::parse(&row.state)?,
        version: row.version,
        items: items
            .into_iter()
            .map(|item| Item { expense_id: item.expense_id, amount: Minor::new(item.amount_minor) })
            .collect(),
    }))
}

/// Writes what a bill takes, over what it took before. *Locks*: needs `ledger::lock`.
pub(crate) async fn allocate(conn: &mut PgConnection, bill: &Bill) -> Result<(), Fault> {
    sqlx::query!("delete from bill_item where bill_id = $1", bill.id).execute(&mut *conn).await.or_fault()?;
    let expense_ids: Vec<i64> = bill.items.iter().map(|item| item.expense_id).collect();
    let amounts: Vec<i64> = bill.items.iter().map(|item| item.amount.get()).collect();
    sqlx::query!(
        "insert into bill (id, room_id, currency, state, version)
         values ($1, $2, $3, $4, $5)
         on conflict on constraint bill_pkey do update
         set room_id = excluded.room_id,
             currency = excluded.currency,
             state = excluded.state,
             version = excluded.version",
        bill.id,
        bill.room_id,
        bill.currency.as_str(),
        bill.state.as_str(),
        bill.version,
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    sqlx::query!(
        "insert into bill_item (bill_id, expense_id, position, amount_minor)
         select $1, expense_id, place::integer, amount_minor
         from unnest($2::bigint[], $3::bigint[]) with ordinality as given (expense_id, amount_minor, place)",
        bill.id,
        &expense_ids,
        &amounts,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Notes that a bill was released which was never allocated, so that an allocation that comes late is refused; false
/// when it was allocated meanwhile.
pub(crate) async fn release_unknown(
    conn: &mut PgConnection,
    bill_id: i64,
    version: i32,
) -> Result<bool, Fault> {
    let noted = sqlx::query!(
        "insert into bill (id, room_id, currency, state, version)
         values ($1, 0, 'CNY', 'released', $2)
         on conflict on constraint bill_pkey do update
         set version = greatest(bill.version, excluded.version)
         where bill.room_id = 0",
        bill_id,
        version,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(noted.rows_affected() == 1)
}

/// Takes a step from one state to another; false when the bill is in another state.
pub(crate) async fn step(
    conn: &mut PgConnection,
    bill_id: i64,
    from: State,
    to: State,
) -> Result<bool, Fault> {
    let updated = sqlx::query!(
        "update bill set state = $3 where id = $1 and state = $2",
        bill_id,
        from.as_str(),
        to.as_str(),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(updated.rows_affected() == 1)
}

/// What a bill that is not released takes of an expense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) bill_id: i64,
    pub(crate) expense_id: i64,
    pub(crate) amount: Minor,
    pub(crate) is_sealed: bool,
}

/// Lists what bills take of expenses. *Shape*: sorted by expense, then bill.
pub(crate) async fn taken(conn: &mut PgConnection, expense_ids: &[i64]) -> Result<Vec<Taken>, Fault> {
    let rows = sqlx::query!(
        r#"select item.bill_id, item.expense_id, item.amount_minor, bill.state = 'sealed' as "is_sealed!"
         from bill_item as item
         join bill on bill.id = item.bill_id
         where item.expense_id = any($1)
           and bill.state <> 'released'
         order by item.expense_id, item.bill_id"#,
        expense_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let read = rows.into_iter().map(|row| Taken {
        bill_id: row.bill_id,
        expense_id: row.expense_id,
        amount: Minor::new(row.amount_minor),
        is_sealed: row.is_sealed,
    });
    Ok(read.collect())
}

/// Reads the parts that sealed bills hold of expenses, by bill. *Shape*: each sorted by expense, then user.
pub(crate) async fn parts_of_expenses(
    conn: &mut PgConnection,
    expense_ids: &[i64],
) -> Result<BTreeMap<i64, Vec<BillPart>>, Fault> {
    let rows = sqlx::query!(
        "select bill_id, expense_id, user_id, laid_out_minor, share_minor, debt_minor, paid_minor
         from bill_part
         where expense_id = any($1)
         order by bill_id, expense_id, user_id",
        expense_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let mut parts: BTreeMap<i64, Vec<BillPart>> = BTreeMap::new();
    for row in rows {
        parts.entry(row.bill_id).or_default().push(BillPart {
            expense_id: row.expense_id,
            user_id: row.user_id,
            laid_out: Minor::new(row.laid_out_minor),
            share: Minor::new(row.share_minor),
            debt: Minor::new(row.debt_minor),
            paid: Minor::new(row.paid_minor),
        });
    }
    Ok(parts)
}

/// A user's share of a bill that is about to be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SealedShare {
    pub(crate) part: Part,
    /// Sorted.
    pub(crate) payee_user_ids: Vec<i64>,
}

/// Writes the division of a sealed bill. *Locks*: needs `ledger::lock`.
pub(crate) async fn write_division(
    conn: &mut PgConnection,
    bill_id: i64,
    parts: &[BillPart],
    shares: &[SealedShare],
) -> Result<(), Fault> {
    let expense_ids: Vec<i64> = parts.iter().map(|part| part.expense_id).collect();
    let user_ids: Vec<i64> = parts.iter().map(|part| part.user_id).collect();
    let amounts = |of: fn(&BillPart) -> Minor| parts.iter().map(|part| of(part).get()).collect::<Vec<i64>>();
    sqlx::query!(
        "insert into bill_part (bill_id, expense_id, user_id, laid_out_minor, share_minor, debt_minor, paid_minor)
         select $1, expense_id, user_id, laid_out_minor, share_minor, debt_minor, paid_minor
         from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
             as given (expense_id, user_id, laid_out_minor, share_minor, debt_minor, paid_minor)",
        bill_id,
        &expense_ids,
        &user_ids,
        &amounts(|part| part.laid_out),
        &amounts(|part| part.share),
        &amounts(|part| part.debt),
        &amounts(|part| part.paid),
    )
    .execute(&mut *conn)
    .await
    .or_fault()?;
    let user_ids: Vec<i64> = shares.iter().map(|share| share.part.user_id).collect();
    let amounts: Vec<i64> = shares.iter().map(|share| share.part.amount.get()).collect();
    let payees: Vec<String> =
        shares.iter().map(|share| super::insertion::array_text(&share.payee_user_ids)).collect();
    sqlx::query!(
        "insert into bill_share (bill_id, user_id, amount_minor, payee_user_ids)
         select $1, user_id, amount_minor, payees::bigint[]
         from unnest($2::bigint[], $3::bigint[], $4::text[]) as given (user_id, amount_minor, payees)",
        bill_id,
        &user_ids,
        &amounts,
        &payees,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

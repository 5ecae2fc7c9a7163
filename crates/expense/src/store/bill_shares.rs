//! What of the shares of sealed bills has been handed over.
//!
//! Debts and payments of a share are sums over its parts. The rule not to be broken: a part is marked in the
//! transaction in which the expense's share behind it is.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use money::Minor;
use sqlx::PgConnection;

use super::bills::BillPart;

/// Marks a user's parts of an expense as handed over: in one bill, or in every bill that holds the expense.
pub(crate) async fn mark_parts_paid(
    conn: &mut PgConnection,
    expense_id: i64,
    user_id: i64,
    only_bill: Option<i64>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update bill_part
         set paid_minor = debt_minor
         where expense_id = $1
           and user_id = $2
           and ($3::bigint is null or bill_id = $3)",
        expense_id,
        user_id,
        only_bill,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Writes the lower debts of parts, by bill. *Locks*: needs `ledger::lock`.
pub(crate) async fn lower_debts(conn: &mut PgConnection, lowered: &[(i64, BillPart)]) -> Result<(), Fault> {
    let bill_ids: Vec<i64> = lowered.iter().map(|(bill_id, _)| *bill_id).collect();
    let column = |of: fn(&BillPart) -> i64| lowered.iter().map(|(_, part)| of(part)).collect::<Vec<i64>>();
    sqlx::query!(
        "update bill_part
         set debt_minor = given.debt_minor
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
             as given (bill_id, expense_id, user_id, debt_minor)
         where bill_part.bill_id = given.bill_id
           and bill_part.expense_id = given.expense_id
           and bill_part.user_id = given.user_id",
        &bill_ids,
        &column(|part| part.expense_id),
        &column(|part| part.user_id),
        &column(|part| part.debt.get()),
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Writes by whose word a user's bill shares are paid, for those of the given bills that are paid by now and
/// have nobody's word yet.
pub(crate) async fn confirm_shares(
    conn: &mut PgConnection,
    expense_ids: &[i64],
    user_id: i64,
    confirmed: (i64, DateTime<Utc>),
) -> Result<(), Fault> {
    sqlx::query!(
        "update bill_share
         set confirmed_by = $3, confirmed_at = $4
         where user_id = $2
           and confirmed_at is null
           and bill_id in (select bill_id from bill_part where expense_id = any($1) and user_id = $2)
           and not exists (
               select part.bill_id
               from bill_part as part
               where part.bill_id = bill_share.bill_id
                 and part.user_id = bill_share.user_id
                 and part.paid_minor < part.debt_minor
           )",
        expense_ids,
        user_id,
        confirmed.0,
        confirmed.1,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// A user's share of a sealed bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) bill_id: i64,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) debt_minor: i64,
    pub(crate) paid_minor: i64,
    pub(crate) is_frozen: bool,
    pub(crate) payee_user_ids: Vec<i64>,
    pub(crate) confirmed_by: Option<i64>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
}

/// Reads the shares of sealed bills. *Shape*: sorted by bill, then user.
pub(crate) async fn shares(conn: &mut PgConnection, bill_ids: &[i64]) -> Result<Vec<Share>, Fault> {
    sqlx::query_as!(
        Share,
        r#"select
             share.bill_id,
             share.user_id,
             share.amount_minor,
             coalesce(sum(part.debt_minor), 0)::bigint as "debt_minor!",
             coalesce(sum(part.paid_minor), 0)::bigint as "paid_minor!",
             exists (
                 select dispute.id
                 from dispute
                 where dispute.status = 'open'
                   and dispute.debtor_user_id = share.user_id
                   and (
                       dispute.bill_id = share.bill_id
                       or dispute.expense_id in (
                           select behind.expense_id
                           from bill_part as behind
                           where behind.bill_id = share.bill_id
                             and behind.user_id = share.user_id
                       )
                   )
             ) as "is_frozen!",
             share.payee_user_ids,
             share.confirmed_by,
             share.confirmed_at
         from bill_share as share
         left join bill_part as part on part.bill_id = share.bill_id and part.user_id = share.user_id
         where share.bill_id = any($1)
         group by share.bill_id, share.user_id
         order by share.bill_id, share.user_id"#,
        bill_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Reads a user's parts of a sealed bill. *Shape*: sorted by expense.
pub(crate) async fn parts_of_user(
    conn: &mut PgConnection,
    bill_id: i64,
    user_id: i64,
) -> Result<Vec<BillPart>, Fault> {
    let rows = sqlx::query!(
        "select expense_id, laid_out_minor, share_minor, debt_minor, paid_minor
         from bill_part
         where bill_id = $1
           and user_id = $2
         order by expense_id",
        bill_id,
        user_id,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let read = rows.into_iter().map(|row| BillPart {
        expense_id: row.expense_id,
        user_id,
        laid_out: Minor::new(row.laid_out_minor),
        share: Minor::new(row.share_minor),
        debt: Minor::new(row.debt_minor),
        paid: Minor::new(row.paid_minor),
    });
    Ok(read.collect())
}

impl Share {
    /// Tells whether there was a debt behind it and all of it has been handed over.
    pub(crate) const fn is_paid(&self) -> bool {
        self.debt_minor > 0 && self.paid_minor >= self.debt_minor
    }
}

//! What a member's balance is made of, expense by expense.
//!
//! The newest lines are listed, older ones are summed up by the database. Settlements are read in
//! `settlements`.

use chrono::NaiveDate;
use durable::OnConstraint as _;
use fault::Fault;
use money::Minor;
use sqlx::PgConnection;

use super::settlements::Of;
use crate::domain::explain::Line;

/// A line as the database gives it.
struct Row {
    expense_id: i64,
    title: String,
    date: NaiveDate,
    paid_minor: i64,
    owed_minor: i64,
}

/// Makes the transaction see one instant, whatever others commit meanwhile. Its first statement.
pub(crate) async fn stand_still(conn: &mut PgConnection) -> Result<(), Fault> {
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(conn)
        .await
        .or_fault()?;
    Ok(())
}

/// Reads the newest expenses in which a user paid or shares, in one currency. *Shape*: newest date first.
pub(crate) async fn lines(conn: &mut PgConnection, of: Of<'_>, limit: i64) -> Result<Vec<Line>, Fault> {
    let rows = sqlx::query_as!(
        Row,
        r#"select
             expense.id as expense_id,
             expense.title,
             expense.date,
             coalesce(payer.amount_minor, 0) as "paid_minor!",
             coalesce(split.amount_minor, 0) as "owed_minor!"
         from expense
         left join expense_payer as payer on payer.expense_id = expense.id and payer.user_id = $2
         left join expense_split as split on split.expense_id = expense.id and split.user_id = $2
         where expense.room_id = $1
           and expense.deleted_at is null
           and expense.currency = $3
           and (payer.user_id is not null or split.user_id is not null)
         order by expense.date desc, expense.id desc
         limit $4"#,
        of.room_id,
        of.user_id,
        of.currency,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let line = |row: Row| Line {
        expense_id: row.expense_id,
        title: row.title,
        date: row.date,
        paid: Minor::new(row.paid_minor),
        owed: Minor::new(row.owed_minor),
    };
    Ok(rows.into_iter().map(line).collect())
}

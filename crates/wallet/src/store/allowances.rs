//! The statements about what is used of a day's limits, with how the payment passwords behind them stand.
//!
//! They are written with the batch that uses them (`transfers`). The rule not to be broken: rows are read and written by
//! whoever holds the locks of their users' accounts.

use durable::OnConstraint as _;
use fault::Fault;
use money::Minor;
use sqlx::PgConnection;

use crate::domain::Allowance;

/// Reads the allowances of users; one without a row has spent nothing and set no password.
pub(crate) async fn read(conn: &mut PgConnection, user_ids: &[i64]) -> Result<Vec<(i64, Allowance)>, Fault> {
    let rows = sqlx::query!(
        r#"select wanted.user_id as "user_id!", used.day as "day?", used.spent_minor as "spent_minor?",
                used.unproven_minor as "unproven_minor?", password.version as "version?",
                password.locked_until as "locked_until?"
         from unnest($1::bigint[]) as wanted (user_id)
         left join lateral (
             select day, spent_minor, unproven_minor
             from allowance
             where user_id = wanted.user_id
             limit 1
         ) as used on true
         left join lateral (
             select version, locked_until
             from payment_password
             where user_id = wanted.user_id
             limit 1
         ) as password on true"#,
        user_ids,
    )
    .fetch_all(conn)
    .await
    .or_fault()?;
    let read = rows.into_iter().map(|row| {
        let allowance = Allowance {
            day: row.day.unwrap_or_default(),
            spent: Minor::new(row.spent_minor.unwrap_or_default()),
            unproven: Minor::new(row.unproven_minor.unwrap_or_default()),
            password_version: row.version,
            locked_until: row.locked_until,
        };
        (row.user_id, allowance)
    });
    Ok(read.collect())
}

//! The statements about what is used of a day's limits, with how the payment passwords behind them stand.
//!
//! The rule not to be broken: rows are written by whoever holds the locks of their users' accounts.

use std::collections::BTreeMap;

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

/// Writes allowances over what was there. *Locks*: needs the locks of the users' accounts.
pub(crate) async fn write(
    conn: &mut PgConnection,
    allowances: &BTreeMap<i64, Allowance>,
) -> Result<(), Fault> {
    let user_ids: Vec<i64> = allowances.keys().copied().collect();
    let days: Vec<chrono::NaiveDate> = allowances.values().map(|it| it.day).collect();
    let spent: Vec<i64> = allowances.values().map(|it| it.spent.get()).collect();
    let unproven: Vec<i64> = allowances.values().map(|it| it.unproven.get()).collect();
    sqlx::query!(
        "insert into allowance (user_id, day, spent_minor, unproven_minor)
         select user_id, day, spent_minor, unproven_minor
         from unnest($1::bigint[], $2::date[], $3::bigint[], $4::bigint[])
             as new (user_id, day, spent_minor, unproven_minor)
         on conflict on constraint allowance_pkey do update
         set day = excluded.day, spent_minor = excluded.spent_minor, unproven_minor = excluded.unproven_minor",
        &user_ids,
        &days,
        &spent,
        &unproven,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

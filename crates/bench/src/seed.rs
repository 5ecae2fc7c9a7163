//! A room with as many expenses as one likes, written in sets straight into the expense service's database.
//!
//! The rows are those that the service itself would have written, one a minute of some years, four equal shares
//! each, the payer going round; only the history's snapshots are empty. Counts, blocks and balances come from the
//! functions that the service's migrations keep for rooms filled by hand. The rule not to be broken: what was
//! seeded is checked afterwards through the public API.

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use crate::{databases::Databases, http::Connection, people::FLATMATES};

/// Rows of one statement.
const CHUNK: i64 = 20_000;
/// An expense and its four splits take five ids.
const IDS_EACH: i64 = 5;
/// Seeded ids begin where those of the clock did, in the first minutes of 2026, so that no id is made twice.
const FIRST_ID: i64 = 1;
/// Shares run from this one upwards and begin anew, in hundredths.
const SHARE_MINOR_MIN: i64 = 100;
const SHARES: i64 = 5_000;
/// Expenses of a day.
const PER_DAY: i64 = 1_000;

/// A room to be filled: its id, its members, with how many expenses, and after how many of another room.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) room_id: i64,
    pub(crate) after: i64,
    pub(crate) members: Vec<i64>,
    pub(crate) expenses: i64,
}

/// Fills a room that has no expense yet. Shows progress.
pub(crate) async fn fill(databases: &Databases, plan: &Plan) -> Result<()> {
    ensure!(plan.members.len() == FLATMATES, "a room is seeded for {FLATMATES} people");
    let first_id = plan.after.saturating_mul(IDS_EACH).saturating_add(FIRST_ID);
    let progress = progress(plan.expenses);
    let mut conn = databases.connect("expense").await?;
    sqlx::query!("select set_config('synchronous_commit', 'off', false)").fetch_one(&mut conn).await?;
    let mut from = 0;
    while from < plan.expenses {
        let until = plan.expenses.min(from.saturating_add(CHUNK));
        let mut tx = conn.begin().await?;
        expenses(&mut tx, plan, first_id, (from, until)).await?;
        shares(&mut tx, plan, first_id, (from, until)).await?;
        tx.commit().await?;
        progress.set_position(u64::try_from(until).unwrap_or_default());
        from = until;
    }
    progress.set_message("counting");
    recount(&mut conn, plan.room_id).await?;
    progress.finish_and_clear();
    Ok(conn.close().await?)
}

/// Leaves the tables as they are after some time of use: analysed, and clean for readers.
pub(crate) async fn settle(databases: &Databases) -> Result<()> {
    let mut conn = databases.connect("expense").await?;
    sqlx::query!("vacuum analyze expense, expense_payer, expense_split, expense_block, balance, room_ledger")
        .execute(&mut conn)
        .await?;
    Ok(conn.close().await?)
}

fn progress(expenses: i64) -> ProgressBar {
    let style = ProgressStyle::with_template("==> seeding [{bar:32}] {pos}/{len} expenses {msg} {elapsed}");
    ProgressBar::new(u64::try_from(expenses).unwrap_or_default())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

async fn expenses(
    conn: &mut PgConnection,
    plan: &Plan,
    first_id: i64,
    (from, until): (i64, i64),
) -> Result<()> {
    sqlx::query!(
        "with written as (
             insert into expense (
                 id, room_id, title, amount_minor, currency, category, description, date, split_type, paid_by,
                 created_by, created_at, updated_at, has_open_debt
             )
             select
                 $1::bigint + n * $8, $2, 'Groceries ' || n, 4 * ($6::bigint + n % $7), 'CNY', 'food',
                 'two bags from the market', date '2022-01-01' + (n / $9::bigint)::integer, 'equal',
                 ($3::bigint[])[n % 4 + 1], ($3::bigint[])[n % 4 + 1],
                 timestamptz '2022-01-01 00:00:00+00' + n * interval '1 minute',
                 timestamptz '2022-01-01 00:00:00+00' + n * interval '1 minute',
                 true
             from generate_series($4::bigint, $5::bigint - 1) as n
             returning id, paid_by, amount_minor, created_at
         ),
         laid_out as (
             insert into expense_payer (expense_id, user_id, amount_minor)
             select id, paid_by, amount_minor
             from written
         )
         insert into expense_history (expense_id, version, action, actor_user_id, at, snapshot)
         select id, 1, 'created', paid_by, created_at, ''::bytea
         from written",
        first_id,
        plan.room_id,
        &plan.members,
        from,
        until,
        SHARE_MINOR_MIN,
        SHARES,
        IDS_EACH,
        PER_DAY,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn shares(
    conn: &mut PgConnection,
    plan: &Plan,
    first_id: i64,
    (from, until): (i64, i64),
) -> Result<()> {
    sqlx::query!(
        "insert into expense_split (expense_id, user_id, id, amount_minor, debt_minor)
         select
             $1::bigint + n * $7, member.user_id, $1::bigint + n * $7 + member.place, $5::bigint + n % $6,
             case when member.place = n % 4 + 1 then 0 else $5::bigint + n % $6 end
         from generate_series($3::bigint, $4::bigint - 1) as n
         cross join unnest($2::bigint[]) with ordinality as member (user_id, place)",
        first_id,
        &plan.members,
        from,
        until,
        SHARE_MINOR_MIN,
        SHARES,
        IDS_EACH,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn recount(conn: &mut PgConnection, room_id: i64) -> Result<()> {
    sqlx::query!("select recount_expenses($1)", room_id).fetch_one(&mut *conn).await?;
    sqlx::query!("select recount_balances($1)", room_id).fetch_one(&mut *conn).await?;
    Ok(())
}

/// Works out what each member's balance must be, in hundredths. *Shape*: in the order of the plan's members.
pub(crate) fn expected_balances(plan: &Plan) -> Vec<i64> {
    let share = |n: i64| SHARE_MINOR_MIN.saturating_add(n % SHARES);
    let owed: i64 = (0..plan.expenses).map(share).sum();
    let people = i64::try_from(FLATMATES).unwrap_or(1);
    let paid = |place: i64| -> i64 {
        (0..plan.expenses).filter(|n| n % people == place).map(|n| share(n).saturating_mul(people)).sum()
    };
    (0..people).map(|place| paid(place).saturating_sub(owed)).collect()
}

/// Compares count and balances of a room with what was seeded, through the public API.
pub(crate) async fn verify(connection: &mut Connection, plan: &Plan) -> Result<()> {
    let path = format!("/api/expenses?room_id={}&limit=1", plan.room_id);
    let listed = connection.get(&path).await?.json()?;
    let total = listed.pointer("/pagination/total").and_then(Value::as_i64);
    ensure!(total == Some(plan.expenses), "{} expenses were seeded, the API counts {total:?}", plan.expenses);
    let answer = connection.get(&format!("/api/rooms/{}/balances", plan.room_id)).await?.json()?;
    let rows = answer.get("data").and_then(Value::as_array).context("the balances are no list")?;
    for (member, expected) in plan.members.iter().zip(expected_balances(plan)) {
        let of_member = |row: &&Value| row.get("user_id").and_then(Value::as_i64) == Some(*member);
        let balance = rows.iter().find(of_member).and_then(|row| row.get("balance")).map(ToString::to_string);
        let expected = two_decimals(expected);
        let is_equal = balance.as_deref().is_some_and(|text| same_number(text, &expected));
        ensure!(is_equal, "user {member} should have a balance of {expected}, the API says {balance:?}");
    }
    Ok(())
}

/// Writes hundredths as a decimal number, such as `-0.05`.
pub(crate) fn two_decimals(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, part) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    format!("{sign}{whole}.{part:02}")
}

/// A parser may have taken the last zero off a JSON number.
fn same_number(text: &str, expected: &str) -> bool {
    text == expected || format!("{text}0") == expected
}

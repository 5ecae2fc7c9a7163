//! Sums over living expenses, in CNY.
//!
//! All figures come from the rows that balances come from. The rule not to be broken: a filter of rooms is
//! always given; only the administrator's totals look at every room.

use chrono::NaiveDate;
use durable::OnConstraint as _;
use fault::Fault;
use sqlx::PgConnection;

/// Which rooms and days are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) room_ids: Vec<i64>,
    /// Inclusive.
    pub(crate) start_date: Option<NaiveDate>,
    /// Inclusive.
    pub(crate) end_date: Option<NaiveDate>,
}

/// A sum and how many expenses it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) amount_minor: i64,
    pub(crate) count: i64,
}

/// One user's shares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserTotal {
    pub(crate) count: i64,
    pub(crate) amount_minor: i64,
    /// What of the shares is still owed to others.
    pub(crate) owed_minor: i64,
}

/// A category's sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Category {
    pub(crate) category: String,
    pub(crate) amount_minor: i64,
    pub(crate) count: i64,
}

/// A month's sum; the month is written YYYY-MM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    pub(crate) month: String,
    pub(crate) amount_minor: i64,
}

/// Sums a user's shares up.
pub(crate) async fn user_total(
    conn: &mut PgConnection,
    range: &Range,
    user_id: i64,
) -> Result<UserTotal, Fault> {
    sqlx::query_as!(
        UserTotal,
        r#"select
             count(expense.id) as "count!",
             coalesce(sum(split.amount_minor), 0)::bigint as "amount_minor!",
             coalesce(sum(greatest(split.debt_minor - split.paid_minor, 0)), 0)::bigint as "owed_minor!"
         from expense
         join expense_split as split on split.expense_id = expense.id and split.user_id = $2
         where expense.room_id = any($1)
           and expense.deleted_at is null
           and expense.currency = 'CNY'
           and ($3::date is null or expense.date >= $3)
           and ($4::date is null or expense.date <= $4)"#,
        &range.room_ids,
        user_id,
        range.start_date,
        range.end_date,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Sums a user's shares up by category. *Shape*: largest first, then by name.
pub(crate) async fn user_categories(
    conn: &mut PgConnection,
    range: &Range,
    user_id: i64,
) -> Result<Vec<Category>, Fault> {
    sqlx::query_as!(
        Category,
        r#"select
             expense.category,
             sum(split.amount_minor)::bigint as "amount_minor!",
             count(expense.id) as "count!"
         from expense
         join expense_split as split on split.expense_id = expense.id and split.user_id = $2
         where expense.room_id = any($1)
           and expense.deleted_at is null
           and expense.currency = 'CNY'
           and ($3::date is null or expense.date >= $3)
           and ($4::date is null or expense.date <= $4)
         group by expense.category
         order by sum(split.amount_minor) desc, expense.category"#,
        &range.room_ids,
        user_id,
        range.start_date,
        range.end_date,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Sums a user's shares up by month. *Shape*: oldest first.
pub(crate) async fn user_months(
    conn: &mut PgConnection,
    range: &Range,
    user_id: i64,
) -> Result<Vec<Month>, Fault> {
    sqlx::query_as!(
        Month,
        r#"select
             to_char(expense.date, 'YYYY-MM') as "month!",
             sum(split.amount_minor)::bigint as "amount_minor!"
         from expense
         join expense_split as split on split.expense_id = expense.id and split.user_id = $2
         where expense.room_id = any($1)
           and expense.deleted_at is null
           and expense.currency = 'CNY'
           and ($3::date is null or expense.date >= $3)
           and ($4::date is null or expense.date <= $4)
         group by 1
         order by 1"#,
        &range.room_ids,
        user_id,
        range.start_date,
        range.end_date,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Sums the expenses of rooms up.
pub(crate) async fn room_total(conn: &mut PgConnection, range: &Range) -> Result<Total, Fault> {
    sqlx::query_as!(
        Total,
        r#"select coalesce(sum(amount_minor), 0)::bigint as "amount_minor!", count(id) as "count!"
         from expense
         where room_id = any($1)
           and deleted_at is null
           and currency = 'CNY'
           and ($2::date is null or date >= $2)
           and ($3::date is null or date <= $3)"#,
        &range.room_ids,
        range.start_date,
        range.end_date,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

/// Sums the expenses of rooms up by category. *Shape*: largest first, then by name.
pub(crate) async fn room_categories(conn: &mut PgConnection, range: &Range) -> Result<Vec<Category>, Fault> {
    sqlx::query_as!(
        Category,
        r#"select category, sum(amount_minor)::bigint as "amount_minor!", count(id) as "count!"
         from expense
         where room_id = any($1)
           and deleted_at is null
           and currency = 'CNY'
           and ($2::date is null or date >= $2)
           and ($3::date is null or date <= $3)
         group by category
         order by sum(amount_minor) desc, category"#,
        &range.room_ids,
        range.start_date,
        range.end_date,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// What a member laid out and consumed in a range of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user_id: i64,
    pub(crate) paid_minor: i64,
    pub(crate) owed_minor: i64,
}

/// Sums up what each member of a room laid out or handed over, and consumed or received, in a range of days.
pub(crate) async fn members(conn: &mut PgConnection, range: &Range) -> Result<Vec<Member>, Fault> {
    sqlx::query_as!(
        Member,
        r#"select
             user_id as "user_id!",
             sum(paid_minor)::bigint as "paid_minor!",
             sum(owed_minor)::bigint as "owed_minor!"
         from balance_from_rows
         where room_id = any($1)
           and currency = 'CNY'
           and ($2::date is null or date >= $2)
           and ($3::date is null or date <= $3)
         group by user_id
         order by user_id"#,
        &range.room_ids,
        range.start_date,
        range.end_date,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Sums every living expense of every room up.
pub(crate) async fn system_total(conn: &mut PgConnection) -> Result<Total, Fault> {
    sqlx::query_as!(
        Total,
        r#"select coalesce(sum(amount_minor), 0)::bigint as "amount_minor!", count(id) as "count!"
         from expense
         where deleted_at is null
           and currency = 'CNY'"#,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

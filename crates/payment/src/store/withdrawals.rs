//! The statements of withdrawals, their history, and what was said to a provider about them.
//!
//! The rule not to be broken: a step names the stage that it starts from, and is written into history in the same
//! transaction, so that two who carry out the same withdrawal make one step.

use chrono::{DateTime, Utc};
use durable::OnConstraint as _;
use fault::Fault;
use serde_json::Value;
use sqlx::PgConnection;

use crate::domain::{PayoutStage, WithdrawMethod, WithdrawalStatus};

/// A withdrawal as its row has it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) withdrawal_no: String,
    pub(crate) user_id: i64,
    pub(crate) amount_minor: i64,
    pub(crate) fee_minor: i64,
    pub(crate) currency: String,
    pub(crate) method: String,
    pub(crate) channel: String,
    pub(crate) account_name: String,
    pub(crate) account_number: String,
    pub(crate) bank_name: String,
    pub(crate) bank_code: String,
    pub(crate) reason: String,
    pub(crate) status: String,
    pub(crate) stage: String,
    pub(crate) hold_id: Option<i64>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) failure_code: Option<String>,
    pub(crate) failure: String,
    pub(crate) sends: i32,
    /// Of the last sending whose answer is not known.
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

impl Row {
    /// Gives the state.
    pub(crate) fn status(&self) -> WithdrawalStatus {
        // The column's CHECK knows the same words.
        WithdrawalStatus::parse(&self.status).unwrap_or(WithdrawalStatus::Failed)
    }

    /// Gives how far the money is.
    pub(crate) fn stage(&self) -> PayoutStage {
        PayoutStage::parse(&self.stage).unwrap_or(PayoutStage::New)
    }

    /// Gives where the user wants his money.
    pub(crate) fn method(&self) -> WithdrawMethod {
        WithdrawMethod::parse(&self.method).unwrap_or(WithdrawMethod::Alipay)
    }
}

/// Writes a new withdrawal. *Errors*: retryable, if its number is taken.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    row: &Row,
    next_try_at: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into withdrawal (
             id, withdrawal_no, user_id, amount_minor, fee_minor, currency, method, channel, account_name,
             account_number, bank_name, bank_code, reason, status, stage, next_try_at, created_at, updated_at
         )
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)",
        row.id,
        row.withdrawal_no,
        row.user_id,
        row.amount_minor,
        row.fee_minor,
        row.currency,
        row.method,
        row.channel,
        row.account_name,
        row.account_number,
        row.bank_name,
        row.bank_code,
        row.reason,
        row.status,
        row.stage,
        next_try_at,
        row.created_at,
    )
    .execute(conn)
    .await
    .on_constraint("withdrawal_withdrawal_no_key", || Fault::conflict("try again").with_retryable())?;
    Ok(())
}

/// Finds a withdrawal.
pub(crate) async fn by_id(conn: &mut PgConnection, id: i64) -> Result<Option<Row>, Fault> {
    sqlx::query_file_as!(Row, "src/store/withdrawal_by_id.sql", id).fetch_optional(conn).await.or_fault()
}

/// A step of the money of a withdrawal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) from: PayoutStage,
    pub(crate) to: PayoutStage,
    pub(crate) status: WithdrawalStatus,
    pub(crate) hold_id: Option<i64>,
    pub(crate) transaction_id: Option<&'a str>,
    /// Code and text.
    pub(crate) failure: Option<(&'a str, &'a str)>,
}

/// Makes a step of an open withdrawal; false if it is elsewhere. A step to `sent` is the first sending.
///
/// *Errors*: `DUPLICATE_ENTRY` if the provider's number is that of another one.
pub(crate) async fn step(
    conn: &mut PgConnection,
    id: i64,
    step: &Step<'_>,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update withdrawal
         set stage = $3, status = $4, hold_id = coalesce($5, hold_id), transaction_id = coalesce($6, transaction_id),
             failure_code = coalesce($7, failure_code), failure = coalesce($8, failure),
             sends = case when $3 = 'sent' then 1 else sends end,
             sent_at = case when $3 = 'sent' then $9 else sent_at end,
             finished_at = case when $4 in ('success', 'failed') then $9::timestamptz end,
             next_try_at = case when $4 in ('success', 'failed') then null else next_try_at end,
             version = version + 1, updated_at = $9
         where id = $1 and stage = $2 and status in ('pending', 'processing')",
        id,
        step.from.as_str(),
        step.to.as_str(),
        step.status.as_str(),
        step.hold_id,
        step.transaction_id,
        step.failure.map(|failure| failure.0),
        step.failure.map(|failure| failure.1),
        now,
    )
    .execute(conn)
    .await
    .on_constraint("withdrawal_transaction_key", || {
        Fault::duplicate("transaction_id", "is the number of another withdrawal")
    })?;
    Ok(done.rows_affected() == 1)
}

/// Takes the right to send once more; false if somebody else has sent since.
pub(crate) async fn send_again(
    conn: &mut PgConnection,
    id: i64,
    sends: i32,
    now: DateTime<Utc>,
) -> Result<bool, Fault> {
    let done = sqlx::query!(
        "update withdrawal
         set sends = sends + 1, sent_at = $3, version = version + 1, updated_at = $3
         where id = $1 and sends = $2 and stage = 'sent' and status = 'processing'",
        id,
        sends,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the last sending was answered, and did nothing: in doubt is the one before, of that time.
pub(crate) async fn doubt(
    conn: &mut PgConnection,
    id: i64,
    sends: i32,
    earlier: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "update withdrawal set sent_at = $3 where id = $1 and sends = $2 and stage = 'sent'",
        id,
        sends,
        earlier,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// A mark in the life of a withdrawal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark<'a> {
    pub(crate) withdrawal_id: i64,
    pub(crate) from: Option<WithdrawalStatus>,
    pub(crate) to: WithdrawalStatus,
    pub(crate) stage: PayoutStage,
    pub(crate) actor: &'a str,
    pub(crate) detail: &'a str,
}

/// Writes a mark.
pub(crate) async fn mark(conn: &mut PgConnection, mark: Mark<'_>, now: DateTime<Utc>) -> Result<(), Fault> {
    sqlx::query!(
        "insert into withdrawal_history (withdrawal_id, from_status, to_status, stage, actor, detail, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        mark.withdrawal_id,
        mark.from.map(WithdrawalStatus::as_str),
        mark.to.as_str(),
        mark.stage.as_str(),
        mark.actor,
        mark.detail,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// What was exchanged with a provider about a withdrawal.
#[derive(Clone, Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) withdrawal_id: i64,
    pub(crate) channel: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) http_status: Option<i32>,
    pub(crate) outcome: String,
    pub(crate) answer: Value,
}

/// Keeps what was exchanged with a provider (003-R06).
pub(crate) async fn record(
    conn: &mut PgConnection,
    exchange: &Exchange<'_>,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    sqlx::query!(
        "insert into payment_record (withdrawal_id, method, operation, http_status, outcome, answer, at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        exchange.withdrawal_id,
        exchange.channel,
        exchange.operation,
        exchange.http_status,
        exchange.outcome,
        exchange.answer,
        now,
    )
    .execute(conn)
    .await
    .or_fault()?;
    Ok(())
}

/// Takes open withdrawals that are due, the oldest first, and puts each off to `until`.
///
/// *Locks*: their rows, leaving out those that somebody works on.
pub(crate) async fn take_due(
    conn: &mut PgConnection,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<i64>, Fault> {
    sqlx::query_scalar!(
        "update withdrawal
         set next_try_at = $2, tries = tries + 1
         where id in (
             select id
             from withdrawal
             where status in ('pending', 'processing') and next_try_at <= $1
             order by next_try_at
             limit $3
             for update skip locked
         )
         returning id",
        now,
        until,
        limit,
    )
    .fetch_all(conn)
    .await
    .or_fault()
}

/// Open withdrawals that began before an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub(crate) count: i64,
    /// What they are about. *Units*: hundredths of CNY.
    pub(crate) sum_minor: i64,
    /// The number of the oldest one.
    pub(crate) oldest: Option<String>,
}

/// Counts open withdrawals that began before an instant.
pub(crate) async fn stuck(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<Stuck, Fault> {
    sqlx::query_as!(
        Stuck,
        r#"select count(*) as "count!", coalesce(sum(amount_minor), 0)::bigint as "sum_minor!",
                  (array_agg(withdrawal_no order by created_at))[1] as oldest
           from withdrawal
           where status in ('pending', 'processing') and created_at < $1"#,
        before,
    )
    .fetch_one(conn)
    .await
    .or_fault()
}

//! Carrying out a withdrawal, step by step; whoever comes next goes on where the last one stopped.
//!
//! The stages stand in `domain::withdrawal`. Each is committed before the step behind it is made, with history and
//! audit, and each step may be made twice: wallet and provider know the withdrawal's number. The rules not to be broken:
//! one that the provider may have got is asked about before it is sent again, always with the same number; nothing is
//! given back before the provider says that it was not paid; the ledger follows the money, never goes before it.

use chrono::{DateTime, Utc};
use durable::audit::{self, Actor, Entry};
use fault::{Code, Fault};
use money::Minor;
use serde_json::json;

use super::asking;
use crate::{
    domain::{self, PayoutStage, WithdrawalStatus},
    providers::{Channel, Outcome, Payout, PayoutState, Provider, Refusal, Trouble},
    service::Service,
    store::withdrawals::{self, Exchange, Mark, Row, Step},
};

/// More steps than a withdrawal has.
const STEPS_MAX: usize = 8;
/// What the owner of the account reads.
const TITLE: &str = "提现";

/// Carries a withdrawal as far as it goes now. Gives it as it is afterwards.
///
/// *Idempotent*. *Errors*: of a partner that is away; the sweeper goes on.
pub(crate) async fn advance(service: &Service, id: i64) -> Result<Row, Fault> {
    for _ in 0..STEPS_MAX {
        let row = read(service, id).await?;
        if row.status().has_ended() {
            return Ok(row);
        }
        let goes_on = match row.stage() {
            PayoutStage::New => look_for_hold(service, &row).await?,
            PayoutStage::Held => send_first(service, &row).await?,
            PayoutStage::Sent => ask(service, &row).await?,
            PayoutStage::Paid => book(service, &row).await?,
            PayoutStage::Refused => give_back(service, &row).await?,
        };
        if !goes_on {
            break;
        }
    }
    read(service, id).await
}

/// Reads a withdrawal.
pub(crate) async fn read(service: &Service, id: i64) -> Result<Row, Fault> {
    let found = withdrawals::by_id(&mut *service.db.acquire().await?, id).await?;
    found.ok_or_else(|| Fault::not_found("withdrawal"))
}

/// Gives the provider that pays out. *Errors*: `THIRD_PARTY_ERROR`, while its channel is off.
pub(crate) fn provider(service: &Service) -> Result<&Provider, Fault> {
    let found = service.providers.get(Channel::Alipay);
    found.ok_or_else(|| Fault::new(Code::ThirdPartyError, "the channel for withdrawals is switched off"))
}

/// Prepares a step from where a withdrawal is, in the state that it has.
fn from(row: &Row, to: PayoutStage) -> Step<'static> {
    Step { from: row.stage(), to, status: row.status(), hold_id: None, transaction_id: None, failure: None }
}

/// Makes a step with history and audit, in one transaction; false if somebody else has made one.
async fn make(service: &Service, row: &Row, step: Step<'_>) -> Result<bool, Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    if !withdrawals::step(&mut tx, row.id, &step, now).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    let detail = step.failure.map(|(code, text)| format!("{code}: {text}")).unwrap_or_default();
    let mark = Mark {
        withdrawal_id: row.id,
        from: Some(row.status()),
        to: step.status,
        stage: step.to,
        actor: "system",
        detail: &detail,
    };
    withdrawals::mark(&mut tx, mark, now).await?;
    let after = json!({
        "status": step.status.as_str(),
        "stage": step.to.as_str(),
        "amount_minor": row.amount_minor,
        "failure": detail,
    });
    let entry = Entry {
        actor: Actor::System,
        action: "withdrawal.changed",
        subject: format!("withdrawal:{}", row.id),
        before: Some(json!({ "status": row.status, "stage": row.stage })),
        after: Some(after),
        client_address: None,
        request_id: None,
    };
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(true)
}

/// Notes that the wallet has set the money aside; false if somebody else was there before.
pub(crate) async fn held(service: &Service, row: &Row, hold_id: i64) -> Result<bool, Fault> {
    make(service, row, Step { hold_id: Some(hold_id), ..from(row, PayoutStage::Held) }).await
}

/// Notes that the wallet has refused to set money aside; false if somebody else was there before.
pub(crate) async fn unheld(service: &Service, row: &Row, failure: (&str, &str)) -> Result<bool, Fault> {
    make(service, row, Step { failure: Some(failure), ..from(row, PayoutStage::Refused) }).await
}

async fn finish(service: &Service, row: &Row, status: WithdrawalStatus) -> Result<bool, Fault> {
    let is_done = make(service, row, Step { status, ..from(row, row.stage()) }).await?;
    if is_done {
        metrics::counter!("withdrawals_total", "outcome" => status.as_str()).increment(1);
    }
    Ok(is_done)
}

/// Nobody knows whether the wallet has set the money aside: it is asked.
async fn look_for_hold(service: &Service, row: &Row) -> Result<bool, Fault> {
    if let Some(hold_id) = service.purse.find_hold(row).await? {
        held(service, row, hold_id).await?;
        return Ok(true);
    }
    if !domain::is_unheld(row.created_at, service.clock.now()) {
        return Ok(false);
    }
    let failure = (Code::ServiceUnavailable.as_str(), "the money was not set aside");
    unheld(service, row, failure).await?;
    Ok(true)
}

/// Sends it for the first time. Whoever makes the step is the one that sends; all others ask.
async fn send_first(service: &Service, row: &Row) -> Result<bool, Fault> {
    let step = Step { status: WithdrawalStatus::Processing, ..from(row, PayoutStage::Sent) };
    if make(service, row, step).await? {
        return send(service, &read(service, row.id).await?, None).await;
    }
    Ok(true)
}

/// Asks what became of a sending; one of which the provider knows nothing is sent again, by one at a time.
async fn ask(service: &Service, row: &Row) -> Result<bool, Fault> {
    let outcome = provider(service)?.query_payout(&row.withdrawal_no).await;
    keep(service, row, &outcome).await;
    let state = outcome.result.map_err(|error| asking::trouble(&error))?;
    if state != PayoutState::NotFound {
        return follow(service, row, state).await;
    }
    let (now, earlier) = (service.clock.now(), row.sent_at.unwrap_or(row.created_at));
    if !domain::may_send_again(earlier, now) {
        return Ok(false);
    }
    let is_ours = withdrawals::send_again(&mut *service.db.acquire().await?, row.id, row.sends, now).await?;
    if !is_ours {
        return Ok(false);
    }
    send(service, &read(service, row.id).await?, Some(earlier)).await
}

/// Sends it. `earlier` is when it was sent before without an answer.
async fn send(service: &Service, row: &Row, earlier: Option<DateTime<Utc>>) -> Result<bool, Fault> {
    let payout = Payout {
        out_no: row.withdrawal_no.clone(),
        amount: Minor::new(row.amount_minor.saturating_sub(row.fee_minor)),
        account: row.account_number.clone(),
        owner: row.account_name.clone(),
        title: TITLE.to_owned(),
    };
    let outcome = provider(service)?.payout(&payout).await;
    keep(service, row, &outcome).await;
    match outcome.result {
        Ok(state) => follow(service, row, state).await,
        Err(Trouble::Refused { reason, code, text }) => {
            tracing::warn!(withdrawal_id = row.id, code, text, "the provider refused withdrawal {}", row.id);
            if !is_final(service, earlier, reason) {
                if let Some(earlier) = earlier {
                    let mut conn = service.db.acquire().await?;
                    withdrawals::doubt(&mut conn, row.id, row.sends, earlier).await?;
                }
                return Ok(false);
            }
            refuse(service, row, (&code, &text)).await
        }
        Err(trouble @ Trouble::Unknown { .. }) => Err(asking::trouble(&trouble)),
    }
}

/// Tells whether a refusal says that nothing was paid and nothing will be.
fn is_final(service: &Service, earlier: Option<DateTime<Utc>>, reason: Refusal) -> bool {
    match reason {
        // Something was paid under this number.
        Refusal::NumberUsed => false,
        // What was not even sent says nothing about what was sent before.
        Refusal::NotOffered => earlier.is_none(),
        _ => domain::is_refusal_final(earlier, service.clock.now()),
    }
}

/// Follows what the provider says; false if that is not the end.
async fn follow(service: &Service, row: &Row, state: PayoutState) -> Result<bool, Fault> {
    match state {
        PayoutState::Done { transaction } => {
            let step = Step { transaction_id: Some(&transaction), ..from(row, PayoutStage::Paid) };
            make(service, row, step).await?;
            Ok(true)
        }
        PayoutState::Failed { code, text } => refuse(service, row, (&code, &text)).await,
        PayoutState::Pending | PayoutState::NotFound => Ok(false),
    }
}

async fn refuse(service: &Service, row: &Row, (code, text): (&str, &str)) -> Result<bool, Fault> {
    let text = format!("{code}: {text}");
    let failure = Some((Code::ThirdPartyError.as_str(), text.as_str()));
    make(service, row, Step { failure, ..from(row, PayoutStage::Refused) }).await?;
    Ok(true)
}

/// The money has left: the ledger follows.
async fn book(service: &Service, row: &Row) -> Result<bool, Fault> {
    let hold_id = row.hold_id.ok_or_else(|| Fault::internal("money was paid out that was not held"))?;
    service.purse.pay_out(row, hold_id).await?;
    finish(service, row, WithdrawalStatus::Success).await?;
    Ok(true)
}

/// The money has not left: what was set aside is free again.
async fn give_back(service: &Service, row: &Row) -> Result<bool, Fault> {
    let hold_id = match row.hold_id {
        Some(hold_id) => Some(hold_id),
        // It may have been set aside at the last moment.
        None => service.purse.find_hold(row).await?,
    };
    if let Some(hold_id) = hold_id {
        service.purse.give_back(hold_id).await?;
    }
    finish(service, row, WithdrawalStatus::Failed).await?;
    Ok(true)
}

/// Keeps what a provider answered. A fault of the database is logged: the answer counts all the same.
async fn keep<T: Sync>(service: &Service, row: &Row, outcome: &Outcome<T>) {
    let word = match &outcome.result {
        Ok(_) => "answered".to_owned(),
        Err(Trouble::Refused { code, .. }) => format!("refused: {code}"),
        Err(Trouble::Unknown { why }) => format!("unknown: {why}"),
    };
    let exchange = Exchange {
        withdrawal_id: row.id,
        channel: &row.channel,
        operation: outcome.record.operation,
        http_status: outcome.record.http_status.map(i32::from),
        outcome: word,
        answer: outcome.record.answer.clone(),
    };
    let written = async {
        let mut conn = service.db.acquire().await?;
        withdrawals::record(&mut conn, &exchange, service.clock.now()).await
    };
    if let Err(fault) = written.await {
        tracing::warn!(withdrawal_id = row.id, %fault, "an answer about withdrawal {} was not kept", row.id);
    }
}

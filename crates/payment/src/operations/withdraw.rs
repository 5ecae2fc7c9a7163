//! Begins a withdrawal and carries it out as far as it goes now (001-E17).
//!
//! *Idempotent* by the caller's key, which is reserved with the withdrawal that it stands for; a refusal gives it back.
//! The intent is committed, then the wallet sets the money aside, then the provider is asked, each step committed by
//! itself. The rule not to be broken: the wallet is asked with the payment password alone, and only while nobody has
//! given the withdrawal up.

use std::time::Duration;

use durable::{
    audit,
    idempotency::{self, Reserved},
};
use fault::{Code, Fault};
use host::{Answer, Call};
use prost::Message as _;
use proto::payment::v1::{WithdrawRequest, WithdrawResponse};
use serde_json::json;

use super::{
    paying_out,
    seeing::{fresh, is, word},
};
use crate::{
    domain::{self, PayoutStage, WithdrawMethod, WithdrawalStatus, may_hold},
    service::Service,
    store::withdrawals::{self, Mark, Row},
    wire,
    workers::withdrawals::PAUSE_SECONDS,
};

const CNY: &str = "CNY";
/// How often the beginning is tried that meets another one.
const ATTEMPTS: u32 = 5;
/// The one channel that pays out.
const CHANNEL: &str = "alipay";
const NUMBER_CHARS_MAX: usize = 64;
const BANK_CODE_CHARS: std::ops::RangeInclusive<usize> = 2..=20;
const REASON_CHARS_MAX: usize = 100;
/// How long a repetition waits for the first one; longer than a call to wallet and provider lasts.
const LEASE: Duration = Duration::from_secs(30);

/// Begins it, or goes on with the one that the caller's key stands for.
///
/// *Errors*: those of the contract. Without an answer of the provider's it stays under way; without one of the wallet's
/// it is not known whether it goes on.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &WithdrawRequest,
) -> Result<Answer<WithdrawResponse>, Fault> {
    if !is(&call.caller, asked.user_id) {
        return Err(Fault::forbidden("only for the wallet's own user"));
    }
    paying_out::provider(service)?;
    let begun = rpc::attempts(ATTEMPTS, || async {
        let draft = draft(service, asked)?;
        Ok((begin(service, call, &draft).await?, draft.id))
    });
    let (id, is_first) = match begun.await? {
        (Reserved::Fresh, id) => (id, true),
        (Reserved::Resume(id), _) => (subject(&id)?, false),
        (Reserved::Replay(stored), _) => {
            let known = WithdrawResponse::decode(stored.as_slice()).map_err(Fault::internal)?;
            let id = known.withdrawal.unwrap_or_default().id;
            let row = paying_out::read(service, id).await?;
            return Ok(Answer { reply: reply(&row), is_replay: true });
        }
    };
    let row = match carry_out(service, id, (&asked.payment_password, is_first)).await {
        Ok(row) => row,
        Err(Failed::Refused(fault)) => {
            give_back_key(service, call).await?;
            return Err(fault);
        }
        // The key stands for this withdrawal still, and may be used again at once.
        Err(Failed::Unknown(fault)) => {
            leave_key(service, call, id).await?;
            return Err(fault);
        }
    };
    if let Err(fault) = keep(service, call, &row).await {
        // The key stands for the withdrawal, and a repetition finds it.
        tracing::warn!(withdrawal_id = id, %fault, "the answer about withdrawal {id} was not kept");
    }
    Ok(fresh(reply(&row)))
}

/// Why there is no withdrawal to show.
enum Failed {
    /// It has ended without money having moved.
    Refused(Fault),
    /// It is not known whether the money was set aside.
    Unknown(Fault),
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::Unknown(fault)
    }
}

async fn carry_out(
    service: &Service,
    id: i64,
    (payment_password, is_first): (&str, bool),
) -> Result<Row, Failed> {
    let mut row = paying_out::read(service, id).await?;
    if row.stage() == PayoutStage::New && !is_first {
        // It may be aside since the first time.
        row = paying_out::advance(service, id).await?;
    }
    if row.stage() == PayoutStage::New && may_hold(row.created_at, service.clock.now()) {
        set_aside(service, &row, (payment_password, is_first)).await?;
    }
    let row = match paying_out::advance(service, id).await {
        Ok(row) => row,
        Err(fault) => {
            tracing::warn!(withdrawal_id = id, %fault, "withdrawal {id} waits for the sweeper");
            paying_out::read(service, id).await?
        }
    };
    match row.status() {
        WithdrawalStatus::Failed => Err(Failed::Refused(failure(&row))),
        WithdrawalStatus::Pending if row.stage() == PayoutStage::New => {
            let fault = Fault::unavailable("it is not known whether the money was set aside; ask again");
            Err(Failed::Unknown(fault))
        }
        _ => Ok(row),
    }
}

/// Has the wallet set the money aside. A refusal of a repetition says nothing about the first time, which may still be
/// under way: it ends nothing.
async fn set_aside(
    service: &Service,
    row: &Row,
    (payment_password, is_first): (&str, bool),
) -> Result<(), Failed> {
    match service.purse.hold(row, payment_password).await {
        Ok(hold_id) => {
            if !paying_out::held(service, row, hold_id).await? {
                let now = paying_out::read(service, row.id).await?;
                // Somebody gave it up while the wallet took its time.
                if now.stage() == PayoutStage::Refused && now.hold_id.is_none() {
                    service.purse.give_back(hold_id).await?;
                }
            }
            Ok(())
        }
        Err(fault) if is_first && is_refusal(fault.code()) => {
            let failure = (fault.code().as_str(), "the wallet refused");
            if paying_out::unheld(service, row, failure).await?
                && let Err(fault) = paying_out::advance(service, row.id).await
            {
                tracing::debug!(withdrawal_id = row.id, %fault, "withdrawal {} waits for its end", row.id);
            }
            Err(Failed::Refused(fault))
        }
        Err(fault) => Err(Failed::Unknown(fault)),
    }
}

/// Tells whether the wallet has set nothing aside, and will not.
const fn is_refusal(code: Code) -> bool {
    matches!(
        code,
        Code::InsufficientBalance
            | Code::PaymentPasswordError
            | Code::PaymentLimitExceeded
            | Code::PaymentAmountError
            | Code::AccountFrozen
            | Code::ValidationError
            | Code::Forbidden
    )
}

/// Says why a withdrawal has failed.
fn failure(row: &Row) -> Fault {
    let code = row.failure_code.as_deref().and_then(Code::parse).unwrap_or(Code::ThirdPartyError);
    let detail = match code {
        Code::ThirdPartyError => "the payment provider refused; the money is in the wallet",
        Code::ServiceUnavailable => "the money was not set aside",
        _ => "the wallet refused",
    };
    Fault::new(code, detail).with_internal(&row.failure)
}

/// Writes the withdrawal, unless the caller's key stands for one.
async fn begin(service: &Service, call: &Call, draft: &Row) -> Result<Reserved, Fault> {
    let mut tx = service.db.begin().await?;
    if let Some(key) = call.key() {
        let reserved = idempotency::reserve(&mut tx, key, &draft.id.to_be_bytes(), LEASE).await?;
        if reserved != Reserved::Fresh {
            tx.commit().await?;
            return Ok(reserved);
        }
    }
    let next = draft.created_at + chrono::TimeDelta::seconds(PAUSE_SECONDS);
    withdrawals::insert(&mut tx, draft, next).await?;
    let mark = Mark {
        withdrawal_id: draft.id,
        from: None,
        to: WithdrawalStatus::Pending,
        stage: PayoutStage::New,
        actor: &word(&call.actor()),
        detail: "",
    };
    withdrawals::mark(&mut tx, mark, draft.created_at).await?;
    let after = json!({
        "withdrawal_no": draft.withdrawal_no,
        "amount_minor": draft.amount_minor,
        "method": draft.method,
        "account": domain::masked(&draft.account_number),
    });
    let entry = call.audit("withdrawal.created", format!("withdrawal:{}", draft.id), (None, Some(after)));
    audit::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Reserved::Fresh)
}

fn subject(resumed: &[u8]) -> Result<i64, Fault> {
    Ok(i64::from_be_bytes(resumed.try_into().map_err(Fault::internal)?))
}

async fn keep(service: &Service, call: &Call, row: &Row) -> Result<(), Fault> {
    let Some(key) = call.key() else { return Ok(()) };
    let mut tx = service.db.begin().await?;
    idempotency::finish(&mut tx, key, &reply(row).encode_to_vec()).await?;
    tx.commit().await
}

async fn give_back_key(service: &Service, call: &Call) -> Result<(), Fault> {
    let Some(key) = call.key() else { return Ok(()) };
    let mut tx = service.db.begin().await?;
    idempotency::release(&mut tx, key).await?;
    tx.commit().await
}

async fn leave_key(service: &Service, call: &Call, id: i64) -> Result<(), Fault> {
    let Some(key) = call.key() else { return Ok(()) };
    let mut tx = service.db.begin().await?;
    idempotency::advance(&mut tx, key, &id.to_be_bytes(), Duration::ZERO).await?;
    tx.commit().await
}

fn reply(row: &Row) -> WithdrawResponse {
    WithdrawResponse { withdrawal: Some(wire::withdrawal(row)) }
}

/// Checks the request and makes the row. *Errors*: those of the contract.
fn draft(service: &Service, asked: &WithdrawRequest) -> Result<Row, Fault> {
    let amount = domain::payable(asked.amount_minor)?;
    let method = wire::read_withdraw_method(asked.method)?;
    if method != WithdrawMethod::Alipay && !service.pays_out_anywhere {
        return Err(Fault::validation("method", "must be alipay, the one that is paid out to here"));
    }
    let bank_chars_min = usize::from(method == WithdrawMethod::Bank);
    let now = service.clock.now();
    Ok(Row {
        id: service.clock.new_id(),
        withdrawal_no: service.withdrawal_no(),
        user_id: asked.user_id,
        amount_minor: amount.get(),
        fee_minor: 0,
        currency: CNY.to_owned(),
        method: method.as_str().to_owned(),
        channel: CHANNEL.to_owned(),
        account_name: input::line("account_name", &asked.account_name, 1..=input::NAME_CHARS_MAX)?,
        account_number: account_number(&asked.account_number)?,
        bank_name: input::line("bank_name", &asked.bank_name, bank_chars_min..=input::NAME_CHARS_MAX)?,
        bank_code: bank_code(&asked.bank_code)?,
        reason: input::line("reason", &asked.reason, 0..=REASON_CHARS_MAX)?,
        status: WithdrawalStatus::Pending.as_str().to_owned(),
        stage: PayoutStage::New.as_str().to_owned(),
        hold_id: None,
        transaction_id: None,
        failure_code: None,
        failure: String::new(),
        sends: 0,
        sent_at: None,
        created_at: now,
        updated_at: now,
        finished_at: None,
    })
}

fn account_number(raw: &str) -> Result<String, Fault> {
    let is_plain = raw.bytes().all(|byte| byte.is_ascii_graphic());
    if raw.is_empty() || raw.len() > NUMBER_CHARS_MAX || !is_plain {
        let rule = format!("must be 1 to {NUMBER_CHARS_MAX} letters, digits or signs without spaces");
        return Err(Fault::validation("account_number", rule));
    }
    Ok(raw.to_owned())
}

fn bank_code(raw: &str) -> Result<String, Fault> {
    let is_code = raw.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if raw.is_empty() || (BANK_CODE_CHARS.contains(&raw.len()) && is_code) {
        return Ok(raw.to_owned());
    }
    Err(Fault::validation("bank_code", "must be 2 to 20 capital letters or digits"))
}

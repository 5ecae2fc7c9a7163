//! Carrying out a refund, step by step; whoever comes next goes on where the last one stopped.
//!
//! ```text
//! new -> held -> sent -> returned -> (success)
//!    \      \       \--> refused --> (failed)
//!     \------\-----------^
//! ```
//! The stage is committed before the step behind it is made, and each step may be made twice: the order and the ledger
//! know the refund's number, the provider too. The rules not to be broken: a refund that the provider may have got is
//! asked about before it is sent again, always with the same number; the ledger follows the money, never goes before it.

use chrono::{DateTime, Utc};
use durable::{
    Tx,
    audit::{self, Actor, Entry},
    outbox,
};
use fault::{Code, Fault};
use serde_json::json;

use super::{asking, seeing::missing};
use crate::{
    domain::{Method, RefundStatus, Stage, Status, status_after},
    milestone::milestone,
    providers::{self, RefundState, Refunded, Refusal, Trouble},
    service::Service,
    store::{
        events::{self, Mark},
        payments,
        refunds::{self, Progress, Row},
    },
    workers,
};

/// More steps than a refund has.
const STEPS_MAX: usize = 8;

/// Carries a refund as far as it goes now. Gives it as it is afterwards.
///
/// *Idempotent*. *Errors*: of a partner that is away; the sweeper goes on.
pub(crate) async fn advance(service: &Service, id: i64) -> Result<Row, Fault> {
    let mut is_own_sending = false;
    for _ in 0..STEPS_MAX {
        let row = read(service, id).await?;
        if row.status() != RefundStatus::Processing {
            return Ok(row);
        }
        let goes_on = match row.stage() {
            Stage::New => set_aside(service, &row).await?,
            Stage::Held => {
                // Whoever makes this step is the one that sends; all others ask first.
                is_own_sending = step(service, &row, Stage::Sent, Progress::default()).await?;
                milestone!("refund: it is to be sent");
                true
            }
            Stage::Sent => send(service, &row, is_own_sending).await?,
            Stage::Returned => book(service, &row).await?,
            Stage::Refused => give_back(service, &row).await?,
        };
        if !goes_on {
            return Ok(row);
        }
    }
    read(service, id).await
}

/// Reads a refund.
pub(crate) async fn read(service: &Service, id: i64) -> Result<Row, Fault> {
    refunds::by_id(&mut *service.db.acquire().await?, id).await?.ok_or_else(|| Fault::not_found("refund"))
}

/// Makes a step of the money; false if somebody else did, or if it is none: what came back stays back.
async fn step(service: &Service, row: &Row, to: Stage, with: Progress<'_>) -> Result<bool, Fault> {
    if !row.stage().may_become(to) {
        return Ok(false);
    }
    let mut conn = service.db.acquire().await?;
    refunds::step(&mut conn, row.id, (row.stage(), to), with, service.clock.now()).await
}

async fn refuse(service: &Service, row: &Row, holds: &[i64], failure: (&str, &str)) -> Result<bool, Fault> {
    let with = Progress { holds: Some(holds), failure: Some(failure), ..Progress::default() };
    step(service, row, Stage::Refused, with).await?;
    milestone!("refund: it is refused");
    Ok(true)
}

/// Has the order and the ledger set aside what goes back. Money in suspense is aside already.
async fn set_aside(service: &Service, row: &Row) -> Result<bool, Fault> {
    if row.is_automatic {
        return step(service, row, Stage::Held, Progress::default()).await.map(|_| true);
    }
    let credits = match service.partners.prepare_refund(row).await {
        Ok(credits) => credits,
        Err(fault) if may_come_right(&fault) => return Err(fault),
        Err(fault) => return refuse(service, row, &[], (fault.code().as_str(), fault.detail())).await,
    };
    milestone!("refund: the order has prepared it");
    let mut holds = Vec::new();
    for (place, credit) in credits.iter().enumerate() {
        match service.partners.hold(row, place, credit).await {
            Ok(hold) => holds.push(hold),
            Err(fault) if matches!(fault.code(), Code::InsufficientBalance | Code::AccountFrozen) => {
                let failure = (Code::RefundNotAllowed.as_str(), "the money is no longer there");
                return refuse(service, row, &holds, failure).await;
            }
            Err(fault) => return Err(fault),
        }
    }
    milestone!("refund: the money is set aside");
    let with = Progress { holds: Some(&holds), ..Progress::default() };
    step(service, row, Stage::Held, with).await?;
    milestone!("refund: it is known to be set aside");
    Ok(true)
}

/// Tells whether the same question may get another answer later.
fn may_come_right(fault: &Fault) -> bool {
    fault.is_retryable()
        || fault.code().is_private()
        || matches!(
            fault.code(),
            Code::ServiceUnavailable | Code::StateConflict | Code::LockTimeout | Code::VersionConflict
        )
}

/// Has the provider send the money back, or asks whether it did.
async fn send(service: &Service, row: &Row, is_own_sending: bool) -> Result<bool, Fault> {
    if row.method() == Method::Balance {
        step(service, row, Stage::Returned, Progress::default()).await?;
        return Ok(true);
    }
    let provider = asking::provider_of(service, row.method())?;
    let of = name(service, row).await?;
    let key = (row.payment_id, Some(row.id), row.method());
    if !is_own_sending {
        let outcome = provider.query_refund(&of).await;
        asking::keep(service, key, &outcome).await;
        match outcome.result.map_err(|error| asking::trouble(&error))? {
            RefundState::NotFound => {}
            state => return follow(service, row, state).await,
        }
    }
    let outcome = provider.refund(&of).await;
    milestone!("refund: the provider has it");
    asking::keep(service, key, &outcome).await;
    match outcome.result {
        Ok(state) => follow(service, row, state).await,
        // A number that was used is one that somebody else of us has sent meanwhile: it is asked about next time.
        Err(Trouble::Refused {
            reason: Refusal::LowBalance | Refusal::NotReady | Refusal::NumberUsed,
            ..
        }) => Ok(false),
        Err(Trouble::Refused { code, text, .. }) => {
            tracing::warn!(refund_id = row.id, code, text, "the provider refused refund {}", row.id);
            if row.is_automatic {
                // Nobody may keep this money: whatever is wrong, it is tried again until it is back.
                metrics::counter!("refunds_stuck_total").increment(1);
                return Ok(false);
            }
            refuse(service, row, &row.holds, (Code::ThirdPartyError.as_str(), &text)).await
        }
        Err(trouble @ Trouble::Unknown { .. }) => Err(asking::trouble(&trouble)),
    }
}

/// Follows what the provider says of a refund that it may have got; false if that is not the end.
pub(crate) async fn follow(service: &Service, row: &Row, state: RefundState) -> Result<bool, Fault> {
    match state {
        RefundState::Done(Refunded { refund, amount, .. }) => {
            if amount.is_some_and(|amount| amount.get() != row.amount_minor) {
                let id = row.id;
                tracing::warn!(refund_id = id, "the provider reports another amount for refund {id}");
                return Ok(false);
            }
            let with = Progress { provider_refund_id: refund.as_deref(), ..Progress::default() };
            step(service, row, Stage::Returned, with).await?;
            milestone!("refund: it is known to be back");
            Ok(true)
        }
        RefundState::Failed { code, text } => {
            let text = format!("{code}: {text}");
            refuse(service, row, &row.holds, (Code::ThirdPartyError.as_str(), &text)).await
        }
        RefundState::Pending | RefundState::NotFound => Ok(false),
    }
}

async fn name(service: &Service, row: &Row) -> Result<providers::Refund, Fault> {
    let mut conn = service.db.acquire().await?;
    let payment = payments::by_id(&mut conn, row.payment_id).await?.ok_or_else(missing)?;
    Ok(providers::Refund {
        payment: asking::name(&payment),
        payment_amount: asking::amount(payment.paid_minor),
        out_refund_no: row.refund_no.clone(),
        amount: asking::amount(row.amount_minor),
        reason: row.reason.clone(),
        created_at: row.created_at,
    })
}

/// The money went back: ledger and order follow.
async fn book(service: &Service, row: &Row) -> Result<bool, Fault> {
    if row.is_automatic {
        service.partners.return_suspended(row).await?;
        milestone!("refund: suspense is cleared");
    } else {
        for (place, hold) in row.holds.iter().enumerate() {
            service.partners.settle_hold(row, place, *hold).await?;
        }
        milestone!("refund: the ledger is told");
        service.partners.apply_refund(&row.refund_no).await?;
        milestone!("refund: the order is told");
    }
    finish(service, row, RefundStatus::Success).await?;
    Ok(true)
}

/// The money did not go back: what was set aside is free again.
async fn give_back(service: &Service, row: &Row) -> Result<bool, Fault> {
    if !row.is_automatic {
        for hold in &row.holds {
            service.partners.release_hold(*hold).await?;
        }
        service.partners.release_refund(&row.refund_no).await?;
        milestone!("refund: the order has released it");
    }
    finish(service, row, RefundStatus::Failed).await?;
    Ok(true)
}

/// Ends a refund and books it on its payment, with history, audit and news, in one transaction.
async fn finish(service: &Service, row: &Row, status: RefundStatus) -> Result<(), Fault> {
    if !row.status().may_become(status) {
        return Ok(());
    }
    let mut tx = service.db.begin().await?;
    let payment = payments::lock(&mut tx, row.payment_id).await?.ok_or_else(missing)?;
    if !refunds::finish(&mut tx, row.id, status, service.clock.now()).await? {
        return tx.rollback().await;
    }
    release(service, &mut tx, &payment, row, status).await?;
    let ended = refunds::by_id(&mut tx, row.id).await?.unwrap_or_else(|| row.clone());
    outbox::append(&mut tx, workers::refund_updated(&ended)).await?;
    let payment = payments::lock(&mut tx, payment.id).await?.unwrap_or(payment);
    milestone!("refund: its end is written");
    tx.commit().await?;
    milestone!("refund: its end is committed");
    workers::copy(service, &payment).await;
    Ok(())
}

/// Writes into history that a refund of a payment begins, if that is a step.
pub(crate) async fn begun(
    tx: &mut Tx,
    payment: &payments::Row,
    to: Status,
    (actor, refund_no): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    if payment.status() == to {
        return Ok(());
    }
    let mark = Mark {
        payment_id: payment.id,
        from: Some(&payment.status),
        to: to.as_str(),
        cause: "refund",
        actor,
        detail: refund_no,
    };
    events::mark(tx, mark, now).await
}

/// Books on the payment what a refund that has ended no longer reserves.
pub(crate) async fn release(
    service: &Service,
    tx: &mut Tx,
    payment: &payments::Row,
    row: &Row,
    status: RefundStatus,
) -> Result<(), Fault> {
    let now = service.clock.now();
    let amount = row.amount_minor;
    let went_back = if status == RefundStatus::Success { amount } else { 0 };
    let (_, under_way) = refunds::counts(tx, payment.id).await?;
    let refunded = payment.refunded_minor.saturating_add(went_back);
    let to = if payment.status() == Status::Refunding {
        status_after(payment.paid_minor, refunded, under_way > 0)
    } else {
        payment.status()
    };
    payments::book_refund(tx, payment.id, (to, went_back, amount.saturating_neg()), now).await?;
    let detail = format!("{} {}", row.refund_no, status.as_str());
    let mark = Mark {
        payment_id: payment.id,
        from: Some(&payment.status),
        to: to.as_str(),
        cause: "refund",
        actor: "system",
        detail: &detail,
    };
    events::mark(tx, mark, now).await?;
    let entry = Entry {
        actor: Actor::System,
        action: "refund.ended",
        subject: format!("refund:{}", row.id),
        before: Some(json!({ "status": row.status })),
        after: Some(json!({ "status": status.as_str(), "amount_minor": amount, "failure": row.failure })),
        client_address: None,
        request_id: None,
    };
    audit::append(tx, entry).await
}

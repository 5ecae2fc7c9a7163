//! Asks for money of a payment to go back (001-E07, 002-E09, 002-E14, 004-E05).
//!
//! *Idempotent* by the caller's key. *Locks*: the payment's row. The rule not to be broken: the refunds of a payment
//! never add up to more than it; the row's lock and a CHECK both say so.

use chrono::TimeDelta;
use durable::{Tx, audit};
use fault::{Code, Fault};
use host::{Answer, Call};
use money::Minor;
use proto::payment::v1::{CreateRefundRequest, CreateRefundResponse, OperatorType, RefundType};
use serde_json::json;

use super::{
    refunding,
    seeing::{self, missing},
};
use crate::{
    domain::{RefundStatus, Standing, Status, kind_of_refund},
    milestone::milestone,
    service::Service,
    store::{
        payments::{self, Row},
        refunds::{self, NewRefund},
    },
    wire, workers,
};

const REASON_CHARS_MAX: usize = 256;
const URL_CHARS_MAX: usize = 2_000;

/// Writes the refund and, for an operator, carries it out as far as it goes now.
///
/// *Errors*: `PAYMENT_NOT_FOUND`, `FORBIDDEN`, `REFUND_NOT_ALLOWED`, `REFUND_AMOUNT_EXCEEDED`, `PAYMENT_STATUS_ERROR`,
/// `THIRD_PARTY_ERROR` if the provider refuses. Without an answer it stays under way.
pub(crate) async fn run(
    service: &Service,
    call: &Call,
    asked: &CreateRefundRequest,
) -> Result<Answer<CreateRefundResponse>, Fault> {
    let found = {
        let mut conn = service.db.acquire().await?;
        seeing::find_to_act(&mut conn, &call.caller, (asked.payment_id, &asked.payment_no)).await?
    };
    let (operator, status) = operator(call, asked, found.user_id)?;
    let draft = draft(service, call, asked, (operator, status))?;
    let lease = service.thin_out(&format!("payment:refund:{}", found.id), 3, 20).await;
    let outcome = write(service, call, found.id, draft).await;
    lease.release().await;
    let answer = outcome?;
    if status == RefundStatus::WaitingApproval {
        return Ok(answer);
    }
    let id = answer.reply.refund.as_ref().map_or(0, |refund| refund.id);
    milestone!("refund: it is asked for");
    // A repetition, too, hears how it went: what is kept under the key is how it began.
    let refund = Some(wire::refund(&carry_out(service, id).await?));
    Ok(Answer { reply: CreateRefundResponse { refund }, is_replay: answer.is_replay })
}

/// Carries a refund out as far as it goes; what fails for good is told at once.
pub(crate) async fn carry_out(service: &Service, id: i64) -> Result<refunds::Row, Fault> {
    let row = match refunding::advance(service, id).await {
        Ok(row) => row,
        Err(fault) => {
            tracing::warn!(refund_id = id, %fault, "refund {id} waits for the sweeper");
            refunding::read(service, id).await?
        }
    };
    if row.status() == RefundStatus::Failed {
        let code = row.failure_code.as_deref().and_then(Code::parse).unwrap_or(Code::RefundNotAllowed);
        let detail =
            if code == Code::ThirdPartyError { "the payment provider refused" } else { &row.failure };
        return Err(Fault::new(code, detail).with_internal(&row.failure));
    }
    Ok(row)
}

/// Says as what the caller acts, and what the refund is at first. *Errors*: `FORBIDDEN`.
fn operator(
    call: &Call,
    asked: &CreateRefundRequest,
    owner: i64,
) -> Result<(&'static str, RefundStatus), Fault> {
    let may_write = seeing::holds(&call.caller, seeing::WRITE);
    let is_admin = call.caller.user.as_ref().is_some_and(identity::User::is_admin);
    let not_held = || Err(Fault::forbidden("operatorType: you do not hold it"));
    match asked.operator_type() {
        OperatorType::Admin | OperatorType::Unspecified if is_admin => {
            Ok(("admin", RefundStatus::Processing))
        }
        OperatorType::Merchant | OperatorType::Unspecified if may_write => {
            Ok(("merchant", RefundStatus::Processing))
        }
        OperatorType::User | OperatorType::Unspecified if seeing::is(&call.caller, owner) => {
            Ok(("user", RefundStatus::WaitingApproval))
        }
        _ => not_held(),
    }
}

struct Draft {
    new: NewRefund,
    is_full_wanted: Option<bool>,
}

fn draft(
    service: &Service,
    call: &Call,
    asked: &CreateRefundRequest,
    (operator_type, status): (&'static str, RefundStatus),
) -> Result<Draft, Fault> {
    let amount = Minor::new(asked.amount_minor);
    if !amount.is_positive() || amount > Minor::MAX_INPUT {
        return Err(Fault::new(Code::PaymentAmountError, "must be above 0").with_field("refundAmount"));
    }
    let now = service.clock.now();
    let is_under_way = status == RefundStatus::Processing;
    let new = NewRefund {
        id: service.clock.new_id(),
        refund_no: service.refund_no(),
        payment_id: 0,
        user_id: 0,
        amount_minor: asked.amount_minor,
        kind: "partial",
        status,
        reason: input::line("refundReason", &asked.reason, 1..=REASON_CHARS_MAX)?,
        description: input::lines("description", &asked.description, 0..=input::NOTE_CHARS_MAX)?,
        operator_id: call.caller.scope(),
        operator_type,
        is_automatic: false,
        notify_url: input::line("notifyUrl", &asked.notify_url, 0..=URL_CHARS_MAX)?,
        extra: wire::object("extraData", &asked.extra_json)?,
        next_try_at: is_under_way.then(|| now + TimeDelta::seconds(workers::REFUND_PAUSE_SECONDS)),
        at: now,
    };
    let is_full_wanted = match asked.r#type() {
        RefundType::Full => Some(true),
        RefundType::Partial => Some(false),
        RefundType::Unspecified => None,
    };
    Ok(Draft { new, is_full_wanted })
}

/// Writes the refund and reserves its amount, in one transaction.
async fn write(
    service: &Service,
    call: &Call,
    payment_id: i64,
    draft: Draft,
) -> Result<Answer<CreateRefundResponse>, Fault> {
    let mut tx = service.db.begin().await?;
    if let Some(answer) = call.claim(&mut tx).await? {
        tx.rollback().await?;
        return Ok(answer);
    }
    let payment = payments::lock(&mut tx, payment_id).await?.ok_or_else(missing)?;
    let (refunds, _) = refunds::counts(&mut tx, payment_id).await?;
    let Draft { mut new, is_full_wanted } = draft;
    new.kind = kind_of_refund(&standing(&payment, refunds), new.amount_minor, is_full_wanted, new.at)?;
    (new.payment_id, new.user_id) = (payment.id, payment.user_id);
    refunds::insert(&mut tx, &new).await?;
    reserve(call, &mut tx, &payment, &new).await?;
    let after = json!({
        "payment_id": payment.id, "amount_minor": new.amount_minor, "status": new.status.as_str(),
    });
    let entry = call.audit("refund.created", format!("refund:{}", new.id), (None, Some(after)));
    audit::append(&mut tx, entry).await?;
    let row = refunds::by_id(&mut tx, new.id).await?.ok_or_else(|| Fault::not_found("refund"))?;
    let answer = call.store(&mut tx, CreateRefundResponse { refund: Some(wire::refund(&row)) }).await?;
    let payment = payments::lock(&mut tx, payment.id).await?.unwrap_or(payment);
    tx.commit().await?;
    workers::copy(service, &payment).await;
    Ok(answer)
}

async fn reserve(call: &Call, tx: &mut Tx, payment: &Row, new: &NewRefund) -> Result<(), Fault> {
    let to = if new.status == RefundStatus::Processing { Status::Refunding } else { payment.status() };
    payments::book_refund(tx, payment.id, (to, 0, new.amount_minor), new.at).await?;
    let actor = seeing::word(&call.actor());
    refunding::begun(tx, payment, to, (&actor, &new.refund_no), new.at).await
}

fn standing(payment: &Row, refunds: i64) -> Standing {
    Standing {
        status: payment.status(),
        paid_minor: payment.paid_minor,
        refunded_minor: payment.refunded_minor,
        reserved_minor: payment.reserved_minor,
        paid_at: payment.paid_at,
        refunds,
        is_frozen: payment.frozen_reason.is_some(),
        is_extra: payment.verdict().is_some_and(|verdict| verdict != crate::domain::Verdict::Accepted),
    }
}

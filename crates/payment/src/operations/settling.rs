//! Telling order and ledger about money that came, until both have heard it.
//!
//! Runs as a durable job, once or more. *Idempotent*: the order by the payment's number, the ledger by its key, the rest
//! by a conditional update. The rule not to be broken: what the order does not accept goes to suspense and back to the
//! payer, never to anybody else.

use std::time::Duration;

use chrono::TimeDelta;
use durable::{
    Tx,
    audit::{self, Actor, Entry},
    outbox::{self, Job},
};
use fault::Fault;
use serde_json::json;
use tokio::task::{JoinError, JoinSet};

use super::refunding;
use crate::{
    domain::{RefundStatus, Status, Verdict},
    milestone::milestone,
    service::Service,
    store::{
        events::{self, Suspended},
        payments::{self, Row},
        refunds::{self, NewRefund},
    },
    workers::{self, REFUND, REFUND_QUEUE},
};

/// How many payments are settled side by side. Most of their time they wait for order and ledger, not for the database.
const AT_ONCE: usize = 4;

/// Settles the money of several payments, each by itself and side by side.
///
/// *Errors*: the first one, after all have had their turn; what is settled stays so.
pub(crate) async fn run_all(service: &Service, ids: Vec<i64>) -> Result<(), Fault> {
    let (mut going, mut outcome) = (JoinSet::new(), Ok(()));
    for id in ids {
        if going.len() >= AT_ONCE {
            outcome = outcome.and(ended(going.join_next().await));
        }
        let service = service.clone();
        going.spawn(async move { run(&service, id).await });
    }
    while !going.is_empty() {
        outcome = outcome.and(ended(going.join_next().await));
    }
    outcome
}

fn ended(one: Option<Result<Result<(), Fault>, JoinError>>) -> Result<(), Fault> {
    one.unwrap_or(Ok(Ok(()))).map_err(Fault::internal)?
}

/// Settles the money of a payment. *Errors*: those of the partners; it is tried again.
pub(crate) async fn run(service: &Service, id: i64) -> Result<(), Fault> {
    let row = payments::by_id(&mut *service.db.acquire().await?, id).await?;
    let Some(row) = row.filter(|row| row.settled_at.is_none() && row.paid_minor > 0) else { return Ok(()) };
    let verdict = match row.verdict() {
        Some(known) if known != Verdict::Accepted => known,
        _ => ask_order(service, &row).await?,
    };
    if verdict != Verdict::Accepted {
        service.partners.suspend(&row).await?;
        milestone!("settle: it stands in suspense");
    }
    finish(service, &row, verdict).await
}

/// Tells the order; if it accepts, those who get the money are credited.
async fn ask_order(service: &Service, row: &Row) -> Result<Verdict, Fault> {
    let (verdict, order) = service.partners.mark_paid(row).await?;
    milestone!("settle: the order is told");
    // Kept before anything is booked: the ledger's key allows one booking, and the order's word may not change it.
    payments::judge(&mut *service.db.acquire().await?, row.id, verdict).await?;
    milestone!("settle: the verdict is kept");
    if verdict == Verdict::Accepted {
        service.partners.credit(row, &order.credits).await?;
        milestone!("settle: the ledger is told");
    }
    Ok(verdict)
}

/// Notes that all is booked, with the refund of what nobody may keep, audit and news, in one transaction.
async fn finish(service: &Service, row: &Row, verdict: Verdict) -> Result<(), Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    let Some(row) = payments::lock(&mut tx, row.id).await? else { return tx.rollback().await };
    if !payments::settle(&mut tx, row.id, now).await? {
        return tx.rollback().await;
    }
    if verdict == Verdict::Accepted {
        outbox::append(&mut tx, workers::payment_success(&row)).await?;
    } else {
        send_back(service, &mut tx, &row, verdict).await?;
    }
    let entry = Entry {
        actor: Actor::System,
        action: "payment.settled",
        subject: format!("payment:{}", row.id),
        before: None,
        after: Some(json!({ "verdict": verdict.as_str(), "paid_minor": row.paid_minor })),
        client_address: None,
        request_id: None,
    };
    audit::append(&mut tx, entry).await?;
    let row = payments::lock(&mut tx, row.id).await?.unwrap_or(row);
    milestone!("settle: it is written");
    tx.commit().await?;
    milestone!("settle: it is committed");
    workers::copy(service, &row).await;
    Ok(())
}

/// Writes money into suspense, and the refund that sends it back.
async fn send_back(service: &Service, tx: &mut Tx, row: &Row, verdict: Verdict) -> Result<(), Fault> {
    let (now, refund_id) = (service.clock.now(), service.clock.new_id());
    let reason = verdict.as_str();
    let refund = NewRefund {
        id: refund_id,
        refund_no: service.refund_no(),
        payment_id: row.id,
        user_id: row.user_id,
        amount_minor: row.paid_minor,
        kind: "full",
        status: RefundStatus::Processing,
        reason: format!("automatic: {reason}"),
        description: String::new(),
        operator_id: 0,
        operator_type: "admin",
        is_automatic: true,
        notify_url: String::new(),
        extra: None,
        next_try_at: Some(now + TimeDelta::seconds(workers::REFUND_PAUSE_SECONDS)),
        at: now,
    };
    refunds::insert(tx, &refund).await?;
    let to = if row.status().is_paid() { Status::Refunding } else { row.status() };
    payments::book_refund(tx, row.id, (to, 0, row.paid_minor), now).await?;
    refunding::begun(tx, row, to, ("system", &refund.refund_no), now).await?;
    let suspended = Suspended {
        id: service.clock.new_id(),
        payment_id: row.id,
        reason,
        amount_minor: row.paid_minor,
        detail: "",
        refund_id,
    };
    events::suspend(tx, &suspended, now).await?;
    let payload = refund_id.to_be_bytes().to_vec();
    let job = Job { queue: REFUND_QUEUE, order_key: row.id, kind: REFUND, payload, delay: Duration::ZERO };
    outbox::append(tx, job).await?;
    tracing::warn!(payment_id = row.id, reason, "money of payment {} came {reason} and goes back", row.id);
    metrics::counter!("payments_suspended_total", "reason" => reason).increment(1);
    Ok(())
}

//! What becomes of a payment: it is paid, ends unpaid, is frozen; and money comes too late.
//!
//! Callbacks, questions, sweepers and operators all come through here; a conditional update lets exactly one of them
//! through, and what follows (a job, history, audit, news) is written in the same transaction. *Locks*: the payment's
//! row. The rule not to be broken: money that came is never forgotten, whatever state the payment is in.

use std::time::Duration;

use durable::{
    Tx,
    audit::{self, Actor, Entry},
    outbox::{self, Job},
};
use fault::Fault;
use host::Call;
use serde_json::json;

use super::seeing::{missing, word};
use crate::{
    domain::Status,
    milestone::milestone,
    service::Service,
    store::{
        events::{self, Mark},
        frozen,
        payments::{self, Money, Row},
    },
    workers::{self, SETTLE, SETTLE_QUEUE},
};

/// How often two who meet begin again.
const ATTEMPTS: u32 = 5;

/// Why something happens to a payment, and through whom.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    word: &'static str,
    actor: Actor,
    detail: String,
    /// The key of the provider's event that tells it.
    event: Option<String>,
}

impl Cause {
    /// Something that the service found out by itself.
    pub(crate) const fn system(word: &'static str) -> Self {
        Self { word, actor: Actor::System, detail: String::new(), event: None }
    }

    /// Something that somebody asked for.
    pub(crate) fn asked(word: &'static str, call: &Call, detail: &str) -> Self {
        Self { word, actor: call.actor(), detail: detail.to_owned(), event: None }
    }

    /// Something that a provider told unasked.
    pub(crate) const fn told(event: String) -> Self {
        Self { word: "callback", actor: Actor::System, detail: String::new(), event: Some(event) }
    }

    /// Writes a step into history and the audit trail.
    async fn write(
        &self,
        tx: &mut Tx,
        service: &Service,
        row: &Row,
        to: (Status, &str),
    ) -> Result<(), Fault> {
        let now = service.clock.now();
        let detail = [self.detail.as_str(), to.1].join(" ").trim().to_owned();
        let mark = Mark {
            payment_id: row.id,
            from: Some(&row.status),
            to: to.0.as_str(),
            cause: self.word,
            actor: &word(&self.actor),
            detail: &detail,
        };
        events::mark(tx, mark, now).await?;
        let entry = Entry {
            actor: self.actor.clone(),
            action: "payment.changed",
            subject: format!("payment:{}", row.id),
            before: Some(json!({ "status": row.status })),
            after: Some(json!({ "status": to.0.as_str(), "cause": self.word, "detail": detail })),
            client_address: None,
            request_id: None,
        };
        audit::append(tx, entry).await?;
        if let Some(event) = &self.event {
            events::heard(tx, (&row.method, event), row.id, now).await?;
        }
        Ok(())
    }
}

/// Money came. *Idempotent*: by the payment. Gives the payment as it is afterwards.
pub(crate) async fn paid(service: &Service, id: i64, money: &Money, cause: &Cause) -> Result<Row, Fault> {
    let row = rpc::attempts(ATTEMPTS, || paid_once(service, id, money, cause)).await?;
    milestone!("paid: it is committed");
    workers::copy(service, &row).await;
    Ok(row)
}

async fn paid_once(service: &Service, id: i64, money: &Money, cause: &Cause) -> Result<Row, Fault> {
    let mut tx = service.db.begin().await?;
    let row = payments::lock(&mut tx, id).await?.ok_or_else(missing)?;
    milestone!("paid: the row is locked");
    let is_changed = take(&mut tx, service, &row, (money, cause)).await?;
    finished(tx, row, is_changed).await
}

/// Writes money to a payment that is locked; tells whether that changed anything.
async fn take(tx: &mut Tx, service: &Service, row: &Row, (money, cause): Told<'_>) -> Result<bool, Fault> {
    match row.status() {
        status if row.frozen_reason.is_some() || status.is_paid() => Ok(false),
        _ if money.amount_minor != row.amount_minor => freeze(tx, service, row, (money, cause)).await,
        status if status.may_become(Status::Success) => succeed(tx, service, row, (money, cause)).await,
        _ => note_late(tx, service, row, (money, cause)).await,
    }
}

/// A frozen payment goes on, in the same transaction with the money that its provider reports, if it does. None if it is
/// not frozen.
pub(crate) async fn unfrozen(
    service: &Service,
    id: i64,
    money: Option<&Money>,
    cause: &Cause,
) -> Result<Option<Row>, Fault> {
    let row = rpc::attempts(ATTEMPTS, || async {
        let mut tx = service.db.begin().await?;
        let found = payments::lock(&mut tx, id).await?.ok_or_else(missing)?;
        if !frozen::unfreeze(&mut tx, id, service.clock.now()).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        cause.write(&mut tx, service, &found, (found.status(), "unfrozen")).await?;
        let row = Row { frozen_reason: None, ..found };
        if let Some(money) = money {
            take(&mut tx, service, &row, (money, cause)).await?;
        }
        finished(tx, row, true).await.map(Some)
    });
    let row = row.await?;
    if let Some(row) = &row {
        workers::copy(service, row).await;
    }
    Ok(row)
}

/// Commits what was changed and gives the row as it is now.
async fn finished(mut tx: Tx, row: Row, is_changed: bool) -> Result<Row, Fault> {
    if !is_changed {
        tx.rollback().await?;
        return Ok(row);
    }
    let row = payments::lock(&mut tx, row.id).await?.ok_or_else(missing)?;
    milestone!("paid: it is written");
    tx.commit().await?;
    Ok(row)
}

type Told<'a> = (&'a Money, &'a Cause);

async fn succeed(tx: &mut Tx, service: &Service, row: &Row, (money, cause): Told<'_>) -> Result<bool, Fault> {
    let others = payments::of_order(tx, row.order_id, &row.order_no).await?;
    let is_extra =
        others.iter().any(|other| other.id != row.id && other.status().is_paid() && !other.is_extra);
    if !payments::succeed(tx, row.id, money, is_extra, service.clock.now()).await? {
        return Ok(false);
    }
    let detail = if is_extra { "the order was paid before" } else { "" };
    cause.write(tx, service, row, (Status::Success, detail)).await?;
    settle_later(tx, row.id).await?;
    Ok(true)
}

async fn note_late(
    tx: &mut Tx,
    service: &Service,
    row: &Row,
    (money, cause): Told<'_>,
) -> Result<bool, Fault> {
    if !payments::note_late(tx, row.id, money, service.clock.now()).await? {
        return Ok(false);
    }
    cause.write(tx, service, row, (row.status(), "money came late")).await?;
    settle_later(tx, row.id).await?;
    Ok(true)
}

async fn freeze(tx: &mut Tx, service: &Service, row: &Row, (money, cause): Told<'_>) -> Result<bool, Fault> {
    let (told, due) = (money::Minor::new(money.amount_minor), money::Minor::new(row.amount_minor));
    let reason = format!("the provider reports {told}, due is {due}");
    let is_changed = payments::freeze(tx, row.id, &reason, service.clock.now()).await?;
    if is_changed {
        tracing::warn!(payment_id = row.id, %told, %due, "payment {} is frozen: wrong amount", row.id);
        metrics::counter!("payments_frozen_total").increment(1);
        cause.write(tx, service, row, (row.status(), &reason)).await?;
    }
    Ok(is_changed)
}

/// Has order and ledger told, until they have heard it.
async fn settle_later(tx: &mut Tx, id: i64) -> Result<(), Fault> {
    let payload = id.to_be_bytes().to_vec();
    let job = Job { queue: SETTLE_QUEUE, order_key: id, kind: SETTLE, payload, delay: Duration::ZERO };
    outbox::append(tx, job).await?;
    Ok(())
}

/// A payment ends unpaid, everywhere; one that is no longer open stays as it is. Gives it as it is afterwards.
pub(crate) async fn ended(
    service: &Service,
    id: i64,
    to: (Status, &str),
    cause: &Cause,
) -> Result<Row, Fault> {
    end(service, id, to, (false, cause)).await
}

/// A payment ends unpaid here, while its provider may still take the money: it is asked about until its time is over.
pub(crate) async fn given_up(
    service: &Service,
    id: i64,
    to: (Status, &str),
    cause: &Cause,
) -> Result<Row, Fault> {
    end(service, id, to, (true, cause)).await
}

async fn end(
    service: &Service,
    id: i64,
    (to, reason): (Status, &str),
    (may_be_paid, cause): (bool, &Cause),
) -> Result<Row, Fault> {
    let mut tx = service.db.begin().await?;
    let row = payments::lock(&mut tx, id).await?.ok_or_else(missing)?;
    let is_free = row.status().may_become(to) && row.frozen_reason.is_none();
    let is_changed =
        is_free && payments::close(&mut tx, id, (to, reason), may_be_paid, service.clock.now()).await?;
    if is_changed {
        cause.write(&mut tx, service, &row, (to, reason)).await?;
    }
    let row = finished(tx, row, is_changed).await?;
    workers::copy(service, &row).await;
    Ok(row)
}

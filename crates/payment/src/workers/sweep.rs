//! Asks providers about open payments, closes those whose time is over, and goes on with refunds (003-J02, 004-J01).
//!
//! Every copy of the service does it; rows are taken with `for update skip locked` and put off before anybody is asked,
//! so that nothing is asked twice at once. The cost follows what is due. The rules not to be broken: a fault ends one
//! question, never the sweep; a payment is closed at the provider before it is closed here.

use std::time::Duration;

use chrono::TimeDelta;
use fault::Fault;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{RefundStatus, Status, next_question, next_refund_question},
    operations::{asking, fate::Cause, refunding, settling},
    service::Service,
    store::{due, payments, refunds},
};

/// How long the sweep rests.
const PAUSE: Duration = Duration::from_secs(1);
/// Rows that are taken at once, and asked about side by side.
const BATCH: i64 = 16;
/// Batches of one round at most; the next round goes on.
const BATCHES_MAX: usize = 20;
/// The next question after one that nobody answered, unless its regular time is earlier. *Units*: seconds.
const UNANSWERED_PAUSE_SECONDS: i64 = 15;
/// How long a refund under way is left alone by others. *Units*: seconds.
pub(crate) const REFUND_PAUSE_SECONDS: i64 = 20;

/// Sweeps until it is told to stop.
pub(crate) async fn run(service: Service, stop: CancellationToken) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if stop.run_until_cancelled(Box::pin(round(&service))).await.is_none() {
            return;
        }
    }
}

/// One round: what is due now. A question that is cut off by the end comes again at its next time. Refunds do not wait
/// for a provider that is silent about payments.
pub(crate) async fn round(service: &Service) {
    tokio::join!(round_of_payments(service), round_of_refunds(service));
}

async fn round_of_payments(service: &Service) {
    for _ in 0..BATCHES_MAX {
        match ask_due(service).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(fault) => return tracing::warn!(%fault, "payments that are due could not be looked for"),
        }
    }
}

async fn round_of_refunds(service: &Service) {
    for _ in 0..BATCHES_MAX {
        match refund_due(service).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(fault) => return tracing::warn!(%fault, "refunds that are due could not be looked for"),
        }
    }
}

async fn ask_due(service: &Service) -> Result<usize, Fault> {
    let now = service.clock.now();
    let mut tx = service.db.begin().await?;
    let found = due::take(&mut tx, now, BATCH).await?;
    for one in &found {
        let tries = one.query_tries.saturating_add(1);
        let next = next_question(now, tries, service.rules.quick_queries_max, one.expires_at);
        due::ask_again(&mut tx, one.id, next).await?;
    }
    tx.commit().await?;
    let mut asking = JoinSet::new();
    for one in &found {
        let (service, id) = (service.clone(), one.id);
        asking.spawn(async move {
            if let Err(fault) = ask(&service, id).await {
                tracing::debug!(payment_id = id, %fault, "nothing was learned about payment {id}");
                ask_soon(&service, id).await;
            }
        });
    }
    asking.join_all().await;
    Ok(found.len())
}

/// A question without an answer does not wait for the regular time of the next one: whoever is away may be back soon.
async fn ask_soon(service: &Service, id: i64) {
    let at = service.clock.now() + TimeDelta::seconds(UNANSWERED_PAUSE_SECONDS);
    let written = async { due::ask_by(&mut *service.db.acquire().await?, id, at).await };
    if let Err(fault) = written.await {
        tracing::debug!(payment_id = id, %fault, "payment {id} waits for its regular time");
    }
}

/// Asks about a payment, or closes it if its time is over.
async fn ask(service: &Service, id: i64) -> Result<(), Fault> {
    let row = payments::by_id(&mut *service.db.acquire().await?, id).await?;
    let Some(row) = row.filter(|row| row.frozen_reason.is_none()) else { return Ok(()) };
    if row.paid_minor > 0 {
        // Its job was given up; what it should have done must happen all the same.
        return settling::run(service, id).await;
    }
    let cause = Cause::system("sweeper");
    if !row.status().is_open() {
        return asking::look_back(service, &row, &cause).await;
    }
    if service.clock.now() > row.expires_at {
        asking::close(service, &row, (Status::Cancelled, "expired"), &cause).await?;
    } else {
        asking::ask(service, &row, &cause).await?;
    }
    Ok(())
}

async fn refund_due(service: &Service) -> Result<usize, Fault> {
    let now = service.clock.now();
    let until = now + TimeDelta::seconds(REFUND_PAUSE_SECONDS);
    let found = refunds::take_due(&mut *service.db.acquire().await?, (now, until), BATCH).await?;
    let mut going = JoinSet::new();
    for refund in &found {
        going.spawn(go_on(service.clone(), *refund));
    }
    going.join_all().await;
    Ok(found.len())
}

/// Goes on with a refund. One that its provider has not ended is asked about less and less often; after silence it is
/// tried again soon.
async fn go_on(service: Service, refund: refunds::Due) {
    let (id, now) = (refund.id, service.clock.now());
    let (at, was_answered) = match refunding::advance(&service, id).await {
        Ok(row) if row.status() != RefundStatus::Processing => return,
        Ok(_) => (next_refund_question(now, refund.tries), true),
        Err(fault) => {
            tracing::debug!(refund_id = id, %fault, "refund {id} waits");
            (now + TimeDelta::seconds(UNANSWERED_PAUSE_SECONDS), false)
        }
    };
    let written = async { refunds::put_off(&mut *service.db.acquire().await?, id, at, was_answered).await };
    if let Err(fault) = written.await {
        tracing::debug!(refund_id = id, %fault, "refund {id} waits for its regular time");
    }
}

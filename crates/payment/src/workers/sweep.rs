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
    domain::{Status, next_question},
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

/// One round: what is due now. A question that is cut off by the end comes again at its next time.
pub(crate) async fn round(service: &Service) {
    for _ in 0..BATCHES_MAX {
        match ask_due(service).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(fault) => return tracing::warn!(%fault, "payments that are due could not be looked for"),
        }
    }
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
            }
        });
    }
    asking.join_all().await;
    Ok(found.len())
}

/// Asks about a payment, or closes it if its time is over.
async fn ask(service: &Service, id: i64) -> Result<(), Fault> {
    let row = payments::by_id(&mut *service.db.acquire().await?, id).await?;
    let Some(row) = row.filter(|row| row.frozen_reason.is_none()) else { return Ok(()) };
    if row.paid_minor > 0 {
        // Its job was given up; what it should have done must happen all the same.
        return settling::run(service, id).await;
    }
    if !row.status().is_open() {
        return Ok(());
    }
    let cause = Cause::system("sweeper");
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
    let ids = refunds::take_due(&mut *service.db.acquire().await?, (now, until), BATCH).await?;
    let mut going = JoinSet::new();
    for id in &ids {
        let (service, id) = (service.clone(), *id);
        going.spawn(async move {
            if let Err(fault) = refunding::advance(&service, id).await {
                tracing::debug!(refund_id = id, %fault, "refund {id} waits");
            }
        });
    }
    going.join_all().await;
    Ok(ids.len())
}

//! The worker: does what is due, soon after it is, and never the same thing twice at once.
//!
//! What is on its way when the sandbox stops is sent again after the next start. The rules not to be broken: bounded
//! many at once; a job goes only with its effect.

use std::{collections::HashSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use fault::Fault;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::sleep,
};

use super::{Attempt, Notice, Standing, deliver::Twist, pause_after};
use crate::{
    desk::Desk,
    faults::{Kind, Operation},
    store::{Record as _, Store, Tx},
    trades::{Due, Job, due_at, find, finish, take_due},
};

const AT_ONCE_MAX: usize = 32;
const BATCH: usize = 128;
/// The longest sleep: the clock may be one that jumps.
const SLEEP_MAX: Duration = Duration::from_millis(500);
/// After trouble with the store.
const PAUSE: Duration = Duration::from_secs(1);

/// Works until the desk is told to stop.
pub(crate) async fn run(desk: Desk) {
    let permits = Arc::new(Semaphore::new(AT_ONCE_MAX));
    let (mut under_way, mut tasks) = (HashSet::new(), JoinSet::new());
    loop {
        let wait = match round(&desk, &permits, &mut under_way, &mut tasks).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "what is due could not be done");
                PAUSE
            }
        };
        tokio::select! {
            () = desk.stop.cancelled() => return tasks.shutdown().await,
            Some(done) = tasks.join_next() => { let _ = done.map(|key: String| under_way.remove(&key)); }
            () = desk.wake.notified() => {}
            () = sleep(wait) => {}
        }
    }
}

/// Starts what is due and tells how long there is nothing to do.
async fn round(
    desk: &Desk,
    permits: &Arc<Semaphore>,
    under_way: &mut HashSet<String>,
    tasks: &mut JoinSet<String>,
) -> Result<Duration, Fault> {
    let now = desk.clock.now();
    let skipped = under_way.len();
    let due = desk.store.write(move |tx| take_due(tx, now, BATCH.saturating_add(skipped))).await?;
    let is_more = due.len() >= BATCH;
    for job in due {
        if under_way.contains(&job.key()) {
            continue;
        }
        let Ok(permit) = Arc::clone(permits).try_acquire_owned() else { return Ok(SLEEP_MAX) };
        under_way.insert(job.key());
        tasks.spawn(work(desk.clone(), job, permit));
    }
    if is_more {
        return Ok(Duration::ZERO.saturating_add(Duration::from_millis(5)));
    }
    let next = desk.store.write(due_at).await?;
    let until = next.and_then(|at| at.signed_duration_since(now).to_std().ok());
    Ok(until.filter(|wait| !wait.is_zero()).map_or(SLEEP_MAX, |wait| wait.min(SLEEP_MAX)))
}

async fn work(desk: Desk, due: Due, permit: OwnedSemaphorePermit) -> String {
    let key = due.key();
    let done = match due.job.clone() {
        Job::Notify { notice } => notify(&desk, due, notice).await,
        Job::Finish { refund } => {
            let now = desk.clock.now();
            desk.store
                .write(move |tx| {
                    finish(tx, &refund, now)?;
                    tx.remove::<Due>(&due.key())
                })
                .await
        }
        Job::Expire { trade } => {
            let now = desk.clock.now();
            desk.store
                .write(move |tx| {
                    find(tx, &trade, now)?;
                    tx.remove::<Due>(&due.key())
                })
                .await
        }
    };
    if let Err(error) = done {
        tracing::error!(%error, "something due could not be done");
        sleep(PAUSE).await;
    }
    drop(permit);
    key
}

/// Sends a notice once, as the faults have it, and writes down what came of it.
async fn notify(desk: &Desk, due: Due, key: String) -> Result<(), Fault> {
    let found = load(&desk.store, key.clone()).await?;
    let Some(notice) = found.filter(|notice| notice.next_at == Some(due.at)) else {
        return desk.store.write(move |tx| tx.remove::<Due>(&due.key())).await;
    };
    let fault = desk.faults.take(notice.provider, Some(&notice.out_trade_no), Operation::Callback);
    let kind = fault.as_ref().map(|fault| fault.kind);
    let now = desk.clock.now();
    if let Some(Kind::Late | Kind::Reordered) = kind {
        let wait = fault.and_then(|fault| fault.wait()).unwrap_or_else(|| desk.scaled(LATE));
        let until =
            now.checked_add_signed(chrono::Duration::from_std(wait).unwrap_or_default()).unwrap_or(now);
        return desk.store.write(move |tx| postpone(tx, &due, &key, kind, (now, until))).await;
    }
    let twist = Twist::of(kind);
    let send = || desk.sender.send(&desk.keys, &notice, twist, kind);
    let attempts = match kind {
        Some(Kind::Lost) => vec![lost(now)],
        Some(Kind::Doubled) => {
            let (one, other) = futures::join!(send(), send());
            vec![one, other]
        }
        _ => vec![send().await],
    };
    let (scale, after) = (desk.time_scale, desk.clock.now());
    desk.store
        .write(move |tx| {
            tx.remove::<Due>(&due.key())?;
            let Some(mut notice) = tx.get::<Notice>(&key)? else { return Ok(()) };
            let is_acknowledged = attempts.iter().any(|attempt| attempt.is_acknowledged);
            for attempt in attempts {
                notice.note(attempt);
            }
            settle(tx, &mut notice, (twist, is_acknowledged), scale, after)?;
            tx.put(&notice)
        })
        .await
}

/// How late "late" is if the fault does not say.
const LATE: Duration = Duration::from_mins(1);

async fn load(store: &Store, key: String) -> Result<Option<Notice>, Fault> {
    store.write(move |tx| tx.get::<Notice>(&key)).await
}

fn lost(at: DateTime<Utc>) -> Attempt {
    Attempt {
        at,
        fault: Some(Kind::Lost.word().to_owned()),
        http_status: None,
        is_acknowledged: false,
        detail: "it was not sent".to_owned(),
    }
}

fn postpone(
    tx: &Tx,
    due: &Due,
    key: &str,
    kind: Option<Kind>,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), Fault> {
    tx.remove::<Due>(&due.key())?;
    let Some(mut notice) = tx.get::<Notice>(key)? else { return Ok(()) };
    notice.is_held = kind == Some(Kind::Reordered);
    let detail =
        if notice.is_held { "it waits for another notification of the trade" } else { "it comes late" };
    let fault = kind.map(|kind| kind.word().to_owned());
    let detail = detail.to_owned();
    notice.note(Attempt { at: now, fault, http_status: None, is_acknowledged: false, detail });
    notice.plan(tx, until)?;
    tx.put(&notice)
}

/// Decides what follows a try: the end, or the next one.
fn settle(
    tx: &Tx,
    notice: &mut Notice,
    (twist, is_acknowledged): (Twist, bool),
    scale: u32,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    notice.next_at = None;
    if twist.is_extra() {
        // The true one follows at once.
        return notice.plan(tx, now);
    }
    notice.is_held = false;
    release_others(tx, notice, now)?;
    notice.tries = notice.tries.saturating_add(1);
    if is_acknowledged {
        notice.standing = Standing::Acknowledged;
        return Ok(());
    }
    let pause = pause_after(notice.provider, notice.tries, scale);
    let next = pause.and_then(|pause| now.checked_add_signed(chrono::Duration::from_std(pause).ok()?));
    if let Some(at) = next {
        return notice.plan(tx, at);
    }
    notice.standing = Standing::GivenUp;
    Ok(())
}

/// Lets those go that waited for another one to pass.
fn release_others(tx: &Tx, notice: &Notice, now: DateTime<Utc>) -> Result<(), Fault> {
    for mut other in Notice::all_of(tx, &notice.trade)? {
        if other.is_held && other.id != notice.id {
            other.is_held = false;
            other.plan(tx, now)?;
            tx.put(&other)?;
        }
    }
    Ok(())
}

//! One batch of orders, from the locks to the commit.
//!
//! Names are looked up, accounts locked in order of id, holds and used keys read; then the walk of `domain` decides, and
//! what it wants written is written by one statement for each table at most. The rules not to be broken: a batch writes
//! all that its answers say or nothing; after a commit whose outcome is unknown nothing is tried again.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use durable::{Connection, Database, Lane};
use fault::{Code, Fault};
use tokio::{sync::Mutex, time::sleep};

use crate::{
    changes::Changes,
    domain::{
        Account, Allowance, Hold, HoldState, Note, Order, Outcome, Placed, Replies, Row, Step, Stored, Walk,
        Written, reused,
    },
    names::Names,
    store::{
        accounts::{self, Locked, Manner},
        allowances, holds, transfers,
    },
};

/// How often a batch is tried that met somebody else at the same keys, names or rows.
const TRIES: usize = 5;

/// How often is asked what became of a commit, and how long is waited in between.
const LOOK_UPS: usize = 8;
const LOOK_UP_PAUSE: Duration = Duration::from_millis(20);

/// What a batch works with.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) db: Database,
    /// The connection of whoever works here; there is one batch at a time.
    pub(super) lane: Arc<Mutex<Lane>>,
    pub(super) names: Names,
    pub(super) changes: Changes,
}

/// How a batch failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing of it was written.
    Nothing(Fault),
    /// The commit was sent, and nobody knows what became of it.
    Unknown(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Nothing(fault)
    }
}

/// What a batch did, to be made true by the commit.
struct Done {
    replies: Vec<Replies>,
    /// Whether there is anything to commit.
    has_effect: bool,
    /// Accounts that it opened.
    opened: Vec<(Account, i64)>,
    /// Wallets that it changed, and when.
    wallets: Vec<(Account, Row)>,
    at: DateTime<Utc>,
}

/// Carries orders out in one transaction, and gives the answers of each.
pub(super) async fn carry_out(desk: &Desk, orders: &[&Order]) -> Result<Vec<Replies>, Failure> {
    let mut manner = Manner::Wait;
    for _ in 0..TRIES {
        match once(desk, orders, manner).await {
            Ok(Some(replies)) => return Ok(replies),
            // Somebody else used a key or opened an account just now: the next try sees it.
            Ok(None) => {}
            // Somebody keeps an account locked: the next try goes without it.
            Err(Failure::Nothing(fault)) if fault.code() == Code::LockTimeout && manner == Manner::Wait => {
                manner = Manner::SkipLocked;
            }
            Err(Failure::Nothing(fault)) if fault.is_retryable() => {
                tracing::debug!(%fault, "a batch met somebody else and is tried again");
            }
            Err(failure) => return Err(failure),
        }
    }
    let fault = Fault::conflict("others change the same accounts all the time; try again");
    Err(Failure::Nothing(fault.with_retry_after(1)))
}

/// Tries once; none if it met somebody else and is to be tried again.
async fn once(desk: &Desk, orders: &[&Order], manner: Manner) -> Result<Option<Vec<Replies>>, Failure> {
    let mut lane = desk.lane.lock().await;
    let mut tx = lane.begin().await?;
    match within(desk, &mut tx, orders, manner).await {
        Ok(Some(done)) if done.has_effect => {
            tx.commit().await.map_err(Failure::Unknown)?;
            desk.names.put(done.opened);
            desk.changes.tell(done.wallets, done.at);
            Ok(Some(done.replies))
        }
        Ok(done) => {
            tx.rollback().await?;
            Ok(done.map(|done| done.replies))
        }
        Err(fault) => {
            let _ = tx.rollback().await;
            Err(Failure::Nothing(fault))
        }
    }
}

async fn within(
    desk: &Desk,
    tx: &mut Connection,
    orders: &[&Order],
    manner: Manner,
) -> Result<Option<Done>, Fault> {
    let ids = names(desk, tx, orders).await?;
    let mut known: Vec<i64> = ids.values().copied().flatten().collect();
    known.sort_unstable();
    let keys = keys_of(orders, Step::posting);
    let locked = accounts::lock(tx, &known, &keys, manner).await?;
    let has_used_keys = locked.has_used_keys;
    let stored = Stored {
        postings: if locked.has_used_keys { transfers::receipts(tx, &keys).await? } else { HashMap::new() },
        placings: placings(tx, &keys_of(orders, Step::placing)).await?,
    };
    let clock = desk.db.clock().clone();
    let at = locked.changed_at.map_or(clock.now(), |changed_at| changed_at.max(clock.now()));
    let mut walk = Walk::new(at, stored, Box::new(move || clock.new_id()));
    if !seat(desk, &mut walk, &ids, locked, manner) {
        return Ok(None);
    }
    for hold in read_holds(tx, orders).await? {
        walk.bring_hold(hold);
    }
    for (user_id, allowance) in read_allowances(tx, orders).await? {
        walk.bring_allowance(user_id, allowance);
    }
    let replies: Vec<Replies> = orders.iter().map(|order| walk.carry_out(order)).collect();
    let mut written = walk.finish();
    if is_refused_too_early(tx, orders, &replies, (has_used_keys, &ids)).await? {
        return Ok(None);
    }
    if !write(tx, &written, at).await? {
        return Ok(None);
    }
    let opened = written.opened.iter().map(|it| (it.account, it.row.id)).collect();
    let wallets = std::mem::take(&mut written.wallets);
    Ok(Some(Done { replies, has_effect: !written.is_empty(), opened, wallets, at }))
}

/// Tells whether something is refused that should not be. Keys and accounts are looked up as of before the locks were
/// waited for: meanwhile another copy may have carried out the same orders, or have opened an account that was not there.
async fn is_refused_too_early(
    tx: &mut Connection,
    orders: &[&Order],
    replies: &[Replies],
    (has_used_keys, ids): (bool, &HashMap<Account, Option<i64>>),
) -> Result<bool, Fault> {
    let refused = orders.iter().zip(replies).filter(|(_, replies)| replies.iter().any(Result::is_err));
    let refused: Vec<&Order> = refused.map(|(order, _)| *order).collect();
    let unknown = refused.iter().flat_map(|order| &order.steps).flat_map(Step::accounts);
    let unknown: BTreeSet<Account> =
        unknown.filter(|account| ids.get(account).is_some_and(Option::is_none)).collect();
    let unknown: Vec<Account> = unknown.into_iter().collect();
    if !unknown.is_empty() && !accounts::ids(tx, &unknown).await?.is_empty() {
        return Ok(true);
    }
    let keys = if has_used_keys { Vec::new() } else { keys_of(&refused, Step::posting) };
    Ok(!keys.is_empty() && !transfers::receipts(tx, &keys).await?.is_empty())
}

/// Finds the ids of all accounts that orders name; none for one that does not exist yet.
async fn names(
    desk: &Desk,
    tx: &mut Connection,
    orders: &[&Order],
) -> Result<HashMap<Account, Option<i64>>, Fault> {
    let mut ids: HashMap<Account, Option<i64>> = HashMap::new();
    for account in orders.iter().flat_map(|order| &order.steps).flat_map(Step::accounts) {
        ids.entry(account).or_insert_with(|| desk.names.get(&account));
    }
    let unknown: Vec<Account> = ids.iter().filter(|(_, id)| id.is_none()).map(|(name, _)| *name).collect();
    if !unknown.is_empty() {
        let found = accounts::ids(tx, &unknown).await?;
        desk.names.put(found.iter().copied());
        ids.extend(found.into_iter().map(|(account, id)| (account, Some(id))));
    }
    Ok(ids)
}

/// Brings the accounts to the walk; tells whether all are where they were known to be.
fn seat(
    desk: &Desk,
    walk: &mut Walk<'_>,
    ids: &HashMap<Account, Option<i64>>,
    locked: Locked,
    manner: Manner,
) -> bool {
    let rows: HashMap<i64, _> = locked.rows.into_iter().map(|row| (row.id, row)).collect();
    let mut is_complete = true;
    for (account, id) in ids {
        match id.map(|id| rows.get(&id)) {
            None => walk.bring_new(*account, desk.db.clock().new_id()),
            Some(Some(row)) => walk.bring(*account, *row),
            Some(None) if manner == Manner::SkipLocked => walk.bring_busy(*account),
            Some(None) => {
                desk.names.forget(account);
                is_complete = false;
            }
        }
    }
    is_complete
}

/// Lists the keys of steps, each once.
fn keys_of<'a>(orders: &[&'a Order], note: impl Fn(&'a Step) -> Option<&'a Note>) -> Vec<&'a str> {
    let steps = orders.iter().flat_map(|order| &order.steps);
    let mut keys: Vec<&str> = steps.filter_map(note).map(|note| note.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

async fn placings(tx: &mut Connection, keys: &[&str]) -> Result<HashMap<String, ([u8; 32], Placed)>, Fault> {
    if keys.is_empty() { Ok(HashMap::new()) } else { holds::placed(tx, keys).await }
}

async fn read_holds(tx: &mut Connection, orders: &[&Order]) -> Result<Vec<Hold>, Fault> {
    let steps = orders.iter().flat_map(|order| &order.steps);
    let ids: BTreeSet<i64> = steps.filter_map(Step::changing).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    if ids.is_empty() { Ok(Vec::new()) } else { holds::read(tx, &ids).await }
}

async fn read_allowances(tx: &mut Connection, orders: &[&Order]) -> Result<Vec<(i64, Allowance)>, Fault> {
    let steps = orders.iter().flat_map(|order| &order.steps);
    let user_ids: BTreeSet<i64> = steps.filter_map(Step::debit).map(|debit| debit.user_id).collect();
    let user_ids: Vec<i64> = user_ids.into_iter().collect();
    if user_ids.is_empty() { Ok(Vec::new()) } else { allowances::read(tx, &user_ids).await }
}

/// Writes what a walk did; tells whether nobody else was faster.
async fn write(tx: &mut Connection, written: &Written<'_>, at: DateTime<Utc>) -> Result<bool, Fault> {
    if written.is_empty() {
        return Ok(true);
    }
    if !written.opened.is_empty() {
        let opened = accounts::open(tx, &written.opened, at).await?;
        if usize::try_from(opened).is_ok_and(|opened| opened < written.opened.len()) {
            return Ok(false);
        }
    }
    if !written.placed.is_empty() && !holds::place(tx, &written.placed, at).await? {
        return Ok(false);
    }
    if !written.changed_holds.is_empty() {
        holds::change(tx, &written.changed_holds, at).await?;
    }
    transfers::write(tx, written, at).await
}

/// Finds out what became of orders whose commit got no answer. What is not there, and what cannot be asked, is
/// answered with the fault: it may still come to be.
pub(super) async fn look_up(desk: &Desk, orders: &[&Order], fault: &Fault) -> Vec<Replies> {
    let mut left = LOOK_UPS;
    let found = loop {
        left = left.saturating_sub(1);
        match found(desk, orders).await {
            Ok(found) => break found,
            // The pool may hold more connections that broke with that of the commit.
            Err(_) if left > 0 => sleep(LOOK_UP_PAUSE).await,
            Err(error) => {
                tracing::warn!(%error, orders = orders.len(), "what became of a batch could not be found out");
                break Found::default();
            }
        }
    };
    orders.iter().map(|order| found.replies(order, fault)).collect()
}

/// What the database knows of orders.
#[derive(Default)]
struct Found {
    stored: Stored,
    holds: HashMap<i64, Hold>,
}

async fn found(desk: &Desk, orders: &[&Order]) -> Result<Found, Fault> {
    let mut tx = desk.db.begin().await?;
    let stored = Stored {
        postings: transfers::receipts(&mut tx, &keys_of(orders, Step::posting)).await?,
        placings: placings(&mut tx, &keys_of(orders, Step::placing)).await?,
    };
    let holds = read_holds(&mut tx, orders).await?.into_iter().map(|hold| (hold.id, hold)).collect();
    tx.rollback().await?;
    Ok(Found { stored, holds })
}

impl Found {
    fn replies(&self, order: &Order, fault: &Fault) -> Replies {
        let replies = order.steps.iter().map(|step| self.reply(step).unwrap_or_else(|| Err(fault.clone())));
        if order.is_linked {
            // One of them is there exactly if all are.
            replies
                .collect::<Result<Vec<Outcome>, Fault>>()
                .map_or_else(|fault| vec![Err(fault)], |outcomes| outcomes.into_iter().map(Ok).collect())
        } else {
            replies.collect()
        }
    }

    fn reply(&self, step: &Step) -> Option<Result<Outcome, Fault>> {
        if let Some(note) = step.posting() {
            let (hash, receipt) = self.stored.postings.get(&note.key)?;
            let outcome = Outcome::Posted { receipt: receipt.clone(), is_replay: false };
            return Some(if *hash == note.hash { Ok(outcome) } else { Err(reused(&note.key)) });
        }
        if let Some(note) = step.placing() {
            let (hash, placed) = self.stored.placings.get(&note.key)?;
            let outcome = Outcome::Placed { placed: *placed, is_replay: false };
            return Some(if *hash == note.hash { Ok(outcome) } else { Err(reused(&note.key)) });
        }
        let hold = *self.holds.get(&step.changing()?)?;
        let has_ended = hold.state != HoldState::Open;
        has_ended.then_some(Ok(Outcome::Ended { hold, is_replay: false }))
    }
}

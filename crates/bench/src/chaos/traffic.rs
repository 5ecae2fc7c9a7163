//! Callers who go on asking while what they ask is killed: an answer that does not come is asked for again, with the
//! same key, of the other copy.
//!
//! What they were told is kept, to be compared with the books. The rules not to be broken: nobody gives up on a transfer
//! that may have happened; a refusal counts only where no earlier try was left without an answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use proto::wallet::v1::{NewTransfer, PostResponse};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tonic::{Code, Response, Status};

use crate::{
    book::{Dice, Pick, Writer},
    caller::{Caller, Keys},
    wallet::Wallet,
};

/// How long a caller waits for an answer; some have hardly any patience.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);
/// One in so many calls is hung up on, after a few milliseconds.
const HANGS_UP: u32 = 20;
const HANGS_UP_MS_MAX: u32 = 12;
/// One in so many transfers is asked for again after its answer.
const ASKS_AGAIN: u32 = 16;
/// One in so many transfers asks for more than all have together, and must be refused.
const ASKS_TOO_MUCH: u32 = 32;
const TOO_MUCH_MINOR: i64 = 1_000_000_000_000_000;
/// The longest that a caller repeats himself.
const ANSWERED_WITHIN: Duration = Duration::from_mins(3);
const REPLAYED: &str = "idempotent-replayed";

/// What a caller was told of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It was done, and has this id.
    Done(i64),
    /// It was refused, and never anything else.
    Refused,
    /// It was refused, but an earlier try got no answer and may still have been done.
    Unsure,
}

/// A transfer that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) transfer: NewTransfer,
    pub(crate) told: Told,
    /// Tries that got no answer.
    pub(crate) unanswered: u32,
    /// Answers that said that it had been done before.
    pub(crate) replays: u32,
}

/// Callers at work.
pub(crate) struct Traffic {
    tasks: JoinSet<Result<Vec<Asked>>>,
    signs: Arc<Signs>,
}

#[derive(Debug, Default)]
struct Signs {
    is_over: AtomicBool,
    answered: AtomicU64,
}

impl Traffic {
    /// Sets callers to work on copies of the service, between so many accounts.
    pub(crate) fn start(copies: &[Wallet], keys: &Keys, callers: usize, accounts: u32) -> Result<Self> {
        let mut doors = Vec::new();
        for copy in copies {
            doors.push(Caller::many(copy.grpc(), keys, callers)?);
        }
        let (mut tasks, signs) = (JoinSet::new(), Arc::new(Signs::default()));
        for number in 0..callers {
            let name = format!("chaos-{number}");
            let mine = doors.iter_mut().filter_map(Vec::pop).collect();
            let asker = Asker {
                dice: Dice::new(&name),
                writer: Writer::new(name, accounts, Pick::Uniform),
                doors: mine,
                next_door: number,
            };
            tasks.spawn(asker.work(Arc::clone(&signs)));
        }
        Ok(Self { tasks, signs })
    }

    /// Waits until so many more transfers have been answered. *Errors*: when they are not, or a caller ended.
    pub(crate) async fn flow(&mut self, more: u64) -> Result<()> {
        let (start, before) = (Instant::now(), self.signs.answered.load(Ordering::Relaxed));
        while self.signs.answered.load(Ordering::Relaxed).saturating_sub(before) < more {
            if let Some(ended) = self.tasks.try_join_next() {
                ended.context("a caller panicked")??;
                bail!("a caller went home early");
            }
            ensure!(start.elapsed() < ANSWERED_WITHIN, "no more than {before} transfers are answered");
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Lets every caller have his last answer, and gives all that was asked.
    pub(crate) async fn end(mut self) -> Result<Vec<Asked>> {
        self.signs.is_over.store(true, Ordering::Relaxed);
        let mut asked = Vec::new();
        while let Some(ended) = self.tasks.join_next().await {
            asked.extend(ended.context("a caller panicked")??);
        }
        Ok(asked)
    }
}

struct Asker {
    dice: Dice,
    writer: Writer,
    doors: Vec<Caller>,
    next_door: usize,
}

impl Asker {
    async fn work(mut self, signs: Arc<Signs>) -> Result<Vec<Asked>> {
        let mut all = Vec::new();
        while !signs.is_over.load(Ordering::Relaxed) {
            let mut transfer = self.writer.next();
            if self.dice.below(ASKS_TOO_MUCH) == 0 {
                for leg in &mut transfer.legs {
                    leg.amount_minor = leg.amount_minor.signum().saturating_mul(TOO_MUCH_MINOR);
                }
            }
            let mut asked = self.ask(transfer).await?;
            if self.dice.below(ASKS_AGAIN) == 0
                && let Told::Done(id) = asked.told
            {
                let again = self.ask(asked.transfer.clone()).await?;
                ensure!(again.told == Told::Done(id), "{:?}, then {:?}", asked.told, again.told);
                asked.replays = asked.replays.saturating_add(again.replays);
            }
            signs.answered.fetch_add(1, Ordering::Relaxed);
            all.push(asked);
        }
        Ok(all)
    }

    /// Asks until there is an answer.
    async fn ask(&mut self, transfer: NewTransfer) -> Result<Asked> {
        let start = Instant::now();
        let mut asked = Asked { transfer, told: Told::Unsure, unanswered: 0, replays: 0 };
        loop {
            match self.call(&asked.transfer).await {
                Ok(answer) => {
                    asked.replays = u32::from(answer.metadata().contains_key(REPLAYED));
                    let receipt = answer.into_inner().receipt.context("an answer without a receipt")?;
                    asked.told = Told::Done(receipt.transfer_id);
                    return Ok(asked);
                }
                Err(status) if status.code() == Code::FailedPrecondition => {
                    asked.told = if asked.unanswered == 0 { Told::Refused } else { Told::Unsure };
                    return Ok(asked);
                }
                Err(status) => {
                    asked.unanswered = asked.unanswered.saturating_add(1);
                    let key = &asked.transfer.idempotency_key;
                    ensure!(start.elapsed() < ANSWERED_WITHIN, "{key} is not answered; last: {status}");
                    ensure!(is_expected(&status), "{key}: {status}");
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Calls one copy, each time the next.
    async fn call(&mut self, transfer: &NewTransfer) -> Result<Response<PostResponse>, Status> {
        let patience = if self.dice.below(HANGS_UP) == 0 {
            Duration::from_millis(u64::from(self.dice.below(HANGS_UP_MS_MAX)).saturating_add(1))
        } else {
            PATIENCE
        };
        self.next_door = self.next_door.wrapping_add(1);
        let count = self.doors.len().max(1);
        let door = self.doors.get_mut(self.next_door % count);
        let door = door.ok_or_else(|| Status::internal("there is no copy to call"))?;
        let called = timeout(patience, door.post(transfer.clone())).await;
        called.unwrap_or_else(|_| Err(Status::deadline_exceeded("the caller hung up")))
    }
}

/// Passes what a caller meets when processes die under him: nothing that blames what he asked for.
fn is_expected(status: &Status) -> bool {
    !matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::Unimplemented
            | Code::OutOfRange
            | Code::DataLoss
    )
}

//! Single new expenses that come at the same time, of any rooms, written in one transaction.
//!
//! A batch waits for nobody: an expense whose room is locked or refuses it, or whose key was used before, leaves the
//! batch and is written by itself, where it waits or hears why not. The rule not to be broken: what may have been
//! committed is never tried again.

use std::{collections::HashSet, sync::Arc};

use durable::{
    Database, Tx,
    group::{Group, Member},
};
use fault::Fault;
use host::{Answer, Call};
use proto::expense::v1::CreateExpenseResponse;
use roster::Members;

use super::{record, writing::Writing};
use crate::{
    store::{Action, Expense},
    wire,
};

/// Expenses of one transaction at most.
const TOGETHER: usize = 64;

/// A new expense that was read and may be written.
#[derive(Clone, Debug)]
pub(crate) struct Creation {
    pub(super) call: Call,
    pub(super) members: Arc<Members>,
    pub(super) expense: Expense,
}

type Reply = Answer<CreateExpenseResponse>;
/// What gathers creations; one for each copy of the service.
pub(crate) type Creations = Group<Creation, Reply>;

/// Starts gathering.
pub(crate) fn start(db: Database) -> Creations {
    Group::start(TOGETHER, move |batch| write(db.clone(), batch))
}

async fn write(db: Database, batch: Vec<Member<Creation, Reply>>) {
    match together(&db, &batch).await {
        Ok(written) => {
            for member in batch {
                if written.contains(&member.item.expense.id) {
                    let reply = member.item.reply();
                    member.answer(Ok(Answer { reply, is_replay: false }));
                } else {
                    let db = db.clone();
                    tokio::spawn(async move { alone(&db, member).await });
                }
            }
        }
        Err(fault) => batch.into_iter().for_each(|member| member.answer(Err(fault.clone()))),
    }
}

/// Writes what can be written at once and tells the ids. *Errors*: when the commit failed, and nobody knows.
async fn together(db: &Database, batch: &[Member<Creation, Reply>]) -> Result<HashSet<i64>, Fault> {
    let Ok(mut tx) = db.begin().await else { return Ok(HashSet::new()) };
    match write_free(&mut tx, batch).await {
        Ok(written) => tx.commit().await.map(|()| written),
        Err(fault) => {
            tracing::debug!(%fault, count = batch.len(), "expenses are written each by itself");
            let _ = tx.rollback().await;
            Ok(HashSet::new())
        }
    }
}

async fn write_free(tx: &mut Tx, batch: &[Member<Creation, Reply>]) -> Result<HashSet<i64>, Fault> {
    let calls: Vec<&Call> = batch.iter().map(|member| &member.item.call).collect();
    let fresh = Call::claim_all(tx, &calls).await?;
    let fresh: Vec<&Creation> =
        batch.iter().zip(fresh).filter(|(_, it)| *it).map(|(it, _)| &it.item).collect();
    let mut writing = Writing::new(Action::Created);
    for creation in &fresh {
        writing.add(&creation.members.room_name, creation.expense.clone())?;
    }
    let written: HashSet<i64> = writing.write_free(tx).await?.into_iter().collect();
    let (done, left): (Vec<&Creation>, Vec<&Creation>) =
        fresh.into_iter().partition(|creation| written.contains(&creation.expense.id));
    let replies: Vec<_> = done.iter().map(|creation| (&creation.call, creation.reply())).collect();
    Call::store_all(tx, &replies).await?;
    let left: Vec<&Call> = left.iter().map(|creation| &creation.call).collect();
    Call::release_all(tx, &left).await?;
    Ok(written)
}

/// Writes one expense by itself.
async fn alone(db: &Database, member: Member<Creation, Reply>) {
    let answer = create(db, &member.item).await;
    member.answer(answer);
}

async fn create(db: &Database, creation: &Creation) -> Result<Reply, Fault> {
    let mut tx = db.begin().await?;
    if let Some(answer) = creation.call.claim(&mut tx).await? {
        return Ok(answer);
    }
    let mut writing = Writing::new(Action::Created);
    writing.add(&creation.members.room_name, creation.expense.clone())?;
    writing.write(&mut tx).await?;
    record::answer(tx, &creation.call, creation.reply()).await
}

impl Creation {
    fn reply(&self) -> CreateExpenseResponse {
        CreateExpenseResponse { expense: Some(wire::expense(&self.expense)) }
    }
}

//! The ledger's gate: orders that come at the same time are carried out in one transaction.
//!
//! There is one batch at a time, on a thread of its own, and what arrives meanwhile makes the next one. Who finds nobody
//! there carries his transfer out himself, in one statement. How a batch becomes true lives in `batch`. The rules not to be broken: an order is answered after the commit
//! that holds it; what may have been committed is looked up, never tried again; one refused order refuses no other.

use std::sync::Arc;

use durable::{
    Connection, Database, Lane,
    group::{Group, Member},
};
use fault::{Code, Fault};
use tokio::sync::Mutex;

use super::batch::{self, Desk, Failure};
use crate::{
    changes::Changes,
    domain::{Order, Outcome, Replies, Step, Transfer},
    names::Names,
    store,
};

/// Orders of one batch at most.
const ORDERS_MAX: usize = 512;
/// Legs of one transaction at most: a few tens of milliseconds of the database. A single order may exceed it.
const WEIGHT_MAX: usize = 4_096;

type Waiting = Member<Order, Replies>;

/// Takes orders. Cheap to clone; clones share their batches.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    orders: Group<Order, Replies>,
    /// Of whoever finds nobody there. Its lane is another one than that of the batches.
    aside: Desk,
}

impl Ledger {
    /// Starts taking orders. *Errors*: internal, if the system gives no thread.
    pub(crate) fn start(db: &Database, names: Names, changes: Changes) -> Result<Self, Fault> {
        let lane = || Arc::new(Mutex::new(Lane::new(db.clone())));
        let aside = Desk { lane: lane(), db: db.clone(), names, changes };
        let desk = Desk { lane: lane(), ..aside.clone() };
        let orders = Group::start_apart("ledger", ORDERS_MAX, move |batch| work(desk.clone(), batch))?;
        Ok(Self { orders, aside })
    }

    /// Carries out steps that succeed or fail each by itself, and gives the answers in their order.
    pub(crate) async fn each(&self, steps: Vec<Step>) -> Result<Replies, Fault> {
        self.orders.join(Order { steps, is_linked: false }).await
    }

    /// Carries out steps that succeed or fail as one. *Errors*: the refusal, naming the step.
    pub(crate) async fn linked(&self, steps: Vec<Step>) -> Result<Vec<Outcome>, Fault> {
        self.orders.join(Order { steps, is_linked: true }).await?.into_iter().collect()
    }

    /// Carries out one step.
    pub(crate) async fn one(&self, step: Step) -> Result<Outcome, Fault> {
        let order = Order { steps: vec![step], is_linked: false };
        let replies = match self.aside(order).await? {
            Ok(replies) => replies,
            Err(order) => self.orders.join(order).await?,
        };
        replies.into_iter().next().unwrap_or_else(|| Err(Fault::internal("an order was not answered")))
    }

    /// Carries an order out at once, if nobody else is there; gives back one that has to join the others.
    async fn aside(&self, order: Order) -> Result<Result<Replies, Order>, Fault> {
        if !self.orders.is_idle() || self.aside.lane.try_lock().is_err() {
            return Ok(Err(order));
        }
        let desk = self.aside.clone();
        rpc::detached(async move {
            match alone(&desk, &order).await {
                Some(replies) => replies.map(Ok),
                None => Ok(Err(order)),
            }
        })
        .await
    }
}

async fn work(desk: Desk, batch: Vec<Waiting>) {
    for mut part in parts(batch) {
        if let [only] = part.as_slice()
            && let Some(replies) = alone(&desk, &only.item).await
            && let Some(only) = part.pop()
        {
            only.answer(replies);
        } else {
            together(&desk, part).await;
        }
    }
}

/// Cuts a batch into parts of bounded weight, in its order.
fn parts(batch: Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let mut parts = Vec::new();
    let (mut part, mut weight) = (Vec::new(), 0_usize);
    for member in batch {
        let own: usize = member.item.steps.iter().map(Step::weight).sum();
        if !part.is_empty() && weight.saturating_add(own) > WEIGHT_MAX {
            parts.push(std::mem::take(&mut part));
            weight = 0;
        }
        weight = weight.saturating_add(own);
        part.push(member);
    }
    parts.push(part);
    parts
}

/// Carries out a single transfer in a single statement; none if it needs the long way.
async fn alone(desk: &Desk, order: &Order) -> Option<Result<Replies, Fault>> {
    let (transfer, ids) = simple(desk, order)?;
    match post(desk, transfer, &ids).await {
        Ok(Some(outcome)) => Some(Ok(vec![Ok(outcome)])),
        Err(fault) if fault.code() == Code::ServiceUnavailable => {
            Some(batch::look_up(desk, &[order], &fault).await.into_iter().next().ok_or(fault))
        }
        Err(fault) if fault.code() == Code::LockTimeout => Some(Err(fault)),
        Ok(None) | Err(_) => None,
    }
}

/// Gives the transfer and the ids of its accounts, if the order is one transfer between accounts that are known, and no
/// debit whose limits must be asked.
fn simple<'a>(desk: &Desk, order: &'a Order) -> Option<(&'a Transfer, Vec<i64>)> {
    let [Step::Transfer(transfer)] = order.steps.as_slice() else { return None };
    if transfer.debit.is_some() {
        return None;
    }
    let ids: Option<Vec<i64>> = transfer.legs.iter().map(|leg| desk.names.get(&leg.account)).collect();
    Some((transfer, ids?))
}

async fn post(desk: &Desk, transfer: &Transfer, ids: &[i64]) -> Result<Option<Outcome>, Fault> {
    let clock = desk.db.clock();
    let mut lane = desk.lane.lock().await;
    let post = async |conn: &mut Connection| {
        store::alone::post(conn, clock.new_id(), transfer, ids, clock.now()).await
    };
    let posted = lane.once(post).await?;
    Ok(posted.map(|posted| {
        desk.changes.tell(posted.wallets, posted.receipt.at);
        Outcome::Posted { receipt: posted.receipt, is_replay: false }
    }))
}

/// Carries orders out in one transaction; if one of them makes it fail, in two, and so on down to that one.
async fn together(desk: &Desk, part: Vec<Waiting>) {
    let mut left = vec![part];
    while let Some(mut part) = left.pop() {
        let orders: Vec<&Order> = part.iter().map(|member| &member.item).collect();
        let fault = match batch::carry_out(desk, &orders).await {
            Ok(replies) => {
                answer(part, replies);
                continue;
            }
            Err(Failure::Unknown(fault)) => {
                let replies = batch::look_up(desk, &orders, &fault).await;
                answer(part, replies);
                continue;
            }
            Err(Failure::Nothing(fault)) => fault,
        };
        if part.len() > 1 && fault.code().is_private() {
            tracing::warn!(%fault, internal = fault.internal_context(), orders = part.len(),
                "a batch failed and is tried in halves");
            let second = part.split_off(part.len() / 2);
            left.push(second);
            left.push(part);
        } else {
            for member in part {
                member.answer(Err(fault.clone()));
            }
        }
    }
}

fn answer(part: Vec<Waiting>, replies: Vec<Replies>) {
    for (member, replies) in part.into_iter().zip(replies) {
        member.answer(Ok(replies));
    }
}

//! From what the expense service allocated to the bill's content; and giving it back.

use std::collections::BTreeMap;

use clock::Clock;
use durable::{
    Connection,
    outbox::{self, Job},
};
use fault::Fault;
use money::Minor;
use proto::expense::v1::AllocatedItem;

use super::draft::Asked;
use crate::{
    domain::{
        division::{self, Part, People},
        status::Status,
    },
    peers::Sending,
    service::Service,
    store::{
        bills::{self, Step},
        parts::{Item, Split},
    },
    workers::{self, Release},
};

/// What a bill holds once its expenses are allocated.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) total_minor: i64,
    pub(super) currency: String,
    pub(super) items: Vec<Item>,
    pub(super) splits: Vec<Split>,
}

/// Divides what was allocated as the author asks.
///
/// *Errors*: a validation fault that names the split that is wrong.
pub(super) fn divide(
    clock: &Clock,
    bill_id: i64,
    asked: &Asked,
    allocated: &[AllocatedItem],
    member_ids: &[i64],
) -> Result<Content, Fault> {
    let total = Minor::sum(allocated.iter().map(|item| Minor::new(item.amount_minor)))
        .ok_or_else(|| Fault::internal("the total of a bill overflows"))?;
    let own: Vec<_> = allocated
        .iter()
        .flat_map(|item| &item.shares)
        .map(|share| Part { user_id: share.user_id, amount: Minor::new(share.amount_minor) })
        .collect();
    let people = People { member_ids, seed: bill_id };
    let shares = division::divide(asked.split_type, total, &asked.splits, &own, people)?;
    let mut laid_out = BTreeMap::<i64, i64>::new();
    for payer in allocated.iter().flat_map(|item| &item.payers) {
        let sum = laid_out.entry(payer.user_id).or_default();
        *sum = sum.saturating_add(payer.amount_minor);
    }
    let splits = shares.iter().map(|share| Split {
        id: clock.new_id(),
        user_id: share.user_id,
        amount_minor: share.amount.get(),
        laid_out_minor: laid_out.get(&share.user_id).copied().unwrap_or_default(),
        percentage_hundredths: share.percentage.map_or(0, |percentage| i32::from(percentage.get())),
        weight: share.weight.and_then(|weight| i32::try_from(weight).ok()).unwrap_or_default(),
    });
    let currency = allocated.first().map(|item| item.currency.clone());
    Ok(Content {
        total_minor: total.get(),
        currency: currency.ok_or_else(|| Fault::internal("nothing was allocated"))?,
        items: allocated.iter().map(item).collect(),
        splits: splits.collect(),
    })
}

fn item(item: &AllocatedItem) -> Item {
    Item {
        expense_id: item.expense_id,
        amount_minor: item.amount_minor,
        title: item.title.clone(),
        category: item.category.clone(),
    }
}

/// Asks, in the caller's transaction, that what a sending allocated is given back if the bill does not need it then.
pub(super) async fn release_later(
    conn: &mut Connection,
    sending: Sending,
    delay: std::time::Duration,
) -> Result<(), Fault> {
    let payload =
        prost::Message::encode_to_vec(&Release { bill_id: sending.bill_id, bill_version: sending.version });
    let kind = workers::RELEASE;
    // A job that waits holds back later ones of its queue and key.
    let queue = if delay.is_zero() { workers::QUEUE } else { workers::WATCH_QUEUE };
    outbox::append(conn, Job { queue, order_key: sending.bill_id, kind, payload, delay }).await?;
    Ok(())
}

/// Gives back what a sending allocated, unless the bill is pending or approved by now. A bill that is still an intent
/// so late is given up. Safe to run twice.
pub(crate) async fn release(service: &Service, sending: Sending) -> Result<(), Fault> {
    let mut tx = service.db.begin().await?;
    let now = service.clock.now();
    if let Some(version) = bills::abandon(&mut tx, sending.bill_id, now).await? {
        let step = Step {
            bill_id: sending.bill_id,
            version,
            from: Status::Reserving,
            to: Status::Abandoned,
            actor_id: 0,
            comment: "its expenses were not allocated in time",
        };
        bills::append_history(&mut tx, &step, now).await?;
    }
    let status = bills::find_any(&mut tx, sending.bill_id).await?.and_then(|row| Status::parse(&row.status));
    tx.commit().await?;
    match status {
        Some(Status::Abandoned | Status::Rejected) => service.expenses.release(sending).await,
        _ => Ok(()),
    }
}
